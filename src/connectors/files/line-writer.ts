import type { Chunk } from '../../core/chunk.ts';
import type { Codec } from '../../core/codec.ts';
import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import type { OpenFile } from '../../core/world.ts';
import { explain } from './errors.ts';

const LF = 10;

export interface LineWriting<T> {
  readonly id: string;
  readonly codec: Codec<T>;
  readonly bufferBytes: number;
  /** Called when the first bytes are written out. */
  readonly open: () => Promise<OpenFile>;
  /** Where in the file the first line goes. */
  readonly from?: number;
  /** The file ends in the middle of a line, left by a crash or by another program. */
  readonly closesLine?: boolean;
}

/**
 * Gathers lines and writes them to a file in large pieces.
 *
 * Invariant: after a failed write nothing is written any more, since what is on the disk is not known; every call says
 * the same failure.
 */
export class LineWriter<T> {
  readonly #id: string;
  readonly #codec: Codec<T>;
  readonly #open: () => Promise<OpenFile>;
  #file: OpenFile | undefined;
  #buffer: Uint8Array;
  #used = 0;
  #position: number;
  #failure: unknown;

  constructor({ id, codec, bufferBytes, open, from = 0, closesLine = false }: LineWriting<T>) {
    this.#id = id;
    this.#codec = codec;
    this.#open = open;
    this.#position = from;
    this.#buffer = new Uint8Array(bufferBytes);
    if (closesLine) this.#buffer[this.#used++] = LF;
  }

  /** How long the file is with all that was written so far. */
  get bytes(): number {
    return this.#position + this.#used;
  }

  get failure(): unknown {
    return this.#failure;
  }

  write({ values }: Chunk<T>): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    for (let i = 0; i < values.length; i++) {
      const body = encodeAt(this.#codec, values, i);
      if (this.#used + body.length + 1 > this.#buffer.length) return this.#writeFrom(values, i, body);
      this.#put(body);
    }
    return undefined;
  }

  /** Brings what was gathered into the file. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#used === 0) return;
    const bytes = this.#buffer.subarray(0, this.#used);
    try {
      this.#file ??= await this.#open();
      await this.#file.write(bytes, this.#position);
    } catch (error) {
      this.#failure = explain(error, this.#id);
      throw this.#failure;
    }
    this.#position += bytes.length;
    this.#used = 0;
  }

  /** Makes everything written so far safe against a power cut, but for the name of the file. */
  async sync(): Promise<void> {
    await this.flush();
    await this.#file?.sync();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #writeFrom(values: readonly T[], from: number, held: Uint8Array): Promise<void> {
    let body = held;
    for (let i = from; ; ) {
      await this.flush();
      // A record larger than the buffer makes it grow, once.
      if (body.length + 1 > this.#buffer.length) this.#buffer = new Uint8Array(body.length + 1);
      for (;;) {
        this.#put(body);
        if (++i >= values.length) return;
        body = encodeAt(this.#codec, values, i);
        if (this.#used + body.length + 1 > this.#buffer.length) break;
      }
    }
  }

  #put(body: Uint8Array): void {
    this.#buffer.set(body, this.#used);
    this.#used += body.length;
    this.#buffer[this.#used++] = LF;
  }
}

/** A value without bytes is named by its place, so that it alone is refused and the others are written. */
function encodeAt<T>(codec: Codec<T>, values: readonly T[], member: number): Uint8Array {
  try {
    return codec.encode(values[member]!);
  } catch (cause) {
    if (!isHeadraceError(cause) || cause.action !== 'deadLetter') throw cause;
    const { code, action, what, where, todo } = cause;
    throw new HeadraceError({ code, action, what, where, todo, cause, member });
  }
}
