import { SizeMeter } from '../base/size.ts';
import { Chunk } from '../core/chunk.ts';
import type { OnError } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import { timeOf } from '../core/record-of.ts';
import type { CellTable } from '../core/state.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import type { Aggregate } from '../windows/aggregates/aggregate.ts';
import { checkNeeds, needsTimes } from '../windows/aggregates/row.ts';
import type { CountWindows } from '../windows/count.ts';
import { aggregating, type CountFold, type FoldKind, listing, reducing } from '../windows/count-folds.ts';
import { OneTable } from './one-table.ts';
import { PaneMixer } from './pane-mixer.ts';
import { checkFieldNames, paneShape } from './pane-shape.ts';

/** A span of a window: of count windows the ordinals of the key's records, [start, end). */
export interface Window {
  readonly start: number;
  readonly end: number;
}

export interface Pane<K> {
  readonly key: K;
  readonly window: Window;
  readonly pane: { readonly index: number; readonly timing: 'early' | 'onTime' | 'late' };
}

/** What each of several aggregates answers. */
export type Results<F> = { readonly [Name in keyof F]: F[Name] extends Aggregate<never, infer R> ? R : never };

export interface CountWindowOptions {
  readonly onError?: OnError | undefined;
}

/** A window operator that still has to be told what to make of the records. */
export interface CountWindow<T, K> {
  aggregate<F extends Readonly<Record<string, Aggregate<T, unknown>>>>(fields: F): StationOperator<T, Pane<K> & Results<F>>;
  reduce<S>(initial: (key: K) => S, step: (state: S, value: T) => S): StationOperator<T, Pane<K> & { readonly value: S }>;
  toArray(): StationOperator<T, readonly T[]>;
}

/**
 * Windows by the number of records: of each key after `keyBy`, else of the whole stream. A window is emitted with its
 * last record, and has its key and its time. A record that a function of yours refuses is in no window and has no
 * ordinal. At a stop windows stay open; at the end of the data those that are not full are emitted only with `partial`,
 * where `end` is where the data ended.
 */
export function countWindow<T, K = unknown>(name: string, windows: CountWindows, options: CountWindowOptions = {}): CountWindow<T, K> {
  const operator = <R, Out>(foldOf: (generates: boolean | undefined) => Fold<T, K, R, Out>, fold: object): StationOperator<T, Out> => ({
    kind: 'window',
    name,
    onError: options.onError,
    remembers: 'key',
    options: { ...windows, ...fold },
    open(host) {
      const { kind, shape } = foldOf(host.generates);
      return new CountWindowing<T, R, Out>(host, windows, kind, shape as (result: R, pane: Pane<unknown>) => Out);
    },
  });
  return {
    aggregate(fields) {
      const names = Object.keys(fields);
      checkNeeds(fields, `window '${name}'`);
      checkFieldNames(names, `window '${name}'`);
      const window = operator(
        (generates) => ({ kind: aggregating(fields, windows, generates), shape: paneShape<K, Results<typeof fields>>(names, generates) }),
        { fold: 'aggregate', fields },
      );
      return needsTimes(fields) ? { ...window, needsTime: true } : window;
    },
    reduce(initial, step) {
      const kind = reducing(initial as (key: Key | undefined) => ReturnType<typeof initial>, step, windows);
      return operator(() => ({ kind, shape: (value, pane) => ({ ...pane, value }) }), { fold: 'reduce', initial, step });
    },
    toArray: () => operator(() => ({ kind: listing<T>(windows), shape: (values) => values }), { fold: 'toArray' }),
  };
}

/** What becomes of the records of a window, and of that a pane. */
interface Fold<T, K, R, Out> {
  readonly kind: FoldKind<T, R>;
  readonly shape: (result: R, pane: Pane<K>) => Out;
}

interface KeyState<T, R> {
  readonly fold: CountFold<T, R>;
  /** Records so far: the ordinal of the next. */
  count: number;
  /** Records until the next window is full; follows from `count`, and saves a division a record. */
  lacking: number;
  /** The time of the last one. */
  time: number;
}

/** A key's state as it is captured. */
interface PackedState {
  readonly count: number;
  readonly time: number;
  readonly fold: unknown;
}

/**
 * One chunk is at work, and only while the way down is free; panes leave with the records that complete them. What is
 * open lies in cells of the host and is asked for again with each record, since a barrier may have marked it.
 */
class CountWindowing<T, R, Out> implements Station<T> {
  readonly #host: StationHost<Out>;
  readonly #windows: CountWindows;
  readonly #kind: FoldKind<T, R>;
  readonly #shape: (result: R, pane: Pane<unknown>) => Out;
  readonly #table: OneTable;
  readonly #meter = new SizeMeter();
  readonly #states: CellTable<KeyState<T, R>>;
  /** Records in open windows, once those of a restored state are counted. */
  #inside = 0;
  #isCounted = false;
  #bytesEach = 0;
  #chunk: Chunk<T> | undefined;
  #next = 0;
  readonly #out = new PaneMixer<Out>();
  #watermark: number = Number.NEGATIVE_INFINITY;
  #finished: Finish | undefined;
  /** At the end of the data: the keys whose partial windows are to come, and where the next one begins. */
  #ending: number[] | undefined;
  #endAt = 0;
  #endStart = 0;
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost<Out>, windows: CountWindows, kind: FoldKind<T, R>, shape: (result: R, pane: Pane<unknown>) => Out) {
    this.#host = host;
    this.#windows = windows;
    this.#kind = kind;
    this.#shape = shape;
    this.#table = new OneTable(host.keys);
    this.#states = host.cells<KeyState<T, R>>({
      name: 'windows',
      pack: ({ count, time, fold }): PackedState => ({ count, time, fold: fold.pack() }),
      unpack: (plain, key) => {
        const { count, time, fold } = plain as PackedState;
        // The shape of a fresh state, so that the loop meets one shape only.
        return { fold: kind.restore(key, fold), count, lacking: this.#firstOpen(count) + windows.size - count, time };
      },
    });
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#isCut || this.#isAborted;
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    if (this.#isAborted) return true;
    if (this.#out.count > 0) return false;
    if (this.#isCut) return true;
    return this.#finished !== undefined && this.#chunk === undefined && (this.#finished === 'stop' || this.#hasEnded);
  }

  process(chunk: Chunk<T>): void {
    this.#chunk = chunk;
    this.#next = 0;
    if (chunk.values.length > 0 && this.#kind.keepsRecords) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#work();
  }

  advance(_nowMs: number): void {
    if (!this.#isAborted) this.#work();
  }

  finish(how: Finish): void {
    this.#finished = how;
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#out.clear();
    this.#letGo();
  }

  get #hasEnded(): boolean {
    return this.#ending !== undefined && this.#endAt >= this.#ending.length;
  }

  #work(): void {
    if (!this.#isCounted) this.#countInside();
    while (this.#host.canEmit && this.#chunk !== undefined) this.#workOn(this.#chunk);
    if (this.#isCut) {
      if (this.#host.canEmit) this.#emit(undefined);
      if (this.#out.count === 0) this.#letGo();
      return;
    }
    if (this.#chunk === undefined && this.#finished === 'end') this.#end();
    this.#report();
  }

  /** Up to one chunk of panes. */
  #workOn(chunk: Chunk<T>): void {
    const { values } = chunk;
    const { chunkLimit } = this.#host;
    while (this.#next < values.length && this.#out.count < chunkLimit) {
      const at = this.#next++;
      try {
        this.#add(values[at]!, chunk, at);
      } catch (error) {
        if (this.#host.refuse(error, chunk, at)) {
          this.#isCut = true;
          this.#chunk = undefined;
          return;
        }
        if (!this.#host.canEmit) return;
      }
    }
    const isAll = this.#next === values.length;
    if (isAll) this.#chunk = undefined;
    if (isAll && chunk.control?.watermark !== undefined) this.#watermark = chunk.control.watermark;
    const control = isAll ? chunk.control : undefined;
    if (this.#out.count > 0) this.#emit(control);
    else if (control !== undefined) this.#host.emit(new Chunk<Out>([], chunk.origin, {}, control));
  }

  #add(value: T, chunk: Chunk<T>, at: number): void {
    const keyId = this.#table.idAt(chunk, at);
    const known = this.#states.get(keyId);
    const state = known ?? { fold: this.#kind.create(this.#keyAt(keyId)), count: 0, lacking: this.#windows.size, time: Number.NaN };
    state.fold.add(value, timeOf(chunk, at));
    // A key whose first record was refused has no state yet.
    if (known === undefined) this.#states.set(keyId, state);
    state.count++;
    this.#inside++;
    const { size, every, partial } = this.#windows;
    if (--state.lacking > 0) {
      if (partial) state.time = timeOf(chunk, at);
      return;
    }
    state.lacking = every;
    this.#inside -= every;
    state.time = timeOf(chunk, at);
    this.#pane(keyId, state.count - size, state.count, state.fold.full(), state.time);
  }

  #keyAt(keyId: number): Key | undefined {
    return keyId < 0 ? undefined : this.#table.table!.keyAt(keyId);
  }

  #pane(keyId: number, start: number, end: number, result: R, time: number): void {
    const key = this.#keyAt(keyId);
    this.#out.add(this.#shape(result, { key, window: { start, end }, pane: { index: 0, timing: 'onTime' } }), keyId, start, time);
  }

  #emit(control: Chunk['control']): void {
    if (this.#out.count > 0) this.#host.emit(this.#out.take(this.#host.operator, this.#table.table, control));
  }

  /** The end of the data: windows that have begun and are not full, key by key. */
  #end(): void {
    this.#ending ??= [...this.#states.ids()];
    while (!this.#hasEnded && this.#host.canEmit) {
      while (!this.#hasEnded && this.#out.count < this.#host.chunkLimit) this.#endNext(this.#ending[this.#endAt]!);
      this.#emit(undefined);
    }
    if (this.#hasEnded) this.#letGo();
  }

  #endNext(keyId: number): void {
    const state = this.#states.get(keyId)!;
    const start = Math.max(this.#firstOpen(state.count), this.#endStart);
    if (this.#windows.partial && start < state.count) {
      this.#endStart = start + this.#windows.every;
      // Not before what was promised to be over, or an operator behind would take it for late.
      const time = Math.max(state.time, this.#watermark);
      this.#pane(keyId, start, state.count, state.fold.last(state.count - start), time);
      return;
    }
    this.#states.delete(keyId);
    this.#endAt++;
    this.#endStart = 0;
  }

  /** Where the oldest open window begins when a key has had so many records. */
  #firstOpen(count: number): number {
    const { size, every } = this.#windows;
    return count < size ? 0 : (Math.floor((count - size) / every) + 1) * every;
  }

  #countInside(): void {
    this.#isCounted = true;
    for (const keyId of this.#states.ids()) {
      const state = this.#states.get(keyId)!;
      this.#inside += state.count - this.#firstOpen(state.count);
    }
  }

  /** What is open belongs to the host; this station holds nothing any more. */
  #letGo(): void {
    this.#host.holds(0, 0);
  }

  /** At a stop the last report says how many records the open windows hold. */
  #report(): void {
    if (this.#hasEnded) return;
    const records = this.#inside + (this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next);
    this.#host.holds(records, this.#states.count * this.#kind.bytesPerKey + records * this.#bytesEach);
  }
}
