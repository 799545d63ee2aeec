import { constants, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import { extname } from 'node:path';
import { HeadraceError } from '../../core/error.ts';

/** How the bytes of a file are made smaller. */
export type Compression = 'gzip' | 'zstd' | 'deflate' | 'none';

/** Makes one compressed stream, front to back: a member of gzip, a frame of zstd. */
export interface Packer {
  /** What is ready behind these bytes; they may be used for something else once this settles. */
  pack(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
  /** So that everything given can be unpacked from what was answered so far. It costs some of the gain. */
  flush(): Promise<readonly Uint8Array[]>;
  end(): Promise<readonly Uint8Array[]>;
  /** Gives it up in the middle. */
  abandon(): void;
}

const ENDINGS: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };
const LEVELS = { gzip: [0, 9], deflate: [0, 9], zstd: [1, 22] } as const;

/** By the option, or by the ending of the path. */
export function compressionOf(path: string, option: Compression | undefined): Compression {
  return option ?? ENDINGS[extname(path)] ?? 'none';
}

/** A path with its ending of several parts taken off: `clicks` and `.csv.gz`. */
export function endingOf(path: string): string {
  const last = extname(path);
  if (!(last in ENDINGS)) return last;
  return `${extname(path.slice(0, -last.length))}${last}`;
}

/** What makes packers of a kind; undefined for none. */
export function packing(compression: Compression, level: number | undefined, where: string): (() => Packer) | undefined {
  if (compression === 'none') {
    if (level === undefined) return undefined;
    throw invalid(where, 'level is given and nothing is compressed', "Name a compression, or end the path in '.gz' or '.zst'.");
  }
  const range = LEVELS[compression] as readonly [number, number] | undefined;
  if (range === undefined)
    throw invalid(where, `compression is ${JSON.stringify(compression)}`, "Choose 'gzip', 'zstd', 'deflate' or 'none'.");
  const [least, most] = range;
  if (level !== undefined && !(Number.isInteger(level) && level >= least && level <= most))
    throw invalid(where, `level is ${level}`, `For ${compression} it is a whole number from ${least} to ${most}.`);
  return () => new StreamPacker(compression, level);
}

const FLUSHES = { gzip: constants.Z_SYNC_FLUSH, deflate: constants.Z_SYNC_FLUSH, zstd: constants.ZSTD_e_flush };

/** Node packs on threads of its own; what it holds is its window (gzip 256 KiB, zstd some MiB by level) and one piece. */
class StreamPacker implements Packer {
  readonly #stream;
  readonly #flushKind: number;
  #ready: Uint8Array[] = [];

  constructor(compression: Exclude<Compression, 'none'>, level: number | undefined) {
    this.#flushKind = FLUSHES[compression];
    if (compression === 'zstd')
      this.#stream = createZstdCompress(level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } });
    else this.#stream = (compression === 'gzip' ? createGzip : createDeflate)(level === undefined ? {} : { level });
    this.#stream.on('data', (bytes: Uint8Array) => this.#ready.push(bytes));
    // Told to the call that waits; without a listener it would end the process.
    this.#stream.on('error', () => {});
  }

  async pack(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    await this.#asked((done) => this.#stream.write(bytes, done));
    return await this.#taken();
  }

  async flush(): Promise<readonly Uint8Array[]> {
    await this.#asked((done) => this.#stream.flush(this.#flushKind, done));
    return await this.#taken();
  }

  async end(): Promise<readonly Uint8Array[]> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.once('end', resolve).once('error', reject);
      this.#stream.end();
    });
    return await this.#taken();
  }

  abandon(): void {
    this.#stream.destroy();
  }

  #asked(ask: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => ask((error) => (error ? reject(error) : resolve())));
  }

  async #taken(): Promise<readonly Uint8Array[]> {
    // Its answer may come a turn before the last of its bytes.
    while (this.#stream.readableLength > 0) await new Promise((go) => this.#stream.once('data', go));
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}

function invalid(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', where, what, todo });
}
