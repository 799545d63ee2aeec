import { SizeMeter } from '../base/size.ts';
import type { Chunk } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import type { CellTable } from '../core/state.ts';
import type { StationHost } from '../core/station.ts';
import { KeptFull, type MostKept, noTime, tooLate } from './kept-errors.ts';
import { KeptRecord, type PackedRecord, pieceOf, RECORD_BYTES, unpackRecords } from './kept-record.ts';
import { KeyDues } from './key-dues.ts';
import { Shelf } from './shelf.ts';

/**
 * Records that wait until the watermark has come to them, so that they go on by their times, and among those of one time
 * as they came, however disordered they were. By key in a table of the host, as everything that must survive.
 */
export class WaitingRecords {
  readonly #host: StationHost;
  readonly #most: MostKept;
  readonly #table: CellTable<Shelf>;
  readonly #dues = new KeyDues();
  readonly #meter = new SizeMeter();
  #isLoaded = false;
  #order = 0;
  #piece: { readonly of: Chunk; readonly piece: Chunk } | undefined;
  count = 0;
  bytes = 0;

  constructor(host: StationHost, most: MostKept) {
    this.#host = host;
    this.#most = most;
    this.#table = host.cells<Shelf>({
      name: 'waiting',
      pack: (shelf): readonly PackedRecord[] => shelf.all().map((record) => record.pack()),
      unpack: (plain) => new Shelf(unpackRecords(plain as readonly PackedRecord[])),
      unpacksLate: true,
    });
  }

  /** Once the table is filled. */
  load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const keyId of this.#table.ids()) {
      const shelf = this.#table.get(keyId)!;
      for (const record of shelf.all()) {
        this.#order = Math.max(this.#order, record.order + 1);
        this.#count(1, record.bytes);
      }
      this.#queueUp(keyId, shelf);
    }
  }

  /** Keeps a record until its time. Throws what refuses it; one that is late is counted, and that is all. */
  add(keyId: number, chunk: Chunk, index: number, watermark: number): void {
    const { operator } = this.#host;
    const timeMs = timeOf(chunk, index);
    if (Number.isNaN(timeMs)) throw noTime(operator);
    if (timeMs < watermark) {
      this.#host.late(tooLate(operator, timeMs, watermark), chunk, index);
      return;
    }
    if (this.#piece?.of !== chunk) this.#piece = { of: chunk, piece: pieceOf(chunk) };
    const value = chunk.values[index];
    const bytes = this.#meter.of(value) + RECORD_BYTES;
    const record = new KeptRecord(value, { piece: this.#piece.piece, index, order: this.#order++, bytes });
    const shelf = this.#table.get(keyId) ?? new Shelf();
    shelf.add(record);
    this.#table.set(keyId, shelf);
    this.#count(1, bytes);
    this.#queueUp(keyId, shelf);
    if (this.count > this.#most.records || this.bytes > this.#most.bytes) throw new KeptFull(operator, this.#most);
  }

  /** When the next one is due, and whose it is. */
  first(nowMs: number): { readonly at: number; readonly keyId: number } | undefined {
    const due = this.#dues.first();
    return due !== undefined && due.at <= nowMs ? due : undefined;
  }

  /** Takes the next one of a key. */
  take(keyId: number): KeptRecord {
    const shelf = this.#table.get(keyId)!;
    const record = shelf.shift();
    this.#count(-1, -record.bytes);
    if (shelf.length === 0) this.#table.delete(keyId);
    this.#queueUp(keyId, shelf);
    return record;
  }

  #queueUp(keyId: number, shelf: Shelf): void {
    const next = shelf.at(0);
    this.#dues.put(keyId, next === undefined ? undefined : { at: next.timeMs, order: next.order });
  }

  #count(records: number, bytes: number): void {
    this.count += records;
    this.bytes += bytes;
  }
}
