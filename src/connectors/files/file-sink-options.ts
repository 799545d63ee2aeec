import type { Bytes, Duration } from '../../core/units.ts';
import type { Into } from './folders.ts';
import type { Compression } from './packing.ts';

export interface FileSinkOptions<T = unknown> {
  /** Whether the output begins anew or goes on behind what is there; 'replace' by default. */
  readonly mode?: 'replace' | 'append';
  /** How much is gathered for each open file before it is written; '256KiB' by default. */
  readonly bufferBytes?: Bytes;
  /** When a file is done with and the next one begins. Files are numbered then. */
  readonly roll?: RollOptions;
  /** The folder of each record, below that of the path: a pattern of its event time in UTC, or a function. */
  readonly into?: Into<T>;
  /** How many files are open at once, with `into`; 64 by default. The least recently used is done with first. */
  readonly openFiles?: number;
  /** By default as the path ends: '.gz' is gzip, '.zst' is zstd, anything else is not compressed. */
  readonly compression?: Compression;
  /** How hard it is compressed: 0 to 9 for gzip and deflate, 1 to 22 for zstd; theirs by default (6, 3). */
  readonly level?: number;
}

export interface RollOptions {
  /** A file is full once it has so many bytes as it stands on the disk. */
  readonly bytes?: Bytes;
  /** A file is full once it has so many records. */
  readonly records?: number;
  /** A file is done with so long after its first record, by the clock of the machine, also when nothing more comes. */
  readonly every?: Duration;
}
