import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import { NO_SPAN } from './aggregates/layout.ts';
import { AggregateRow, type Fields, type PackedRow } from './aggregates/row.ts';
import type { CountWindows } from './count.ts';

/** What count windows make of the records of one key. */
export interface CountFold<T, R> {
  /** Takes the next record, with its event time or NaN. Throws what a function of the user throws, and has not changed then. */
  add(value: T, timeMs: number): void;
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
export function aggregating<T>(fields: Fields<T>, { size, every }: CountWindows, generate?: boolean): FoldKind<T, unknown[]> {
  const row = new AggregateRow(fields, { generate });
  if (every === size) {
    return {
      create: () => new TumblingAggregates(row, emptyState(row)),
      restore: (_key, plain) => new TumblingAggregates(row, restoredState(row, plain as PackedRow)),
      bytesPerKey: STATE_BYTES + row.bytes,
      keepsRecords: false,
    };
  }
  const unit = commonDivisor(size, every);
  return {
    create: () => new SlidingAggregates(row, unit, size / unit),
    restore: (_key, plain) => new SlidingAggregates(row, unit, size / unit, plain as PackedPanes),
    bytesPerKey: (STATE_BYTES + row.bytes) * 2 * (size / unit),
    keepsRecords: false,
  };
}

/** The states of all aggregates of one row, in an array of their own. */
interface RowState {
  readonly cells: Float64Array;
  readonly objects: unknown[];
}

function emptyState<T>(row: AggregateRow<T>): RowState {
  const cells = new Float64Array(row.cells);
  row.reset(cells, 0);
  return { cells, objects: row.create() };
}

function restoredState<T>(row: AggregateRow<T>, packed: PackedRow): RowState {
  const cells = new Float64Array(row.cells);
  return { cells, objects: row.restore(packed, cells, 0) };
}

function merge<T>(row: AggregateRow<T>, state: RowState, later: RowState): RowState {
  row.merge(state.cells, 0, state.objects, later.cells, 0, later.objects);
  return state;
}

function answers<T>(row: AggregateRow<T>, ...parts: readonly RowState[]): unknown[] {
  const { cells, objects } = parts.length === 1 ? parts[0]! : parts.reduce((all, part) => merge(row, all, part), emptyState(row));
  return row.extract(cells, 0, objects, NO_SPAN);
}

class TumblingAggregates<T> implements CountFold<T, unknown[]> {
  readonly #row: AggregateRow<T>;
  #state: RowState;

  constructor(row: AggregateRow<T>, state: RowState) {
    this.#row = row;
    this.#state = state;
  }
  add(value: T, timeMs: number): void {
    this.#row.take(value, timeMs);
    this.#row.addTaken(this.#state.cells, 0, this.#state.objects);
  }
  full(): unknown[] {
    const result = answers(this.#row, this.#state);
    this.#row.reset(this.#state.cells, 0);
    if (this.#row.objects > 0) this.#state = { cells: this.#state.cells, objects: this.#row.create() };
    return result;
  }
  last(): unknown[] {
    return answers(this.#row, this.#state);
  }
  pack(): PackedRow {
    return this.#row.pack(this.#state.cells, 0, this.#state.objects);
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
  #pane: RowState;
  #inPane: number;
  #panes: RowState[];
  #beginning: RowState;
  /** Of the block before: at i the merge of its panes from i on. */
  #ends: RowState[];

  constructor(row: AggregateRow<T>, unit: number, panesPerBlock: number, packed?: PackedPanes) {
    this.#row = row;
    this.#unit = unit;
    this.#panesPerBlock = panesPerBlock;
    this.#pane = packed === undefined ? emptyState(row) : restoredState(row, packed.pane);
    this.#inPane = packed?.inPane ?? 0;
    this.#panes = packed?.panes.map((pane) => restoredState(row, pane)) ?? [];
    this.#beginning = packed === undefined ? emptyState(row) : restoredState(row, packed.beginning);
    this.#ends = packed?.ends.map((end) => restoredState(row, end)) ?? [];
  }

  add(value: T, timeMs: number): void {
    this.#row.take(value, timeMs);
    this.#row.addTaken(this.#pane.cells, 0, this.#pane.objects);
    if (++this.#inPane === this.#unit) this.#endPane();
  }

  full(): unknown[] {
    const panes = this.#panes.length;
    return panes === 0 ? answers(this.#row, this.#ends[0]!) : answers(this.#row, this.#ends[panes]!, this.#beginning);
  }

  last(records: number): unknown[] {
    const panes = Math.floor(records / this.#unit);
    const here = this.#panes.length;
    if (panes <= here) return answers(this.#row, ...this.#panes.slice(here - panes), this.#pane);
    return answers(this.#row, this.#ends[this.#panesPerBlock - (panes - here)]!, this.#beginning, this.#pane);
  }

  pack(): PackedPanes {
    const packed = ({ cells, objects }: RowState): PackedRow => this.#row.pack(cells, 0, objects);
    return {
      pane: packed(this.#pane),
      inPane: this.#inPane,
      panes: this.#panes.map(packed),
      beginning: packed(this.#beginning),
      ends: this.#ends.map(packed),
    };
  }

  #endPane(): void {
    merge(this.#row, this.#beginning, this.#pane);
    this.#panes.push(this.#pane);
    this.#pane = emptyState(this.#row);
    this.#inPane = 0;
    if (this.#panes.length === this.#panesPerBlock) this.#endBlock();
  }

  #endBlock(): void {
    const ends = this.#panes;
    for (let i = ends.length - 2; i >= 0; i--) merge(this.#row, ends[i]!, ends[i + 1]!);
    this.#ends = ends;
    this.#panes = [];
    this.#beginning = emptyState(this.#row);
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
