import type { Codec } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { FileFormat } from '../../core/format.ts';
import { type Bytes, byteCount, type Duration, milliseconds, wholeNumber } from '../../core/units.ts';
import type { Unpacking } from './compression.ts';
import { requireLines } from './framing.ts';

/** How the content of a file is read, wherever it comes from. */
export interface ContentOptions {
  /** How long one record may be; '16MiB' by default. */
  readonly recordBytes?: Bytes;
  /** How much is read from the disk at once; '256KiB' by default, '1MiB' for formats that are more than lines. One block more is read ahead. */
  readonly blockBytes?: Bytes;
  /** What an empty line is: a record or nothing. By default a record for text and nothing for every other codec. */
  readonly emptyLines?: 'keep' | 'skip';
  /** How files are packed; 'auto' by default, which goes by their first bytes and not by their names. */
  readonly compression?: Unpacking;
  /** How much may come out of one packed file; no limit by default, since memory does not depend on it. */
  readonly unpackedBytes?: Bytes;
}

export interface FileSourceOptions extends ContentOptions {
  /** In which order the files of a folder or a pattern are read: by name, which is the default, or by when they were last changed. */
  readonly order?: 'name' | 'time';
  /** Over how many partitions files are spread, by their names; 1 by default. */
  readonly partitions?: number;
  /** Finding no file is no error. */
  readonly allowNone?: boolean;
  /** Goes on with files that come to be; each is read once. */
  readonly watch?: boolean;
  /** Watching: for how long a file must not have changed before it is read; '2s' by default. */
  readonly settle?: Duration;
  /** Watching: how many names of files that were read are remembered; 100,000 by default. */
  readonly remember?: number;
  /** Follows what is appended to one file, also through its rotation. */
  readonly tail?: boolean;
  /** Watching and following: how often it looks where the system tells of no changes, as on network drives; '10s' by default. */
  readonly lookEvery?: Duration;
  /**
   * How many threads read one file, beside the main thread; none by default. For plain files of 4 MiB or more, in formats that
   * can be divided: csv(), tsv() and json() with columns. All others are read by the main thread.
   */
  readonly threads?: number;
  /** How much of a format of pages may be in memory at once; '256MiB' by default. */
  readonly pieceBytes?: Bytes;
}

/** Options spelled out and checked. */
export interface Settings<T> {
  readonly format: Codec<T> | FileFormat<T>;
  readonly codec: Codec<T> | undefined;
  /** One record a line, of which the codec makes a value. */
  readonly isLines: boolean;
  readonly recordBytes: number;
  readonly blockBytes: number;
  readonly keepsEmpty: boolean;
  readonly compression: Unpacking;
  readonly unpackedBytes: number;
  readonly pieceBytes: number;
  /** How many threads read a file; 0: the main thread does. */
  readonly threads: number;
}

const COMPRESSIONS: ReadonlySet<string> = new Set<Unpacking>(['auto', 'none', 'gzip', 'zstd', 'deflate']);

export function settingsOf<T>(
  format: Codec<T> | FileFormat<T>,
  options: ContentOptions & Pick<FileSourceOptions, 'pieceBytes' | 'threads'>,
  id: string,
): Settings<T> {
  const codec = isCodec(format) ? format : undefined;
  const isLines = format.blocks === undefined && format.pages === undefined;
  if (isLines) requireLines({ kind: format.kind, framing: codec?.framing ?? 'none' }, id);
  const {
    compression = 'auto',
    recordBytes = '16MiB',
    blockBytes = isLines ? '256KiB' : '1MiB',
    pieceBytes = '256MiB',
    unpackedBytes,
  } = options;
  if (!COMPRESSIONS.has(compression))
    throw invalid(id, `compression is ${JSON.stringify(compression)}`, `Say one of ${[...COMPRESSIONS].join(', ')}.`);
  return {
    format,
    codec,
    isLines,
    recordBytes: byteCount(recordBytes, 'option recordBytes'),
    blockBytes: Math.max(16, byteCount(blockBytes, 'option blockBytes')),
    keepsEmpty: (options.emptyLines ?? (format.kind === 'text' ? 'keep' : 'skip')) === 'keep',
    compression,
    unpackedBytes: unpackedBytes === undefined ? Number.POSITIVE_INFINITY : byteCount(unpackedBytes, 'option unpackedBytes'),
    pieceBytes: byteCount(pieceBytes, 'option pieceBytes'),
    threads: threadsOf(format, options.threads, id),
  };
}

/** More of them would only wait for each other: their units are told one after the other. */
const MOST_THREADS = 256;

function threadsOf<T>(format: Codec<T> | FileFormat<T>, threads: number | undefined, id: string): number {
  if (threads === undefined) return 0;
  if (wholeNumber(threads, 'option threads') > MOST_THREADS) throw invalid(id, `threads is ${threads}`, `Say at most ${MOST_THREADS}.`);
  if (format.blocks?.split === undefined)
    throw invalid(
      id,
      `threads is for files that can be divided, and ${format.kind} cannot`,
      'Say csv() or json({ columns }), or leave threads out.',
    );
  return threads;
}

/** How files are looked for. */
export interface Looking {
  readonly order: 'name' | 'time';
  readonly partitions: number;
  readonly allowNone: boolean;
  readonly settleMs: number;
  readonly remember: number;
  readonly lookEveryMs: number;
}

export function lookingOf(options: FileSourceOptions, paths: string | readonly string[], id: string): Looking {
  const { order = 'name', partitions = 1, allowNone = false, watch = false, tail = false } = options;
  if (order !== 'name' && order !== 'time') throw invalid(id, `order is ${JSON.stringify(order)}`, "Say 'name' or 'time'.");
  if (tail && (watch || partitions !== 1 || typeof paths !== 'string'))
    throw invalid(id, 'tail follows one file', 'Give it one path, without watch and partitions.');
  if (tail && options.threads !== undefined) throw invalid(id, 'what is appended to a file is read by one', 'Leave threads out, or tail.');
  if (options.settle !== undefined && !watch && !tail)
    throw invalid(id, 'settle is for watch and tail', 'Leave it out, or say watch: true.');
  if (options.remember !== undefined && !watch) throw invalid(id, 'remember is for watch', 'Leave it out, or say watch: true.');
  if (options.lookEvery !== undefined && !watch && !tail)
    throw invalid(id, 'lookEvery is for watch and tail', 'Leave it out, or say watch: true.');
  return {
    order,
    allowNone,
    partitions: wholeNumber(partitions, 'option partitions'),
    settleMs: milliseconds(options.settle ?? '2s', 'option settle'),
    remember: wholeNumber(options.remember ?? 100_000, 'option remember'),
    lookEveryMs: Math.max(1, milliseconds(options.lookEvery ?? '10s', 'option lookEvery')),
  };
}

function isCodec<T>(format: Codec<T> | FileFormat<T>): format is Codec<T> {
  return 'decode' in format;
}

export function invalid(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', where, what, todo });
}
