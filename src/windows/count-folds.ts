import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Aggregate } from './aggregates.ts';
import type { CountWindows } from './count.ts';

/** What count windows make of the records of one key. */
export interface CountFold<T, R> {
  /** Takes the next record. Throws what a function of the user throws, and has not changed then. */
  add(value: T): void;
  /** The result of the window that just became full, which is over. */
  full(): R;
  /** The result of a window that has the last `records` records, and is not full. Windows begin every `every` records. */
  last(records: number): R;
}

export interface FoldKind<T, R> {
  create(key: Key | undefined): CountFold<T, R>;
  /** Estimates of what one key and one record inside cost. */
  readonly bytesPerKey: number;
  readonly keepsRecords: boolean;
}

type Aggregates<T> = readonly Aggregate<T, unknown>[];

const STATE_BYTES = 48;

/** Several aggregates in one pass; the result lists theirs. */
export function aggregating<T>(aggregates: Aggregates<T>, { size, every }: CountWindows): FoldKind<T, unknown[]> {
  const row = new Row(aggregates);
  if (every === size)
    return { create: () => new TumblingAggregates(row), bytesPerKey: STATE_BYTES * aggregates.length, keepsRecords: false };
  const unit = commonDivisor(size, every);
  return {
    create: () => new SlidingAggregates(row, unit, size / unit),
    bytesPerKey: STATE_BYTES * aggregates.length * 2 * (size / unit),
    keepsRecords: false,
  };
}

/** Several aggregates as one. What a record gives to each is asked of all before the state of any is changed. */
class Row<T> {
  readonly #aggregates: Aggregates<T>;
  readonly #taken: unknown[];

  constructor(aggregates: Aggregates<T>) {
    this.#aggregates = aggregates;
    // Fractions, so that the engine keeps the numbers themselves in it and not boxes of them.
    this.#taken = aggregates.map(() => 0.5);
  }

  create(): unknown[] {
    return this.#aggregates.map((aggregate) => aggregate.create());
  }
  take(value: T): void {
    for (let i = 0; i < this.#taken.length; i++) this.#taken[i] = this.#aggregates[i]!.of(value);
  }
  addTaken(states: unknown[]): void {
    for (let i = 0; i < this.#taken.length; i++) this.#aggregates[i]!.add(states[i], this.#taken[i]);
  }
  merge(states: unknown[], later: readonly unknown[]): void {
    for (let i = 0; i < states.length; i++) this.#aggregates[i]!.merge(states[i], later[i]);
  }
  merged(...parts: readonly (readonly unknown[])[]): unknown[] {
    const states = this.create();
    for (const part of parts) this.merge(states, part);
    return states;
  }
  extract(states: readonly unknown[]): unknown[] {
    return states.map((state, i) => this.#aggregates[i]!.extract(state));
  }
}

class TumblingAggregates<T> implements CountFold<T, unknown[]> {
  readonly #row: Row<T>;
  #states: unknown[];

  constructor(row: Row<T>) {
    this.#row = row;
    this.#states = this.#row.create();
  }
  add(value: T): void {
    this.#row.take(value);
    this.#row.addTaken(this.#states);
  }
  full(): unknown[] {
    const result = this.#row.extract(this.#states);
    this.#states = this.#row.create();
    return result;
  }
  last(): unknown[] {
    return this.#row.extract(this.#states);
  }
}

/**
 * Sliding windows that share their work, for aggregates that can only be merged and never taken back (van Herk, Gil
 * and Werman). Records are put together in panes of `unit`, the largest stretch that no window cuts; panes in blocks
 * of one window's length. A window is then the end of the block before and the beginning of this one: of the block
 * before we keep the merges from each pane to its end, of this one the merge from its beginning. So a pane costs two
 * merges and a window one or two, however much windows overlap, and nothing is ever subtracted.
 */
class SlidingAggregates<T> implements CountFold<T, unknown[]> {
  readonly #row: Row<T>;
  readonly #unit: number;
  readonly #panesPerBlock: number;
  #pane: unknown[];
  #inPane = 0;
  #panes: unknown[][] = [];
  #beginning: unknown[];
  /** Of the block before: at i the merge of its panes from i on. */
  #ends: unknown[][] = [];

  constructor(row: Row<T>, unit: number, panesPerBlock: number) {
    this.#row = row;
    this.#unit = unit;
    this.#panesPerBlock = panesPerBlock;
    this.#pane = this.#row.create();
    this.#beginning = this.#row.create();
  }

  add(value: T): void {
    this.#row.take(value);
    this.#row.addTaken(this.#pane);
    if (++this.#inPane === this.#unit) this.#endPane();
  }

  full(): unknown[] {
    const panes = this.#panes.length;
    return this.#row.extract(panes === 0 ? this.#ends[0]! : this.#row.merged(this.#ends[panes]!, this.#beginning));
  }

  last(records: number): unknown[] {
    const panes = Math.floor(records / this.#unit);
    const here = this.#panes.length;
    if (panes <= here) return this.#row.extract(this.#row.merged(...this.#panes.slice(here - panes), this.#pane));
    return this.#row.extract(this.#row.merged(this.#ends[this.#panesPerBlock - (panes - here)]!, this.#beginning, this.#pane));
  }

  #endPane(): void {
    this.#row.merge(this.#beginning, this.#pane);
    this.#panes.push(this.#pane);
    this.#pane = this.#row.create();
    this.#inPane = 0;
    if (this.#panes.length === this.#panesPerBlock) this.#endBlock();
  }

  #endBlock(): void {
    const ends = this.#panes;
    for (let i = ends.length - 2; i >= 0; i--) this.#row.merge(ends[i]!, ends[i + 1]!);
    this.#ends = ends;
    this.#panes = [];
    this.#beginning = this.#row.create();
  }
}

/**
 * A fold of the user's own. What it makes cannot be merged, so each open window has a state: a step is called as often
 * as windows overlap at a record. States are replaced when all steps have answered, so a step must not change the
 * state it is given.
 */
export function reducing<T, S>(
  initial: (key: Key | undefined) => S,
  step: (state: S, value: T) => S,
  { size, every }: CountWindows,
): FoldKind<T, S> {
  return {
    create: (key) => new Reduced(() => initial(key), step, every),
    bytesPerKey: STATE_BYTES * Math.ceil(size / every),
    keepsRecords: false,
  };
}

class Reduced<T, S> implements CountFold<T, S> {
  readonly #initial: () => S;
  readonly #step: (state: S, value: T) => S;
  readonly #every: number;
  /** Of the open windows, oldest first. */
  #states: S[] = [];
  #seen = 0;

  constructor(initial: () => S, step: (state: S, value: T) => S, every: number) {
    this.#initial = initial;
    this.#step = step;
    this.#every = every;
  }

  add(value: T): void {
    const next: S[] = [];
    for (let i = 0; i < this.#states.length; i++) next.push(settled(this.#step(this.#states[i]!, value)));
    if (this.#seen % this.#every === 0) next.push(settled(this.#step(this.#initial(), value)));
    this.#states = next;
    this.#seen++;
  }

  full(): S {
    return this.#states.shift()!;
  }

  last(records: number): S {
    // The window with the last record alone stands last; each before it is longer by `every`.
    const newest = ((this.#seen - 1) % this.#every) + 1;
    return this.#states[this.#states.length - 1 - (records - newest) / this.#every]!;
  }
}

function settled<S>(state: S): S {
  if (state instanceof Failure) throw state;
  if (isThenable(state)) throw refusedPromise(state, 'reduce');
  return state;
}

/** The records themselves. */
export function listing<T>({ size, every }: CountWindows): FoldKind<T, readonly T[]> {
  return { create: () => new Listed<T>(size, every), bytesPerKey: STATE_BYTES, keepsRecords: true };
}

class Listed<T> implements CountFold<T, readonly T[]> {
  readonly #size: number;
  readonly #every: number;
  #kept: T[] = [];
  /** Of `kept`, how many no open window holds any more. */
  #over = 0;

  constructor(size: number, every: number) {
    this.#size = size;
    this.#every = every;
  }

  add(value: T): void {
    this.#kept.push(value);
  }

  full(): readonly T[] {
    const values = this.#kept.slice(this.#over, this.#over + this.#size);
    this.#over += this.#every;
    if (this.#over >= this.#size) {
      this.#kept = this.#kept.slice(this.#over);
      this.#over = 0;
    }
    return values;
  }

  last(records: number): readonly T[] {
    return this.#kept.slice(this.#kept.length - records);
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
