import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { PaneHead, PaneStates } from './pane-states.ts';

interface Reduced<T, S> {
  /** Undefined before the first record. */
  state: { of: S } | undefined;
  /** Of sessions: the records, and their places among all that came. */
  readonly values: T[];
  readonly places: number[];
}

/** What `reduce` of a window is made of. */
export interface Reduction<T, S> {
  initial(key: Key | undefined): S;
  step(state: S, value: T): S;
}

/**
 * A fold of the user's own, in the order in which records came. What it makes cannot be merged, so sessions keep their
 * records beside it, and where two become one all of them are folded again.
 */
export class ReducedStates<T, S> implements PaneStates<T, PaneHead & { readonly value: S }> {
  readonly bytesPerRow = 96;
  readonly keepsRecords: boolean;
  readonly #fold: Reduction<T, S>;
  readonly #rows: (Reduced<T, S> | undefined)[] = [];
  #value!: T;
  place = 0;
  /** What is left from records before is written over: emptying an array costs more than all else here. */
  readonly #staged: S[] = [];
  #stagedCount = 0;
  #added = 0;

  constructor(fold: Reduction<T, S>, keepsRecords: boolean) {
    this.#fold = fold;
    this.keepsRecords = keepsRecords;
  }

  grow(rows: number): void {
    while (this.#rows.length < rows) this.#rows.push(undefined);
  }
  open(row: number): void {
    this.#rows[row] = { state: undefined, values: [], places: [] };
  }
  take(value: T): void {
    this.#value = value;
    this.#stagedCount = 0;
    this.#added = 0;
  }
  stage(rows: readonly number[], key: Key | undefined): void {
    // Of one window, which is what nearly every record is of, nothing is made.
    const one = rows.length === 1 ? this.#rows[rows[0]!]!.state : undefined;
    this.#staged[this.#stagedCount] = one === undefined ? this.#first(rows, key) : this.#stepped(one.of);
    this.#stagedCount++;
  }
  add(row: number): void {
    const reduced = this.#rows[row]!;
    const next = this.#staged[this.#added++]!;
    if (reduced.state === undefined) reduced.state = { of: next };
    else reduced.state.of = next;
    if (!this.keepsRecords) return;
    reduced.values.push(this.#value);
    reduced.places.push(this.place++);
  }
  /** Of the records; what they make was staged for all of them, and is added next. */
  merge(row: number, later: number): void {
    const into = this.#rows[row]!;
    const all = inOrder([into, this.#rows[later]!]);
    into.values.splice(0, into.values.length, ...all.map(({ value }) => value));
    into.places.splice(0, into.places.length, ...all.map(({ place }) => place));
  }
  pane(row: number, { key, window, pane }: PaneHead): PaneHead & { readonly value: S } {
    return { key, window, pane, value: this.#rows[row]!.state!.of };
  }
  release(row: number): void {
    this.#rows[row] = undefined;
  }
  pack(row: number): unknown {
    const { state, values, places } = this.#rows[row]!;
    return { states: state === undefined ? [] : [state.of], ...(this.keepsRecords ? { values, places: Float64Array.from(places) } : {}) };
  }
  unpack(row: number, plain: unknown): void {
    const { states, values = [], places = [] } = plain as Packed<T, S>;
    this.#rows[row] = { state: states.length === 0 ? undefined : { of: states[0]! }, values: [...values], places: [...places] };
    for (const place of places) this.place = Math.max(this.place, place + 1);
  }

  #first(rows: readonly number[], key: Key | undefined): S {
    const known = rows.map((row) => this.#rows[row]!).filter(({ state }) => state !== undefined);
    return this.#stepped(known.length === 1 ? known[0]!.state!.of : this.#refolded(known, key));
  }

  /** A state that stays the same was looked at when it came. */
  #stepped(before: S): S {
    const state = this.#fold.step(before, this.#value);
    return state === before ? state : settled(state);
  }

  #refolded(known: readonly Reduced<T, S>[], key: Key | undefined): S {
    let state = settled(this.#fold.initial(key));
    for (const { value } of inOrder(known)) state = settled(this.#fold.step(state, value));
    return state;
  }
}

interface Packed<T, S> {
  readonly states: readonly S[];
  readonly values?: readonly T[];
  readonly places?: ArrayLike<number> & Iterable<number>;
}

function inOrder<T>(parts: readonly Reduced<T, unknown>[]): { readonly value: T; readonly place: number }[] {
  const all = parts.flatMap(({ values, places }) => values.map((value, i) => ({ value, place: places[i]! })));
  return all.sort((a, b) => a.place - b.place);
}

function settled<S>(state: S): S {
  if (state instanceof Failure) throw state;
  if (isThenable(state)) throw refusedPromise(state, 'reduce');
  return state;
}
