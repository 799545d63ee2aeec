import type { Key } from '../core/keys.ts';
import type { WindowSpan } from './aggregates/layout.ts';

export type Timing = 'early' | 'onTime' | 'late';

/** What every pane says of itself, beside its result. */
export interface PaneHead {
  readonly key: unknown;
  readonly window: WindowSpan;
  readonly pane: { readonly index: number; readonly timing: Timing };
}

/**
 * What windows of time make of their records, one state a row, and panes of states. Rows are small numbers that the windows give out, so
 * states may lie in typed arrays. A record is first taken, which calls the functions of the user and is the only part
 * that may throw, and then added to every row it belongs to.
 */
export interface PaneStates<T, Out> {
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
  /** Undefined where states are more than numbers. */
  readonly sums?: RowSums | undefined;
  /** A pane with the result so far; the row stays as it is. */
  pane(row: number, head: PaneHead): Out;
  /** Nobody will ask for the row any more. */
  release(row: number): void;
  pack(row: number): unknown;
  /** Fills an open row with what was packed. */
  unpack(row: number, plain: unknown): void;
  /** How many records were ever added, where their order among rows counts; goes on from an earlier life. */
  place?: number;
  /** Estimates of what a row costs, and whether the records themselves are kept. */
  readonly bytesPerRow: number;
  readonly keepsRecords: boolean;
}

/**
 * A number of sums, one beside each row, where states are runs of numbers. Sums belong to nobody: they are not captured,
 * and what a row has is worked out anew whenever somebody wants to.
 */
export interface RowSums {
  /** The sum of a row is its state. */
  begin(row: number): void;
  /** The sum of a row is the sum of another, which is earlier in time, and behind that its state. */
  after(row: number, earlier: number): void;
  /** The sum of a row is its state, and behind that the sum of another. */
  before(row: number, later: number): void;
  /** The state of a row becomes what two sums are together, the first of them earlier in time. */
  join(row: number, earlier: number, later: number): void;
  /** The state of a row becomes the sum of another. */
  copy(row: number, of: number): void;
}

/** What a fold of windows is, before a run. `merges` says that sessions are in play, so states must be mergeable. */
export type PaneFold<T, R> = (setting: { readonly merges: boolean }) => PaneStates<T, R>;
