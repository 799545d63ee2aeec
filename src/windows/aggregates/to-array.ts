import { wholeNumber } from '../../core/units.ts';
import type { Aggregate } from './aggregate.ts';
import { itself } from './layout.ts';
import { settled } from './order.ts';

export interface ToArrayOptions {
  /** How many values at most; 1,000 unless told. */
  readonly limit?: number;
  /** Which ones where there are more: those that happened first (unless told), or last. The others are left out in silence: `count()` beside it says how many there were. */
  readonly keep?: 'first' | 'last';
}

/**
 * The values in the order in which they happened: by event time, of one time as they came.
 *
 * @example
 * ```ts
 * const lastTwo = toArray((word: string) => word, { limit: 2, keep: 'last' });
 * const state = lastTwo.create();
 * for (const [at, word] of ['a', 'b', 'c'].entries()) lastTwo.add(state, lastTwo.of(word, at));
 * console.log(lastTwo.extract(state)); // [ 'b', 'c' ]
 * ```
 */
export function toArray<T, V = T>(
  of: (value: T) => V = itself as (value: T) => V,
  { limit = 1000, keep = 'first' }: ToArrayOptions = {},
): Aggregate<T, readonly V[]> {
  wholeNumber(limit, 'toArray limit');
  const isFirst = keep === 'first';
  const aggregate: Aggregate<T, readonly V[], Timed<V>, TimedList<V>> = {
    kind: `toArray ${keep} ${limit}`,
    bytes: 64 * Math.min(limit, 20),
    of: (value, timeMs = Number.NaN) => ({ timeMs, value: settled(of(value), 'toArray') }),
    create: () => ({ times: [], values: [] }),
    add(list, { timeMs, value }) {
      const { length } = list.times;
      if (length >= limit && isFirst) {
        if (!(timeMs < list.times[length - 1]!)) return;
        list.times.pop();
        list.values.pop();
      }
      insert(list, timeMs, value);
      // Cut only now and then, or every record would move all the others.
      if (!isFirst && length + 1 >= 2 * limit) cut(list, limit);
    },
    merge(list, later) {
      join(list, later);
      if (!isFirst) cut(list, limit);
      else if (list.times.length > limit) list.times.length = list.values.length = limit;
    },
    extract: ({ values }) => (values.length > limit ? values.slice(-limit) : values.slice()),
    pack(list) {
      cut(list, limit);
      return { toArray: keep, limit, times: list.times.slice(), values: list.values.slice() };
    },
    unpack(plain) {
      const packed = Object(plain) as { toArray?: unknown; limit?: unknown; times: number[]; values: V[] };
      return packed.toArray === keep && packed.limit === limit ? { times: packed.times, values: packed.values } : undefined;
    },
  };
  return aggregate as Aggregate<T, readonly V[]>;
}

interface Timed<V> {
  readonly timeMs: number;
  readonly value: V;
}

/** In two columns, by time; equal times as they came. */
interface TimedList<V> {
  times: number[];
  values: V[];
}

function insert<V>({ times, values }: TimedList<V>, timeMs: number, value: V): void {
  const { length } = times;
  if (length === 0 || !(timeMs < times[length - 1]!)) {
    times.push(timeMs);
    values.push(value);
    return;
  }
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeMs < times[middle]!) high = middle;
    else low = middle + 1;
  }
  times.splice(low, 0, timeMs);
  values.splice(low, 0, value);
}

function join<V>(list: TimedList<V>, later: TimedList<V>): void {
  const { times, values } = list;
  const isBehind = times.length === 0 || later.times.length === 0 || !(later.times[0]! < times.at(-1)!);
  if (isBehind) {
    list.times = times.concat(later.times);
    list.values = values.concat(later.values);
    return;
  }
  const joined: TimedList<V> = { times: [], values: [] };
  for (let i = 0, k = 0; i < times.length || k < later.times.length; ) {
    const isLater = i === times.length || (k < later.times.length && later.times[k]! < times[i]!);
    joined.times.push(isLater ? later.times[k]! : times[i]!);
    joined.values.push(isLater ? later.values[k++]! : values[i++]!);
  }
  list.times = joined.times;
  list.values = joined.values;
}

/** Leaves the last `limit`. */
function cut<V>(list: TimedList<V>, limit: number): void {
  if (list.times.length <= limit) return;
  list.times = list.times.slice(-limit);
  list.values = list.values.slice(-limit);
}
