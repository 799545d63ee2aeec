import type { OpenFile, World } from '../../core/world.ts';
import type { Bell } from './bell.ts';
import { type Content, NO_BYTES } from './content.ts';
import { HEAD_BYTES, headOf, isHead } from './place.ts';

export interface TailOptions {
  readonly world: World;
  readonly path: string;
  readonly file: OpenFile;
  /** Of the file, by which it is told from another one that takes its name. */
  readonly identity: string | undefined;
  readonly from: number;
  /** How it begins, as far as that is there. */
  readonly first: Uint8Array;
  readonly bell: Bell;
  readonly blockBytes: number;
  readonly settleMs: number;
  readonly lookEveryMs: number;
  explain(error: unknown): unknown;
}

/** How a file that was followed came to its end: by another one under its name, or cut to be written anew. */
export type Ending = 'renamed' | 'cut';

/**
 * A file while it is written: at its end it says so, by no bytes, and then waits for more. It is over when another file has its name and nothing was
 * added to it for as long as `settle` says, since a program may write to a renamed file for a while, or when it became
 * shorter or begins otherwise.
 */
export class TailContent implements Content {
  ending: Ending | undefined;
  /** How it begins, up to what was read of it. */
  first: Uint8Array;
  readonly #options: TailOptions;
  #at: number;
  /** When the last byte came, or when another file was first seen under its name. */
  #stillSinceMs: number;
  #isRenamed = false;
  #hasWaited = false;
  /** That nothing is there for now, since the last byte. */
  #hasSaidEnd = false;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#at = options.from;
    this.first = options.first;
    this.#stillSinceMs = options.world.clock.monotonic();
  }

  async next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { world, bell, settleMs, lookEveryMs, explain } = this.#options;
    try {
      for (;;) {
        if (this.ending !== undefined) return undefined;
        // What was there before the wait may have been cut since, and others written in its place.
        if (this.#hasWaited && (await this.#isCut())) return this.#end('cut');
        this.#hasWaited = false;
        const block = await this.#read();
        if (block.length > 0) {
          this.#hasSaidEnd = false;
          return block;
        }
        const hasOther = await this.#hasOther();
        const stillMs = world.clock.monotonic() - this.#stillSinceMs;
        if (hasOther && stillMs >= settleMs) return this.#end('renamed');
        if (!hasOther && (await this.#isCut())) return this.#end('cut');
        if (signal.aborted || !this.#hasSaidEnd) {
          this.#hasSaidEnd = true;
          return NO_BYTES;
        }
        await bell.wait(signal, this.#isRenamed ? Math.max(1, settleMs - stillMs) : lookEveryMs);
        this.#hasWaited = true;
      }
    } catch (error) {
      throw explain(error);
    }
  }

  async close(): Promise<void> {
    this.ending ??= 'cut'; // Whoever waits is let go of.
    await this.#options.file.close();
  }

  #end(ending: Ending): undefined {
    this.ending = ending;
    return undefined;
  }

  async #read(): Promise<Uint8Array> {
    const { file, blockBytes, world } = this.#options;
    const size = await file.size();
    if (size <= this.#at) return NO_BYTES;
    const block = Buffer.allocUnsafeSlow(Math.min(blockBytes, size - this.#at));
    const got = block.subarray(0, await file.read(block, this.#at));
    if (this.#at === this.first.length && this.#at < HEAD_BYTES)
      this.first = Buffer.concat([this.first, got.subarray(0, HEAD_BYTES - this.#at)]);
    this.#at += got.length;
    if (got.length > 0) this.#stillSinceMs = world.clock.monotonic();
    return got;
  }

  /** Does another file have its name? Where there is none, this one may have been moved, and the other is still to come. */
  async #hasOther(): Promise<boolean> {
    const { world, path, identity } = this.#options;
    const stat = await world.files.stat(path);
    const isRenamed = stat !== undefined && identity !== undefined && stat.identity !== identity;
    if (isRenamed && !this.#isRenamed) this.#stillSinceMs = world.clock.monotonic();
    this.#isRenamed = isRenamed;
    return isRenamed;
  }

  /** Is it shorter than what was read of it, or does it begin otherwise? */
  async #isCut(): Promise<boolean> {
    const { file } = this.#options;
    if ((await file.size()) < this.#at) return true;
    const known = Math.min(this.#at, this.first.length);
    const first = new Uint8Array(known);
    const got = await file.read(first, 0);
    return !isHead(first.subarray(0, got), headOf(this.first, known));
  }
}
