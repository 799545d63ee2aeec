import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import { AggregateRow, type PackedRow } from './aggregate-row.ts';
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
  /** What it holds, as a plain value; for `restore`, and to be written down before anything else happens here. */
  pack(): unknown;
}

export interface FoldKind<T, R> {
  create(key: Key | undefined): CountFold<T, R>;
  /** A fold that holds what was packed, which it keeps. */
  restore(key: Key | undefined, plain: unknown): CountFold<T, R>;
  /** Estimates of what one key and one record inside cost. */
  readonly bytesPerKey: number;
  readonly keepsRecords: boolean;
}

const STATE_BYTES = 48;

/** Several aggregates in one pass; the result lists theirs. */
export function aggregating<T>(
  fields: Readonly<Record<string, Aggregate<T, unknown>>>,
  { size, every }: CountWindows,
): FoldKind<T, unknown[]> {
  const row = new AggregateRow(fields);
  const { length } = Object.keys(fields);
  if (every === size) {
    return {
      create: () => new TumblingAggregates(row, row.create()),
      restore: (_key, plain) => new TumblingAggregates(row, row.restore(plain as PackedRow)),
      bytesPerKey: STATE_BYTES * length,
      keepsRecords: false,
    };
  }
  const unit = commonDivisor(size, every);
  return {
    create: () => new SlidingAggregates(row, unit, size / unit),
    restore: (_key, plain) => new SlidingAggregates(row, unit, size / unit, plain as PackedPanes),
    bytesPerKey: STATE_BYTES * length * 2 * (size / unit),
    keepsRecords: false,
  };
}

class TumblingAggregates<T> implements CountFold<T, unknown[]> {
  readonly #row: AggregateRow<T>;
  #states: unknown[];

  constructor(row: AggregateRow<T>, states: unknown[]) {
    this.#row = row;
    this.#states = states;
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
  pack(): PackedRow {
    return this.#row.pack(this.#states);
  }
}

interface PackedPanes {
  readonly pane: PackedRow;
  readonly inPane: number;
  readonly panes: readonly PackedRow[];
  readonly beginning: PackedRow;
  readonly ends: readonly PackedRow[];
}

/**
 * Sliding windows that share their work, for aggregates that can only be merged and never taken back (van Herk, Gil
 * and Werman). Records are put together in panes of `unit`, the largest stretch that no window cuts; panes in blocks
 * of one window's length. A window is then the end of the block before and the beginning of this one: of the block
 * before we keep the merges from each pane to its end, of this one the merge from its beginning. So a pane costs two
 * merges and a window one or two, however much windows overlap, and nothing is ever subtracted.
 */
class SlidingAggregates<T> implements CountFold<T, unknown[]> {
  readonly #row: AggregateRow<T>;
  readonly #unit: number;
  readonly #panesPerBlock: number;
  #pane: unknown[];
  #inPane: number;
  #panes: unknown[][];
  #beginning: unknown[];
  /** Of the block before: at i the merge of its panes from i on. */
  #ends: unknown[][];

  constructor(row: AggregateRow<T>, unit: number, panesPerBlock: number, packed?: PackedPanes) {
    this.#row = row;
    this.#unit = unit;
    this.#panesPerBlock = panesPerBlock;
    this.#pane = packed === undefined ? row.create() : row.restore(packed.pane);
    this.#inPane = packed?.inPane ?? 0;
    this.#panes = packed?.panes.map((pane) => row.restore(pane)) ?? [];
    this.#beginning = packed === undefined ? row.create() : row.restore(packed.beginning);
    this.#ends = packed?.ends.map((end) => row.restore(end)) ?? [];
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

  pack(): PackedPanes {
    const all = (states: readonly unknown[][]): PackedRow[] => states.map((row) => this.#row.pack(row));
    return {
      pane: this.#row.pack(this.#pane),
      inPane: this.#inPane,
      panes: all(this.#panes),
      beginning: this.#row.pack(this.#beginning),
      ends: all(this.#ends),
    };
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
    create: (key) => new Reduced(() => initial(key), step, every, { states: [], seen: 0 }),
    restore: (key, plain) => new Reduced(() => initial(key), step, every, plain as PackedReduction<S>),
    bytesPerKey: STATE_BYTES * Math.ceil(size / every),
    keepsRecords: false,
  };
}

interface PackedReduction<S> {
  readonly states: S[];
  readonly seen: number;
}

class Reduced<T, S> implements CountFold<T, S> {
  readonly #initial: () => S;
  readonly #step: (state: S, value: T) => S;
  readonly #every: number;
  /** Of the open windows, oldest first. */
  #states: S[];
  #seen: number;

  constructor(initial: () => S, step: (state: S, value: T) => S, every: number, { states, seen }: PackedReduction<S>) {
    this.#initial = initial;
    this.#step = step;
    this.#every = every;
    this.#states = states;
    this.#seen = seen;
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

  pack(): PackedReduction<S> {
    return { states: this.#states, seen: this.#seen };
  }
}

function settled<S>(state: S): S {
  if (state instanceof Failure) throw state;
  if (isThenable(state)) throw refusedPromise(state, 'reduce');
  return state;
}

/** The records themselves. */
export function listing<T>({ size, every }: CountWindows): FoldKind<T, readonly T[]> {
  return {
    create: () => new Listed<T>(size, every, []),
    restore: (_key, plain) => new Listed<T>(size, every, plain as T[]),
    bytesPerKey: STATE_BYTES,
    keepsRecords: true,
  };
}

class Listed<T> implements CountFold<T, readonly T[]> {
  readonly #size: number;
  readonly #every: number;
  #kept: T[];
  /** Of `kept`, how many no open window holds any more. */
  #over = 0;

  constructor(size: number, every: number, kept: T[]) {
    this.#size = size;
    this.#every = every;
    this.#kept = kept;
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

  pack(): readonly T[] {
    return this.#kept.slice(this.#over);
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
