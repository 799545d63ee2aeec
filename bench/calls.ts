import type { Source } from 'headrace';
import type { Answer } from './kit/question.ts';
import { numbered } from './source.ts';

export interface Call {
  readonly user: string;
  readonly at: number;
  readonly ms: number;
}

/** The windows: a minute. */
export const SIZE = 60_000;

/** Calls of so many users, in order, that lie in so many milliseconds; the same every time. */
export interface Load {
  readonly users: number;
  readonly records: number;
  readonly spanMs: number;
}

/** Which user calls: all of them about as often, in no order. */
const userOf = (i: number, users: number): number => ((i * 2_654_435_761) >>> 0) % users;
const timeOf = (i: number, { records, spanMs }: Load): number => Math.floor((i / records) * spanMs);
const msOf = (i: number): number => (i * 7) % 100;

function namesOf({ users }: Load): readonly string[] {
  return Array.from({ length: users }, (_, i) => `user-${i}`);
}

/** The calls as objects. */
export function callsOf(load: Load): Source<Call> {
  const callOf = maker(load);
  return numbered(load.records, callOf);
}

function maker(load: Load): (i: number) => Call {
  const names = namesOf(load);
  return (i) => ({ user: names[userOf(i, load.users)]!, at: timeOf(i, load), ms: msOf(i) });
}

interface CallColumns {
  readonly ids: Int32Array;
  readonly at: Float64Array;
  readonly ms: Float64Array;
}

/** Calls `first` to `next` as columns. */
function columnsOf(load: Load, first: number, next: number): CallColumns {
  const ids = new Int32Array(next - first);
  const at = new Float64Array(next - first);
  const ms = new Float64Array(next - first);
  for (let i = first; i < next; i++) {
    ids[i - first] = userOf(i, load.users);
    at[i - first] = timeOf(i, load);
    ms[i - first] = msOf(i);
  }
  return { ids, at, ms };
}

/** The calls as columns, users as numbers of a dictionary: what a file of columns would bring. */
export function callColumns(load: Load): Source<Call> {
  const entries = namesOf(load);
  return {
    kind: 'columns',
    id: 'columns',
    partitions: () => [0],
    open() {
      let next = 0;
      return {
        read(limit) {
          const first = next;
          next = Math.min(load.records, first + limit);
          const { ids, at, ms } = columnsOf(load, first, next);
          const columns = [
            { kind: 'dictionary', ids, entries },
            { kind: 'number', values: at },
            { kind: 'number', values: ms },
          ] as const;
          const read = { length: next - first, names: ['user', 'at', 'ms'], columns };
          return { columns: read, positions: { first }, resume: next, end: next === load.records };
        },
        close() {},
      };
    },
  };
}

interface Slice {
  n: number;
  ms: number;
}

/** What one writes by hand: a Map of Maps, slice by slice, and windows put together of slices where they overlap. */
class ByHand {
  readonly total = { panes: 0, n: 0, ms: 0 };
  readonly #every: number;
  readonly #slices = new Map<number, Map<string, Slice>>();
  #next: number;

  constructor(every: number) {
    this.#every = every;
    this.#next = every;
  }

  add(user: string, at: number, ms: number): void {
    for (; at >= this.#next; this.#next += this.#every) this.#fire(this.#next);
    const start = this.#next - this.#every;
    let slice = this.#slices.get(start);
    if (slice === undefined) this.#slices.set(start, (slice = new Map<string, Slice>()));
    const known = slice.get(user);
    if (known === undefined) slice.set(user, { n: 1, ms });
    else {
      known.n++;
      known.ms += ms;
    }
  }

  end(): Answer {
    for (; this.#slices.size > 0; this.#next += this.#every) this.#fire(this.#next);
    return this.total;
  }

  #fire(end: number): void {
    const { total } = this;
    for (const [key, { n, ms }] of this.#together(end)) {
      const pane = { key, window: { start: end - SIZE, end }, n, ms };
      total.panes++;
      total.n += pane.n;
      total.ms += pane.ms;
    }
    this.#slices.delete(end - SIZE);
  }

  #together(end: number): ReadonlyMap<string, Slice> {
    if (this.#every === SIZE) return this.#slices.get(end - SIZE) ?? new Map<string, Slice>();
    const together = new Map<string, Slice>();
    for (let start = end - SIZE; start < end; start += this.#every) {
      for (const [user, { n, ms }] of this.#slices.get(start) ?? []) {
        const known = together.get(user);
        if (known === undefined) together.set(user, { n, ms });
        else {
          known.n += n;
          known.ms += ms;
        }
      }
    }
    return together;
  }
}

/** Over objects. */
export function byHand(load: Load, every: number): Answer {
  const callOf = maker(load);
  const hand = new ByHand(every);
  for (let i = 0; i < load.records; i++) {
    const { user, at, ms } = callOf(i);
    hand.add(user, at, ms);
  }
  return hand.end();
}

/** Over columns, with the strings of the dictionary as keys. */
export function byHandOverColumns(load: Load): Answer {
  const entries = namesOf(load);
  const hand = new ByHand(SIZE);
  for (let first = 0; first < load.records; first += 1024) {
    const { ids, at, ms } = columnsOf(load, first, Math.min(load.records, first + 1024));
    for (let i = 0; i < ids.length; i++) hand.add(entries[ids[i]!]!, at[i]!, ms[i]!);
  }
  return hand.end();
}

/** The other way round, windows within keys: at the end of a window all keys are gone through. */
export function byKeysByHand(load: Load): Answer {
  const callOf = maker(load);
  const total = { panes: 0, n: 0, ms: 0 };
  const keys = new Map<string, Map<number, Slice>>();
  const fire = (upTo: number): void => {
    for (const [key, windows] of keys) {
      for (const [start, { n, ms }] of windows) {
        if (start + SIZE > upTo) continue;
        const pane = { key, window: { start, end: start + SIZE }, n, ms };
        total.panes++;
        total.n += pane.n;
        total.ms += pane.ms;
        windows.delete(start);
      }
      if (windows.size === 0) keys.delete(key);
    }
  };
  let next = SIZE;
  for (let i = 0; i < load.records; i++) {
    const { user, at, ms } = callOf(i);
    for (; at >= next; next += SIZE) fire(next);
    let windows = keys.get(user);
    if (windows === undefined) keys.set(user, (windows = new Map<number, Slice>()));
    const known = windows.get(next - SIZE);
    if (known === undefined) windows.set(next - SIZE, { n: 1, ms });
    else {
      known.n++;
      known.ms += ms;
    }
  }
  fire(Number.POSITIVE_INFINITY);
  return total;
}
