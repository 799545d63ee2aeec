import type { Key } from '../core/keys.ts';

/**
 * What windows of time make of their records, one state a row. Rows are small numbers that the windows give out, so
 * states may lie in typed arrays. A record is first taken, which calls the functions of the user and is the only part
 * that may throw, and then added to every row it belongs to.
 */
export interface PaneStates<T, R> {
  /** Makes room for so many rows. */
  grow(rows: number): void;
  /** The row begins, or begins anew, with no records. */
  open(row: number): void;
  /** Calls the functions of the user. Throws what they throw; nothing has changed then. */
  take(value: T, timeMs: number): void;
  /**
   * Works out what the taken record makes of a row, where that calls a function of the user: of rows that are to
   * become one, of one, or of a fresh one where there is none. Asked row by row in the order in which `add` will come.
   */
  stage?(rows: readonly number[], key: Key | undefined): void;
  /** Adds what was taken. Never fails. */
  add(row: number): void;
  /** Adds to a row what another has, which is later in time. The other stays as it is. */
  merge(row: number, later: number): void;
  /** The result so far; the row stays as it is. */
  result(row: number, start: number, end: number): R;
  /** Nobody will ask for the row any more. */
  release(row: number): void;
  pack(row: number): unknown;
  /** Fills an open row with what was packed. */
  unpack(row: number, plain: unknown): void;
  /** Estimates of what a row costs, and whether the records themselves are kept. */
  readonly bytesPerRow: number;
  readonly keepsRecords: boolean;
}

/** What a fold of windows is, before a run. `merges` says that sessions are in play, so states must be mergeable. */
export type PaneFold<T, R> = (setting: { readonly merges: boolean }) => PaneStates<T, R>;
