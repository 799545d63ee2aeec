import { stableHash } from '../../core/hash.ts';
import type { SyncFile } from '../../core/world.ts';
import { type Block, ENTRY_BYTES, entryAt, HEADER_BYTES, positionOf } from './block.ts';
import { KeyIndex, NONE, type Place, SHARDS, tagOf } from './key-index.ts';
import { lengthOfRecord, readRecord, type StoreRecord } from './record.ts';
import { RecordCache } from './record-cache.ts';
import { damaged } from './store-errors.ts';
import { isSame } from './words.ts';

/** What is counted of one file of the log. */
export interface Counted {
  /** About what its records take that still count. */
  live: number;
  /** Of the records that were put: how many there were, how many will be over, and when these are over all in all. */
  puts: number;
  expiring: number;
  expirySeconds: number;
}

/** One file of the log. */
export interface Segment extends Counted {
  readonly number: number;
  readonly path: string;
  readonly file: SyncFile;
  /** Up to here it holds whole transactions. */
  end: number;
}

/** What an index that was read from the disk knows already. */
export interface Known {
  /** By table, up to where in the log. */
  readonly positions: Float64Array;
  /** Up to where what is counted of segments is counted. */
  readonly end: number;
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
  /** Of segments that went after the index was dumped and before it was read. */
  readonly #gone = new Map<number, Counted>();
  /** Takes what has been counted before. */
  readonly #counted: Counted = { live: 0, puts: 0, expiring: 0, expirySeconds: 0 };
  /** What an entry replaces stands in the index, unless it stood in a segment before this one. */
  #from = 1;
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

  /** Blocks will be entered from this segment on, and none of those before. */
  beginAt(segment: number): void {
    this.#from = segment;
  }

  /** A segment that is gone, of which entries in the index may still speak. */
  addGone(number: number, counted: Counted): void {
    this.#gone.set(tagOf(number), { ...counted });
  }

  /** Whether nothing speaks of the segments that are gone any more. */
  forgetGone(): boolean {
    const isClean = [...this.#gone.values()].every(({ live }) => live === 0);
    this.#gone.clear();
    return isClean;
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

  enter(block: Block, known?: Known): void {
    const { index } = this;
    const segment = this.#byTag.get(tagOf(block.segment))!;
    const position = positionOf(block.segment, block.offset);
    const counted = known === undefined || position >= known.end ? segment : this.#counted;
    let offset = block.offset + HEADER_BYTES;
    for (let i = 0; i < block.entries; i++) {
      const { hash, replaces, bytes, space, group, expirySeconds } = entryAt(block.directory, i);
      const place = { segment: block.segment, offset };
      offset += bytes;
      if (expirySeconds > 0) counted.expiring++;
      counted.expirySeconds += expirySeconds;
      if (bytes > 0) counted.puts++;
      if (known !== undefined && position < known.positions[hash % SHARDS]!) continue;
      // What it replaces may have stood in a segment that is gone.
      if (replaces.segment >= this.#from) {
        const entry = index.find(hash, replaces);
        const tag = tagOf(replaces.segment);
        const from = counted === this.#counted ? counted : (this.#byTag.get(tag) ?? this.#gone.get(tag));
        if (entry === NONE || from === undefined)
          throw damaged({ path: segment.path, byte: block.offset }, 'a block replaces what is not there');
        from.live -= index.bytesOf(entry) + ENTRY_BYTES;
        if (bytes > 0) index.move(entry, place, bytes);
        else index.remove(entry);
        if (bytes > 0) counted.live += index.bytesOf(entry) + ENTRY_BYTES;
      } else if (bytes > 0) {
        counted.live += index.bytesOf(index.add(hash, place, { bytes, space, group })) + ENTRY_BYTES;
      }
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
