import { SizeMeter } from '../base/size.ts';
import { Chunk } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import { timeOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import type { Aggregate } from '../windows/aggregates.ts';
import type { CountWindows } from '../windows/count.ts';
import { aggregating, type CountFold, type FoldKind, listing, reducing } from '../windows/count-folds.ts';
import { PaneOrigin } from '../windows/pane-origin.ts';
import { OneTable } from './one-table.ts';

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

const RESERVED = ['key', 'window', 'pane'];

/**
 * Windows by the number of records: of each key after `keyBy`, else of the whole stream. A window is emitted with its
 * last record, and has its key and its time. A record that a function of yours refuses is in no window and has no
 * ordinal. At a stop windows stay open; at the end of the data those that are not full are emitted only with `partial`,
 * where `end` is where the data ended.
 */
export function countWindow<T, K = unknown>(name: string, windows: CountWindows, options: CountWindowOptions = {}): CountWindow<T, K> {
  const operator = <R, Out>(kind: FoldKind<T, R>, shape: (result: R, pane: Pane<K>) => Out): StationOperator<T, Out> => ({
    kind: 'window',
    name,
    onError: options.onError,
    remembers: 'key',
    open: (host) => new CountWindowing<T, R, Out>(host, windows, kind, shape as (result: R, pane: Pane<unknown>) => Out),
  });
  return {
    aggregate(fields) {
      const names = Object.keys(fields);
      for (const field of names) if (RESERVED.includes(field)) throw reserved(field, name);
      const aggregates = names.map((field) => fields[field]!);
      return operator(aggregating(aggregates, windows), (results, pane) => {
        const out: Record<string, unknown> = { key: pane.key, window: pane.window, pane: pane.pane };
        for (let i = 0; i < names.length; i++) out[names[i]!] = results[i];
        return out as unknown as Pane<K> & Results<typeof fields>;
      });
    },
    reduce: (initial, step) =>
      operator(reducing(initial as (key: Key | undefined) => ReturnType<typeof initial>, step, windows), (value, pane) => ({
        ...pane,
        value,
      })),
    toArray: () => operator(listing<T>(windows), (values) => values),
  };
}

interface KeyState<T, R> {
  readonly keyId: number;
  readonly fold: CountFold<T, R>;
  /** Records so far: the ordinal of the next. */
  count: number;
  /** The time of the last one. */
  time: number;
}

/** One chunk is at work, and only while the way down is free; panes leave with the records that complete them. */
class CountWindowing<T, R, Out> implements Station<T> {
  readonly #host: StationHost<Out>;
  readonly #windows: CountWindows;
  readonly #kind: FoldKind<T, R>;
  readonly #shape: (result: R, pane: Pane<unknown>) => Out;
  readonly #table = new OneTable();
  readonly #meter = new SizeMeter();
  /** By key id, with the one of records without a key in front. */
  #states: (KeyState<T, R> | undefined)[] = [];
  #keyCount = 0;
  #inside = 0;
  #bytesEach = 0;
  #chunk: Chunk<T> | undefined;
  #next = 0;
  #out: Out[] = [];
  #keyIds: number[] = [];
  #starts: number[] = [];
  #times: number[] = [];
  #watermark: number = Number.NEGATIVE_INFINITY;
  #finished: Finish | undefined;
  /** At the end of the data: the state and the start whose partial window is next. */
  #endAt = 0;
  #endStart = 0;
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost<Out>, windows: CountWindows, kind: FoldKind<T, R>, shape: (result: R, pane: Pane<unknown>) => Out) {
    this.#host = host;
    this.#windows = windows;
    this.#kind = kind;
    this.#shape = shape;
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#isCut || this.#isAborted;
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    if (this.#isAborted) return true;
    if (this.#out.length > 0) return false;
    if (this.#isCut) return true;
    return this.#finished !== undefined && this.#chunk === undefined && (this.#finished === 'stop' || this.#endAt >= this.#states.length);
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
    this.#out = [];
    this.#forget();
  }

  #work(): void {
    while (this.#host.canEmit && this.#chunk !== undefined) this.#workOn(this.#chunk);
    if (this.#isCut) {
      if (this.#host.canEmit) this.#emit(undefined);
      if (this.#out.length === 0) this.#forget();
      return;
    }
    if (this.#chunk === undefined && this.#finished === 'end') this.#end();
    this.#report();
  }

  /** Up to one chunk of panes. */
  #workOn(chunk: Chunk<T>): void {
    const { values } = chunk;
    const { chunkLimit } = this.#host;
    while (this.#next < values.length && this.#out.length < chunkLimit) {
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
    if (this.#out.length > 0) this.#emit(control);
    else if (control !== undefined) this.#host.emit(new Chunk<Out>([], chunk.origin, {}, control));
  }

  #add(value: T, chunk: Chunk<T>, at: number): void {
    const keyId = this.#table.idAt(chunk, at);
    const known = this.#states[keyId + 1];
    const state = known ?? this.#created(keyId);
    state.fold.add(value);
    // A key whose first record was refused has no state yet.
    if (known === undefined) this.#keep(state);
    state.count++;
    this.#inside++;
    const { size, every } = this.#windows;
    const start = state.count - size;
    if (start < 0 || start % every !== 0) {
      if (this.#windows.partial) state.time = timeOf(chunk, at);
      return;
    }
    this.#inside -= every;
    state.time = timeOf(chunk, at);
    this.#pane(state, start, state.count, state.fold.full(), state.time);
  }

  #created(keyId: number): KeyState<T, R> {
    const fold = this.#kind.create(keyId < 0 ? undefined : this.#table.table!.keyAt(keyId));
    return { keyId, fold, count: 0, time: Number.NaN };
  }

  #keep(state: KeyState<T, R>): void {
    while (this.#states.length <= state.keyId + 1) this.#states.push(undefined);
    this.#states[state.keyId + 1] = state;
    this.#keyCount++;
  }

  #pane(state: KeyState<T, R>, start: number, end: number, result: R, time: number): void {
    const key = state.keyId < 0 ? undefined : this.#table.table!.keyAt(state.keyId);
    this.#out.push(this.#shape(result, { key, window: { start, end }, pane: { index: 0, timing: 'onTime' } }));
    this.#keyIds.push(state.keyId);
    this.#starts.push(start);
    this.#times.push(time);
  }

  #emit(control: Chunk['control']): void {
    if (this.#out.length === 0) return;
    const isKeyed = this.#keyIds.every((id) => id >= 0) && this.#table.table !== undefined;
    const keys = isKeyed ? this.#table.table : undefined;
    const keyIds = isKeyed ? Int32Array.from(this.#keyIds) : undefined;
    const indexes = new Int8Array(this.#out.length); // A count window has one pane.
    const origin = new PaneOrigin(this.#host.operator, {
      keys,
      keyIds: keyIds ?? indexes,
      starts: this.#starts,
      indexes,
      times: this.#times,
    });
    const chunk = new Chunk(this.#out, origin, { keys, keyIds }, control);
    this.#out = [];
    this.#keyIds = [];
    this.#starts = [];
    this.#times = [];
    this.#host.emit(chunk);
  }

  /** The end of the data: windows that have begun and are not full, key by key. */
  #end(): void {
    if (!this.#windows.partial) this.#endAt = this.#states.length;
    while (this.#endAt < this.#states.length && this.#host.canEmit) {
      while (this.#endAt < this.#states.length && this.#out.length < this.#host.chunkLimit) this.#endNext();
      this.#emit(undefined);
    }
    if (this.#endAt >= this.#states.length) this.#forget();
  }

  #endNext(): void {
    const state = this.#states[this.#endAt];
    const { size, every } = this.#windows;
    if (state !== undefined) {
      const firstOpen = state.count < size ? 0 : (Math.floor((state.count - size) / every) + 1) * every;
      const start = Math.max(firstOpen, this.#endStart);
      if (start < state.count) {
        this.#endStart = start + every;
        // Not before what was promised to be over, or an operator behind would take it for late.
        const time = Math.max(state.time, this.#watermark);
        this.#pane(state, start, state.count, state.fold.last(state.count - start), time);
        return;
      }
    }
    this.#endAt++;
    this.#endStart = 0;
  }

  #forget(): void {
    this.#states = [];
    this.#endAt = 0;
    this.#keyCount = this.#inside = 0;
    this.#report();
  }

  /** At a stop the last report says how many records the open windows hold. */
  #report(): void {
    const waiting = this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next;
    this.#host.holds(this.#inside + waiting, this.#keyCount * this.#kind.bytesPerKey + (this.#inside + waiting) * this.#bytesEach);
  }
}

function reserved(field: string, where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `a pane has a '${field}' of its own`,
    where: `window '${where}'`,
    todo: 'Give the aggregate another name.',
  });
}
