import type { Files, OpenFile } from '../../core/world.ts';
import { type BlockHead, blockBytes, type BlockWriter, entryAt, HEADER_BYTES, isWhole, readHead } from './block.ts';
import { NONE } from './key-index.ts';
import { readRecord } from './record.ts';
import type { Segment, Segments } from './segments.ts';
import { damaged } from './store-errors.ts';

/** The transaction that takes up what is copied. */
export interface Copies {
  /** Where to copy to, with room for so many entries. */
  room(entries: number): Promise<BlockWriter>;
  /** Does this very transaction replace the record at this place of the oldest segment? */
  isReplaced(offset: number): boolean;
  isOver(space: number, expires: number | undefined): boolean;
}

/**
 * The log is a ring: what still counts in its oldest segment is written again at its end, then the segment goes. A
 * transaction does a share of this that follows what it writes itself, in its own blocks and with its own sync. So
 * garbage is bounded without anything that runs beside, and stays while nothing is written.
 *
 * Oldest first means that what takes an entry away never outlives the record it took away, nor goes before it.
 */
export class Compaction {
  readonly #files: Files;
  readonly #segments: Segments;
  #file: OpenFile | undefined;
  /** How far the oldest segment has been looked through. */
  #position = 0;

  constructor(files: Files, segments: Segments) {
    this.#files = files;
    this.#segments = segments;
  }

  /** Everything of the oldest segment that counts stands elsewhere too. */
  get isDone(): boolean {
    return this.#segments.order.length > 1 && this.#position >= this.#segments.first.end;
  }

  /** From the begin again: the segment is another, or what was copied did not reach the disk. */
  async restart(): Promise<void> {
    const file = this.#file;
    this.#position = 0;
    this.#file = undefined;
    await file?.close();
  }

  /** How many bytes to look through in a transaction that writes so many. */
  share(writes: number, horizonSeconds: number, slack: number): number {
    const { order } = this.#segments;
    if (order.length < 2) return 0;
    let total = 0;
    let live = 0;
    for (const segment of order) {
      total += segment.end;
      live += segment.live * (1 - shareOver(segment, horizonSeconds));
    }
    if (this.#position === 0 && total <= live * 2 + slack) return 0;
    // At twice what counts, about a fifth of the oldest segment counts: reading 1.25 bytes frees one.
    return Math.max(total > live * 4 + slack ? writes * 8 : writes * 2, HEADER_BYTES);
  }

  /** Looks through the next block of the oldest segment and copies what counts. Answers how many bytes that were, 0 at its end. */
  async step(into: Copies): Promise<number> {
    const segment = this.#segments.first;
    if (this.#position >= segment.end) return 0;
    this.#file ??= await this.#files.open(segment.path, 'read');
    const head = await this.#head(this.#file, segment);
    const bytes = new Uint8Array(blockBytes(head));
    const got = await this.#file.read(bytes, this.#position);
    const writer = await into.room(head.entries);
    const directory = bytes.subarray(HEADER_BYTES + head.recordBytes);
    if (got < bytes.length || !isWhole(bytes.subarray(0, HEADER_BYTES), directory)) throw this.#damaged(segment, this.#position);
    let at = HEADER_BYTES;
    for (let i = 0; i < head.entries; i++) {
      const entry = entryAt(directory, i);
      const replaces = { segment: segment.number, offset: this.#position + at };
      const record = bytes.subarray(at, at + entry.bytes);
      at += entry.bytes;
      if (entry.bytes === 0 || into.isReplaced(replaces.offset) || this.#segments.index.find(entry.hash, replaces) === NONE) continue;
      const read = readRecord(record);
      if (read === undefined) throw this.#damaged(segment, replaces.offset);
      if (into.isOver(read.space, read.expires)) writer.remove({ ...entry, replaces });
      else writer.copy(record, { ...entry, replaces });
    }
    this.#position += bytes.length;
    return bytes.length;
  }

  async #head(file: OpenFile, segment: Segment): Promise<BlockHead> {
    const bytes = new Uint8Array(HEADER_BYTES);
    await file.read(bytes, this.#position);
    const head = readHead(bytes);
    if (head === undefined || this.#position + blockBytes(head) > segment.end) throw this.#damaged(segment, this.#position);
    return head;
  }

  #damaged({ path }: Segment, byte: number): Error {
    return damaged({ path, byte }, 'what was written long ago has changed');
  }
}

/** About how much of a segment is over: nothing, or once the middle of its expiries has passed, all that expires. */
function shareOver({ puts, expiring, expirySeconds }: Segment, horizonSeconds: number): number {
  return expiring > 0 && expirySeconds / expiring <= horizonSeconds ? expiring / puts : 0;
}
