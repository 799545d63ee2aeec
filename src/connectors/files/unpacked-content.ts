import { HeadraceError } from '../../core/error.ts';
import { type Unpacking, type Engine, engineOf, mayBegin, type Packing, packingOf } from './compression.ts';
import { type Content, NO_BYTES } from './content.ts';
import { shorter } from './place.ts';

export interface UnpackOptions {
  readonly packing: Packing;
  /** How the packed bytes begin. */
  readonly head: Uint8Array;
  readonly where: string;
  /** How many unpacked bytes are passed over. */
  readonly skip: number;
  /** More than this may not come of it. */
  readonly unpackedBytes: number;
}

/**
 * The unpacked bytes of a file. Members and frames that follow one another are one content, as with `gzip -d`; zeros
 * behind them are padding, and anything else there is damage.
 *
 * Memory, whatever the ratio: a packed block with one read ahead, two pieces of 64 KiB, and the window of the format, which
 * is 32 KiB for gzip and what its frames ask for in zstd: 8 MiB up to level 19, and more than 128 MiB is refused.
 */
export class UnpackedContent implements Content {
  readonly #packed: Content;
  readonly #options: UnpackOptions;
  #engine: Running;
  /** The packed byte at which this engine began. */
  #began = 0;
  #unpacked = 0;
  #isPadding = false;
  #isOver = false;
  /** Packed bytes that no engine has been given yet. */
  #left: Uint8Array = NO_BYTES;

  constructor(packed: Content, options: UnpackOptions) {
    this.#packed = packed;
    this.#options = options;
    this.#engine = new Running(engineOf(options.packing, options.head));
  }

  async next(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#isOver) return undefined;
      const piece = this.#engine.take();
      if (piece !== undefined) {
        const rest = this.#count(piece);
        if (rest.length > 0) return rest;
      } else if (this.#engine.failure !== undefined) {
        throw this.#damaged(this.#engine.failure);
      } else if (this.#engine.isEnded || this.#isPadding) {
        const state = await this.#behind(signal);
        if (state === 'waiting') return NO_BYTES;
        this.#isOver = state === 'over';
        if (this.#isOver && this.#unpacked < this.#options.skip) throw shorter(this.#options.where, this.#options.skip, this.#unpacked);
      } else if (this.#engine.isIdle) {
        const block = await this.#block(signal);
        if (block?.length === 0) return NO_BYTES;
        this.#engine.give(block);
      } else {
        await this.#engine.change();
      }
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#engine.close();
    await this.#packed.close();
  }

  async #block(signal: AbortSignal): Promise<Uint8Array | undefined> {
    const left = this.#left;
    this.#left = NO_BYTES;
    return left.length > 0 ? left : await this.#packed.next(signal);
  }

  #count(piece: Uint8Array): Uint8Array {
    const { skip, unpackedBytes, where } = this.#options;
    const before = this.#unpacked;
    this.#unpacked += piece.length;
    if (this.#unpacked > unpackedBytes) throw tooMuch(where, unpackedBytes, this.#packedAt);
    return before >= skip ? piece : piece.subarray(Math.min(piece.length, skip - before));
  }

  get #packedAt(): number {
    return this.#began + this.#engine.taken;
  }

  /** A member has ended: another one follows, or zeros, or nothing. */
  async #behind(signal: AbortSignal): Promise<'over' | 'waiting' | 'goOn'> {
    if (!this.#isPadding) {
      this.#left = this.#engine.rest;
      this.#began = this.#packedAt;
      this.#engine.close();
      this.#engine = new Running(undefined);
      this.#isPadding = true;
    }
    const block = await this.#block(signal);
    if (block === undefined) return 'over';
    if (block.length === 0) return 'waiting';
    const zeros = block.findIndex((byte) => byte !== 0);
    this.#began += zeros === -1 ? block.length : zeros;
    if (zeros === -1) return 'goOn';
    const { packing } = this.#options;
    if (!mayBegin(packing, block[zeros]!)) throw this.#damaged(new Error('bytes that are no part of it stand behind its end'));
    this.#left = block.subarray(zeros);
    this.#engine = new Running(engineOf(packing, this.#left));
    this.#isPadding = false;
    return 'goOn';
  }

  #damaged(cause: Error): HeadraceError {
    const { packing, where } = this.#options;
    const isCut = (cause as { readonly code?: string }).code === 'Z_BUF_ERROR';
    return new HeadraceError({
      code: isCut ? 'HR_FILE_TRUNCATED' : 'HR_FILE_CORRUPT',
      where: `${where}, packed byte ${this.#packedAt}, unpacked byte ${this.#unpacked}`,
      what: isCut ? `the ${packing} file ends in its middle` : `the ${packing} file is damaged: ${cause.message}`,
      todo: 'Fetch the file again. What was unpacked up to this byte has been read.',
      cause,
    });
  }
}

/** An engine, its last input and what came of it. Without one it has ended. */
class Running {
  readonly #engine: Engine | undefined;
  failure: Error | undefined;
  #hasEnded = false;
  /** It wants more. */
  isIdle = true;
  #input: Uint8Array = NO_BYTES;
  /** What it was given before its last input. */
  #givenBefore = 0;
  #tell: (() => void) | undefined;

  constructor(engine: Engine | undefined) {
    this.#engine = engine;
    if (engine === undefined) return;
    engine.on('error', (error) => {
      this.failure = error;
      this.#wake();
    });
    engine.on('end', () => {
      this.#hasEnded = true;
      this.#wake();
    });
    engine.on('readable', () => this.#wake());
  }

  /** How many packed bytes it has used. */
  get taken(): number {
    return this.#engine?.bytesWritten ?? 0;
  }

  /** It says so itself, a little late, or has left a part of what it was given. */
  get isEnded(): boolean {
    return this.#hasEnded || (this.isIdle && this.rest.length > 0);
  }

  /** What it was given and has not used. */
  get rest(): Uint8Array {
    return this.#input.subarray(this.taken - this.#givenBefore);
  }

  take(): Uint8Array | undefined {
    return (this.#engine?.read() as Uint8Array | null | undefined) ?? undefined;
  }

  give(block: Uint8Array | undefined): void {
    this.isIdle = false;
    if (block === undefined) {
      this.#engine?.end();
      return;
    }
    this.#givenBefore += this.#input.length;
    this.#input = block;
    this.#engine?.write(block, () => {
      this.isIdle = true;
      this.#wake();
    });
  }

  /** Settles when something has become of it. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  close(): void {
    this.#engine?.removeAllListeners();
    // What it says from here on nobody wants to know; without a listener it would end the process.
    this.#engine?.on('error', () => {});
    this.#engine?.destroy();
    this.#wake();
  }

  #wake(): void {
    const tell = this.#tell;
    this.#tell = undefined;
    tell?.();
  }
}

function tooMuch(where: string, limit: number, packedAt: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_UNPACKED_LIMIT',
    where: `${where}, packed byte ${packedAt}, unpacked byte ${limit}`,
    what: `more than ${limit} bytes come out of the file`,
    todo: 'Raise the option unpackedBytes if the file may be so large; if not, it is not what it claims to be.',
  });
}

/** What a file is to be unpacked by, if at all. */
export function packingFor(compression: Unpacking, head: Uint8Array): Packing | undefined {
  if (compression === 'none') return undefined;
  return compression === 'auto' ? packingOf(head) : compression;
}
