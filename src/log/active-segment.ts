import type { Files, OpenFile } from '../core/world.ts';
import { segmentHeader, SEGMENT_HEADER_BYTES } from './format.ts';
import { SegmentIndex, writeIndex } from './segment-index.ts';
import type { FoundBatch } from './segment-scan.ts';
import { segmentPath } from './segments.ts';

/** The one segment of a partition that is still written: everything before it is sealed. */
export class ActiveSegment {
  readonly base: number;
  readonly madeAt: number;
  readonly index: SegmentIndex;
  /** So many bytes of it survive a power cut. */
  safe: number;
  readonly #files: Files;
  readonly #folder: string;
  readonly #file: OpenFile;

  constructor(files: Files, folder: string, file: OpenFile, index: SegmentIndex, madeAt: number) {
    this.#files = files;
    this.#folder = folder;
    this.#file = file;
    this.index = index;
    this.base = index.base;
    this.madeAt = madeAt;
    this.safe = index.bytes;
  }

  /** Makes an empty one that is there to stay: its name and its header are safe before the first record goes in. */
  static async create(files: Files, folder: string, base: number, now: number): Promise<ActiveSegment> {
    const file = await files.open(segmentPath(folder, base), 'create');
    try {
      await file.write(segmentHeader(base, now), 0);
      await file.sync();
      await files.syncFolder(folder);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    return new ActiveSegment(files, folder, file, new SegmentIndex(base), now);
  }

  get bytes(): number {
    return this.index.bytes;
  }

  /** Counted from the base. */
  get next(): number {
    return this.index.next;
  }

  get isEmpty(): boolean {
    return this.index.bytes === SEGMENT_HEADER_BYTES;
  }

  /** Appends batches; `found` names them where they will stand. */
  async write(bytes: Uint8Array, found: readonly FoundBatch[]): Promise<void> {
    await this.#file.write(bytes, this.index.bytes);
    for (const batch of found) this.index.add(batch);
  }

  async sync(): Promise<void> {
    const { bytes } = this.index;
    await this.#file.sync();
    this.safe = bytes;
  }

  /** Takes back what was written behind a place; it was never synced, and nobody has seen it. */
  async cutBack(bytes: number, next: number): Promise<void> {
    await this.#file.truncate(bytes);
    this.index.cut(bytes, next);
  }

  /** Nothing is written to it any more. */
  async seal(): Promise<void> {
    if (this.safe < this.index.bytes) await this.sync();
    await writeIndex(this.#files, this.#folder, this.index);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
