import type { NumericLayout, WindowSpan } from './layout.ts';

/**
 * What a window works out of its records in one pass. `of` is the only part that calls the user's function; it may
 * throw, and nothing has changed then. The others never fail, so several aggregates of one window stay in step.
 * `merge` adds what came later to what came before, and leaves that as it was.
 *
 * Sliding windows merge slices of time, sessions merge sessions, in the order of time. So that the answer is the same
 * for any slicing, merging must be associative: `merge(merge(a, b), c)` means what `merge(a, merge(b, c))` means.
 *
 * @example
 * ```ts
 * const longest: Aggregate<string, number, number, { most: number }> = {
 *   of: (text) => text.length,
 *   create: () => ({ most: 0 }),
 *   add: (state, length) => void (state.most = Math.max(state.most, length)),
 *   merge: (state, later) => void (state.most = Math.max(state.most, later.most)),
 *   extract: (state) => state.most,
 * };
 * const panes = pipeline('longest').from(values(['a', 'abc', 'ab', 'b'])).window('pairs', tumblingCount(2)).aggregate({ longest });
 * await run(panes.to(print((pane) => `${pane.longest}`)));
 * // 3
 * // 2
 * ```
 */
export interface Aggregate<in T, out R, X = unknown, A = unknown> {
  /** What it needs of a value; `timeMs` is the event time of its record, NaN where it has none. */
  of(value: T, timeMs?: number): X;
  create(): A;
  add(state: A, x: X): void;
  merge(state: A, later: A): void;
  /** Leaves the state as it is: an early pane is not the last. */
  extract(state: A, window?: WindowSpan): R;
  /** The state as a plain value that a codec can write; without it the state is one. */
  pack?(state: A): unknown;
  /** The state of what `pack` made, which it may keep; undefined where that is of another kind. */
  unpack?(plain: unknown): A | undefined;
  /** What it keeps, in a word or two: a state is not taken up by an aggregate of another kind. The names of its fields unless told. */
  readonly kind?: string | undefined;
  /** About how many bytes a state takes that is no numbers, for the memory of a run: 64 unless told. */
  readonly bytes?: number | undefined;
  /**
   * `span`: it divides by how long a window is, so it can be used in windows of time that end, and in no others.
   * `times`: it wants the event time of each record, also in windows by number.
   */
  readonly needs?: 'span' | 'times' | undefined;
  /** The same as numbers; what it answers must be the same. */
  readonly numeric?: NumericLayout<T, R> | undefined;
}
