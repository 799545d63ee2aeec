import { SizeMeter } from '../base/size.ts';
import type { Agenda, Moment } from '../core/agenda.ts';
import type { Chunk } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import type { CellTable } from '../core/state.ts';
import type { StationHost } from '../core/station.ts';
import { invalidTime, tooLate } from './event-time-limits.ts';
import { KeptFull, type MostKept } from './kept-errors.ts';
import { KeptRecord, type PackedRecord, pieceOf, RECORD_BYTES, unpackRecords } from './kept-record.ts';
import { type Dues, KeyDues } from './key-dues.ts';
import { Shelf } from './shelf.ts';
import { StoredDues } from '../base/stored-dues.ts';

/**
 * Records that wait until the watermark has come to them, so that they go on by their times, and among those of one time
 * as they came, however disordered they were. By key in a table of the host, as everything that must survive.
 */
export class WaitingRecords {
  readonly #host: StationHost;
  readonly #most: MostKept;
  readonly #agenda: Agenda | undefined;
  readonly #table: CellTable<Shelf>;
  readonly #dues: Dues<Shelf>;
  readonly #meter = new SizeMeter();
  #isLoaded = false;
  #order = 0;
  #piece: { readonly of: Chunk; readonly piece: Chunk } | undefined;
  count = 0;
  bytes = 0;

  constructor(host: StationHost, most: MostKept) {
    this.#host = host;
    this.#most = most;
    this.#agenda = host.agenda?.({ name: 'waiting agenda', totals: () => [this.#order, this.count, this.bytes] });
    this.#table = host.cells<Shelf>({
      name: 'waiting',
      mayBeStored: true,
      pack: packShelf,
      unpack: (plain) => unpackShelf(plain as PackedShelf),
      unpacksLate: true,
      sizeOf: ({ bytes }) => bytes,
    });
    this.#dues =
      this.#agenda === undefined
        ? new KeyDues()
        : new StoredDues<Shelf>(this.#agenda, { stateOf: (keyId) => this.#table.get(keyId), dueOf });
  }

  /** What of it is in memory whatever becomes of it. */
  get bytesInMemory(): number {
    return this.#agenda === undefined ? this.bytes : 0;
  }

  /** Once the table is filled. */
  load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const restored = this.#agenda?.restored;
    if (restored !== undefined) {
      [this.#order, this.count, this.bytes] = restored as [number, number, number];
      return;
    }
    for (const keyId of this.#agenda === undefined ? this.#table.ids() : [...this.#table.ids()]) {
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
    if (Number.isNaN(timeMs)) throw invalidTime(timeMs, operator);
    if (timeMs < watermark) {
      this.#host.late(tooLate(timeMs, watermark, operator), chunk, index);
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
    return this.#dues.first(nowMs);
  }

  /** Takes the next one of a key. */
  take(keyId: number): KeptRecord {
    const shelf = this.#table.get(keyId)!;
    const record = shelf.shift();
    this.#count(-1, -record.bytes);
    this.#queueUp(keyId, shelf);
    if (shelf.length === 0) this.#table.delete(keyId);
    return record;
  }

  #queueUp(keyId: number, shelf: Shelf): void {
    this.#dues.put(keyId, dueOf(shelf), shelf);
  }

  #count(records: number, bytes: number): void {
    this.count += records;
    this.bytes += bytes;
  }
}

type PackedShelf = readonly PackedRecord[] | { readonly records: readonly PackedRecord[]; readonly queued: readonly [number, number] };

/** With the moment that stands in the agenda, where there is one. */
function packShelf(shelf: Shelf): PackedShelf {
  const records = shelf.all().map((record) => record.pack());
  return shelf.queued === undefined ? records : { records, queued: [shelf.queued.at, shelf.queued.order] };
}

function unpackShelf(packed: PackedShelf): Shelf {
  if (!('queued' in packed)) return new Shelf(unpackRecords(packed));
  const shelf = new Shelf(unpackRecords(packed.records));
  const [at, order] = packed.queued;
  shelf.queued = { at, order };
  return shelf;
}

function dueOf(shelf: Shelf): Moment | undefined {
  const next = shelf.at(0);
  return next === undefined ? undefined : { at: next.timeMs, order: next.order };
}
