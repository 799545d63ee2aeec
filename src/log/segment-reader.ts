import type { Files, OpenFile } from '../core/world.ts';
import { Blocks } from './blocks.ts';
import { BATCH_HEADER_BYTES, readBatchHeader, readSegmentHeader, SEGMENT_HEADER_BYTES } from './format.ts';
import { tooNew } from './log-errors.ts';
import type { SegmentIndex } from './segment-index.ts';
import { batchAt, type FoundBatch, nextSound } from './segment-scan.ts';
import { segmentPath } from './segments.ts';

/** Reads one segment batch by batch. It knows nothing of where readers may go; `limit` tells it. */
export class SegmentReader {
  readonly base: number;
  readonly path: string;
  readonly blocks: Blocks;
  /** The byte of the next batch, and its position counted from the base. */
  at: number = SEGMENT_HEADER_BYTES;
  next = 0;
  readonly #file: OpenFile;

  private constructor(file: OpenFile, path: string, base: number, blockBytes: number) {
    this.#file = file;
    this.path = path;
    this.base = base;
    this.blocks = new Blocks(file, blockBytes);
  }

  static async open(files: Files, folder: string, base: number, blockBytes: number): Promise<SegmentReader> {
    const path = segmentPath(folder, base);
    const file = await files.open(path, 'read');
    try {
      const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
      await file.read(bytes, 0);
      // A broken one is told by the check of the log; reading goes by the name of the file.
      const header = readSegmentHeader(bytes);
      if (header !== undefined && header.version !== 1) throw tooNew(path, header.version);
      return new SegmentReader(file, path, base, blockBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  /** The batch at `at`, or why it cannot be read. */
  take(limit: number): Promise<FoundBatch | string> {
    return batchAt(this.blocks, this.at, this.next, limit);
  }

  /** Of one whose bytes are in memory this needs no promise. */
  passed({ at, header }: FoundBatch): void {
    this.at = at + header.bytes;
    this.next = header.first + header.records;
  }

  behindDamage(limit: number): Promise<FoundBatch | undefined> {
    return nextSound(this.blocks, this.at, this.next, limit);
  }

  /** Goes to the batch that holds a position, looking at headers only; stops before whatever is not whole. */
  async seek(position: number, index: SegmentIndex | undefined, limit: number): Promise<void> {
    await this.#to(index?.placeOf(position), limit, (header) => header.first + header.records > position);
  }

  /** Goes to the first batch that has a record of this event time or later, or to the end. */
  async seekTime(ms: number, index: SegmentIndex | undefined, limit: number): Promise<void> {
    await this.#to(index?.placeOfTime(ms), limit, (header) => header.maxTime >= ms);
  }

  async #to(place: number | undefined, limit: number, isThere: (header: FoundBatch['header']) => boolean): Promise<void> {
    this.at = SEGMENT_HEADER_BYTES;
    this.next = 0;
    const front = place === undefined ? undefined : await this.#header(place, limit);
    if (front !== undefined) {
      this.at = place!;
      this.next = front.first;
    }
    for (;;) {
      const header = await this.#header(this.at, limit);
      if (header === undefined || header.first < this.next || this.at + header.bytes > limit || isThere(header)) return;
      this.passed({ at: this.at, header });
    }
  }

  async #header(at: number, limit: number): Promise<FoundBatch['header'] | undefined> {
    const block = await this.blocks.take(at, BATCH_HEADER_BYTES, limit);
    const header = block === undefined ? undefined : readBatchHeader(block.bytes, block.at);
    return typeof header === 'string' ? undefined : header;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
