import { HeadraceError, isHeadraceError } from '../../core/error.ts';

/** Writes records into one file, until it is full. */
export interface RecordWriter<T> {
  /**
   * Takes the values from one index to before another, in order; answers where it stopped: at `to`, or behind the one
   * that made the file full. A value without bytes is told with its index as `member`; those before it were taken.
   */
  take(values: readonly T[], from: number, to: number): number | Promise<number>;
  readonly isFull: boolean;
  readonly records: number;
  /** Nothing is written any more. */
  readonly failure: unknown;
  /** Brings what can be brought into the file. With `all`, so that a reader of the unfinished file finds it. */
  flush(all: boolean): Promise<void>;
  /** The file gets its end, is made safe against a power cut (but for its name) and closed; answers its length. */
  finish(): Promise<number>;
  /** Closes the file as it is. */
  abandon(): Promise<void>;
}

/** When a file is full. */
export interface Fullness {
  readonly bytes: number;
  readonly records: number;
}

export const NEVER_FULL: Fullness = { bytes: Number.POSITIVE_INFINITY, records: Number.POSITIVE_INFINITY };

/** A value that cannot be written is named by its place, so that it alone is refused and the others are written. */
export function named(cause: unknown, member: number): unknown {
  if (!isHeadraceError(cause) || cause.action !== 'deadLetter') return cause;
  const { code, action, what, where, todo } = cause;
  return new HeadraceError({ code, action, what, where, todo, cause, member });
}
