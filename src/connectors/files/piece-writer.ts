import type { OpenFile } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';
import type { Packer } from './packing.ts';

/** With it a buffer begins; it grows up to what the options allow, so that many open files with few records cost little. */
const FIRST_BYTES = 16_384;
const LF = 10;

export interface PieceWriting {
  readonly id: string;
  readonly bufferBytes: number;
  /** Called when the first bytes are written out; answers where in the file they go too. */
  readonly open: () => Promise<OpenedPlace>;
  readonly packer?: Packer | undefined;
  /** The file ends in the middle of a line, left by a crash or by another program. */
  readonly closesLine?: boolean;
}

export interface OpenedPlace {
  readonly file: OpenFile;
  readonly at: number;
}

/**
 * Gathers bytes and writes them to a file in large pieces, compressed where that is asked for.
 *
 * Invariant: after a failed write nothing is written any more, since what is on the disk is not known; every call says
 * the same failure.
 */
export class PieceWriter {
  readonly #id: string;
  readonly #open: () => Promise<OpenedPlace>;
  readonly #packer: Packer | undefined;
  readonly #bufferBytes: number;
  #file: OpenFile | undefined;
  #buffer: Uint8Array;
  #used = 0;
  #from = 0;
  #written = 0;
  #failure: unknown;

  constructor({ id, bufferBytes, open, packer, closesLine = false }: PieceWriting) {
    this.#id = id;
    this.#open = open;
    this.#packer = packer;
    this.#bufferBytes = bufferBytes;
    this.#buffer = new Uint8Array(Math.max(1, Math.min(bufferBytes, FIRST_BYTES)));
    if (closesLine) this.#buffer[this.#used++] = LF;
  }

  /** How many bytes there are for the file; of compressed ones, those that are known: what is gathered does not count. */
  get bytes(): number {
    return this.#packer === undefined ? this.#written + this.#used : this.#written;
  }

  get isCompressed(): boolean {
    return this.#packer !== undefined;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Whether so much more can be gathered. A piece larger than the buffer can, when nothing else is there. */
  hasRoom(bytes: number): boolean {
    return this.#used + bytes <= this.#buffer.length || this.#grow(this.#used + bytes);
  }

  /** Where there is room. */
  put(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** A line with its end; false where there is no room for it. */
  putLine(body: Uint8Array): boolean {
    const end = this.#used + body.length;
    if (end >= this.#buffer.length && !this.#grow(end + 1)) return false;
    this.#buffer.set(body, this.#used);
    this.#buffer[end] = LF;
    this.#used = end + 1;
    return true;
  }

  /** A piece as it is, large or small. */
  async putPiece(piece: Uint8Array): Promise<void> {
    if (piece.length < this.#bufferBytes && this.hasRoom(piece.length)) return this.put(piece);
    await this.flush();
    if (piece.length < this.#bufferBytes && this.hasRoom(piece.length)) return this.put(piece);
    await this.#attempt(() => this.#pack(piece));
  }

  /** Brings what was gathered on its way into the file; a packer may hold some of it back. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#used === 0) return;
    await this.#attempt(async () => {
      await this.#pack(this.#buffer.subarray(0, this.#used));
      this.#used = 0;
    });
  }

  /** Brings everything into the file, so that a reader finds all of it. */
  async flushAll(): Promise<void> {
    await this.flush();
    await this.#attempt(async () => this.#writeAll(this.#file === undefined ? [] : await this.#packer?.flush()));
  }

  /** Everything there will be is in the file. */
  async finish(patch?: Uint8Array): Promise<void> {
    await this.flush();
    await this.#attempt(async () => {
      await this.#writeAll(await this.#packer?.end());
      if (patch !== undefined) await this.#file?.write(patch, this.#from);
    });
  }

  /** Makes everything written so far safe against a power cut, but for the name of the file. */
  async sync(): Promise<void> {
    await this.#attempt(async () => this.#file?.sync());
  }

  async close(): Promise<void> {
    this.#packer?.abandon();
    await this.#attempt(async () => this.#file?.close());
  }

  async #pack(bytes: Uint8Array): Promise<void> {
    await this.#writeAll(this.#packer === undefined ? [bytes] : await this.#packer.pack(bytes));
  }

  async #writeAll(pieces: readonly Uint8Array[] = []): Promise<void> {
    if (this.#file === undefined) {
      const { file, at } = await this.#open();
      this.#file = file;
      this.#from = at;
    }
    for (const piece of pieces) {
      await this.#file.write(piece, this.#from + this.#written);
      this.#written += piece.length;
    }
  }

  async #attempt(call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#failure ??= explain(error, this.#id);
      throw this.#failure;
    }
  }

  #grow(need: number): boolean {
    // A record larger than the buffer makes it grow, once.
    if (need > this.#bufferBytes && this.#used > 0) return false;
    const before = this.#buffer;
    this.#buffer = new Uint8Array(Math.max(need, Math.min(this.#bufferBytes, 4 * before.length)));
    this.#buffer.set(before.subarray(0, this.#used));
    return true;
  }
}
