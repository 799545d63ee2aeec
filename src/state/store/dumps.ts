import type { Files } from '../../core/world.ts';
import { DumpWriter, type LogEnd } from './index-dump.ts';
import type { Segments } from './segments.ts';

/** A dump is begun when the log has grown by this share of itself, which is what an opening after a kill reads at most, and a little. */
const GROWTH = 1 / 4;
/** At close less is worth it, since the next opening is waited for. */
const GROWTH_AT_CLOSE = 1 / 50;
/** So many bytes of the index go to the disk with each byte of the log, until all of it is there. */
const PACE = 2;

/**
 * Dumps the index now and then, as a share of each transaction that follows what it wrote. The log can do without, so
 * a dump that fails is left, and tried anew when the log has grown again.
 */
export class Dumps {
  readonly #files: Files;
  readonly #folder: string;
  readonly #segments: Segments;
  #writer: DumpWriter | undefined;
  /** How far the log has grown since the last attempt was begun, and since that one was begun which is on the disk. */
  #sinceBegun: number;
  #behind: number;

  constructor({ files, folder, segments, behind }: { files: Files; folder: string; segments: Segments; behind: number }) {
    this.#files = files;
    this.#folder = folder;
    this.#segments = segments;
    this.#sinceBegun = behind;
    this.#behind = behind;
  }

  /** The log ends here now, after so many bytes that are synced and entered; below `least` there is nothing to gain. */
  async follow(end: LogEnd, bytes: number, least: number): Promise<void> {
    this.#sinceBegun += bytes;
    this.#behind += bytes;
    if (this.#writer === undefined && this.#sinceBegun <= Math.max(least, this.#logBytes() * GROWTH)) return;
    await this.#orNot(async () => {
      this.#writer ??= await this.#begin();
      await this.#writer.step(this.#segments, bytes * PACE);
      if (this.#writer.hasAll) await this.#finish(this.#writer, end);
    });
  }

  /** The last chance, with no transaction after it: all at once. */
  async close(end: LogEnd): Promise<void> {
    await this.drop();
    if (end.stamp === 0 || this.#behind <= this.#logBytes() * GROWTH_AT_CLOSE) return;
    await this.#orNot(async () => {
      this.#writer = await this.#begin();
      await this.#writer.step(this.#segments, Number.POSITIVE_INFINITY);
      await this.#finish(this.#writer, end);
    });
  }

  async drop(): Promise<void> {
    const writer = this.#writer;
    this.#writer = undefined;
    await writer?.drop(this.#files, this.#folder).catch(() => {});
  }

  #begin(): Promise<DumpWriter> {
    this.#sinceBegun = 0;
    return DumpWriter.begin(this.#files, this.#folder);
  }

  async #finish(writer: DumpWriter, end: LogEnd): Promise<void> {
    await writer.finish(this.#segments, end, this.#files, this.#folder);
    this.#writer = undefined;
    this.#behind = this.#sinceBegun;
  }

  async #orNot(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch {
      await this.drop();
    }
  }

  #logBytes(): number {
    return this.#segments.order.reduce((sum, { end }) => sum + end, 0);
  }
}
