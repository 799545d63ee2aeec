import { stableHash } from '../../core/hash.ts';
import type { SyncFile } from '../../core/world.ts';
import { type Block, ENTRY_BYTES, entryAt, HEADER_BYTES } from './block.ts';
import { KeyIndex, NONE, type Place, tagOf } from './key-index.ts';
import { lengthOfRecord, readRecord, type StoreRecord } from './record.ts';
import { RecordCache } from './record-cache.ts';
import { damaged } from './store-errors.ts';
import { isSame } from './words.ts';

/** One file of the log. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly file: SyncFile;
  /** Up to here it holds whole transactions. */
  end: number;
  /** About what its records take that still count. */
  live: number;
  /** Of the records that were put: how many there were, how many will be over, and when these are over all in all. */
  puts: number;
  expiring: number;
  expirySeconds: number;
}

/**
 * The segments of a log from the oldest to the one that is written, with the index of what counts in them. The index
 * is changed only by `enter`, with blocks that are on the disk, so that it is the same whether the store has lived
 * through the transaction or has been opened after it.
 */
export class Segments {
  readonly index: KeyIndex = new KeyIndex();
  readonly order: Segment[] = [];
  readonly #byTag = new Map<number, Segment>();
  readonly #cache: RecordCache;
  #scratch = new Uint8Array(4096);

  constructor(budgetBytes: number) {
    this.#cache = new RecordCache(budgetBytes);
  }

  get first(): Segment {
    return this.order[0]!;
  }

  get last(): Segment {
    return this.order.at(-1)!;
  }

  add(number: number, path: string, file: SyncFile): Segment {
    const segment = { number, path, file, end: 0, live: 0, puts: 0, expiring: 0, expirySeconds: 0 };
    this.order.push(segment);
    this.#byTag.set(tagOf(number), segment);
    return segment;
  }

  removeFirst(): Segment {
    const segment = this.order.shift()!;
    this.#byTag.delete(tagOf(segment.number));
    segment.file.closeSync();
    return segment;
  }

  close(): void {
    for (const segment of this.order) segment.file.closeSync();
  }

  hashOf(space: number, key: Uint8Array): number {
    return stableHash(key, space + 1);
  }

  /** The entry of a key: its number in the index and its record, as views that are good until the next call. */
  find(space: number, key: Uint8Array, hash: number): { readonly entry: number; readonly record: StoreRecord } | undefined {
    const { index } = this;
    for (let entry = index.first(hash); entry !== NONE; entry = index.next(entry, hash)) {
      if (index.spaceOf(entry) !== space) continue;
      const record = this.recordOf(entry);
      if (isSame(record.key, key)) return { entry, record };
    }
    return undefined;
  }

  placeOf(entry: number): Place {
    return { segment: this.#byTag.get(this.index.tagOf(entry))!.number, offset: this.index.offsetOf(entry) };
  }

  recordOf(entry: number): StoreRecord {
    const segment = this.#byTag.get(this.index.tagOf(entry))!;
    const offset = this.index.offsetOf(entry);
    const record = readRecord(this.#read(segment, offset, this.index.bytesOf(entry)));
    if (record === undefined) throw damaged({ path: segment.path, byte: offset }, 'a record is not what was written');
    return record;
  }

  enter(block: Block): void {
    const { index } = this;
    const segment = this.#byTag.get(tagOf(block.segment))!;
    let offset = block.offset + HEADER_BYTES;
    for (let i = 0; i < block.entries; i++) {
      const { hash, replaces, bytes, space, group, expirySeconds } = entryAt(block.directory, i);
      const place = { segment: block.segment, offset };
      // What it replaces may have stood in a segment that is gone.
      if (replaces.segment >= this.first.number) {
        const entry = index.find(hash, replaces);
        if (entry === NONE) throw damaged({ path: segment.path, byte: block.offset }, 'a block replaces what is not there');
        this.#byTag.get(tagOf(replaces.segment))!.live -= index.bytesOf(entry) + ENTRY_BYTES;
        if (bytes > 0) index.move(entry, place, bytes);
        else index.remove(entry);
        if (bytes > 0) segment.live += index.bytesOf(entry) + ENTRY_BYTES;
      } else if (bytes > 0) {
        segment.live += index.bytesOf(index.add(hash, place, { bytes, space, group })) + ENTRY_BYTES;
      }
      if (bytes > 0) segment.puts++;
      if (expirySeconds > 0) segment.expiring++;
      segment.expirySeconds += expirySeconds;
      offset += bytes;
    }
  }

  #read(segment: Segment, offset: number, bytes: number): Uint8Array {
    const cached = this.#cache.get(segment.number, offset);
    if (cached !== undefined) return cached;
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(bytes);
    const into = this.#scratch.subarray(0, bytes);
    const got = into.subarray(0, segment.file.readSync(into, offset));
    const record = got.subarray(0, Math.min(got.length, lengthOfRecord(got)));
    this.#cache.put(segment.number, offset, record);
    return record;
  }
}
