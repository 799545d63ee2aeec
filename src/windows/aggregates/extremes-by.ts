import type { Aggregate } from './aggregate.ts';
import { compare, type Ordered, ordered } from './order.ts';

/**
 * The value for which `by` is least. Of several, the one that happened first: by event time, then as they came.
 *
 * @example
 * ```ts
 * const cheapest = minBy((order: { id: string; price: number }) => order.price);
 * const state = cheapest.create();
 * for (const order of [{ id: 'a', price: 7 }, { id: 'b', price: 3 }, { id: 'c', price: 3 }]) cheapest.add(state, cheapest.of(order));
 * console.log(cheapest.extract(state)); // { id: 'b', price: 3 }
 * ```
 */
export function minBy<T>(by: (value: T) => Ordered): Aggregate<T, T> {
  return extremeBy('minBy', by, (order) => order < 0);
}

/** The value for which `by` is greatest. Of several, the one that happened first. */
export function maxBy<T>(by: (value: T) => Ordered): Aggregate<T, T> {
  return extremeBy('maxBy', by, (order) => order > 0);
}

interface Extreme<T> {
  readonly by: Ordered;
  readonly timeMs: number;
  readonly value: T;
}

interface ExtremeState<T> {
  best: Extreme<T> | undefined;
}

function extremeBy<T>(name: string, by: (value: T) => Ordered, isBetter: (order: number) => boolean): Aggregate<T, T> {
  function add(state: ExtremeState<T>, x: Extreme<T>): void {
    const { best } = state;
    if (best === undefined) {
      state.best = x;
      return;
    }
    const order = compare(x.by, best.by);
    if (isBetter(order) || (order === 0 && x.timeMs < best.timeMs)) state.best = x;
  }
  const aggregate: Aggregate<T, T, Extreme<T>, ExtremeState<T>> = {
    kind: name,
    of: (value, timeMs = Number.NaN) => ({ by: ordered(by(value), name), timeMs, value }),
    create: () => ({ best: undefined }),
    add,
    merge(state, later) {
      if (later.best !== undefined) add(state, later.best);
    },
    extract: (state) => state.best?.value as T,
    pack: ({ best }) => ({ [name]: best === undefined ? [] : [best.by, best.timeMs, best.value] }),
    unpack(plain) {
      const packed = (Object(plain) as Readonly<Record<string, unknown>>)[name];
      if (!Array.isArray(packed)) return undefined;
      const [kept, timeMs, value] = packed as [Ordered, number, T];
      return { best: packed.length === 0 ? undefined : { by: kept, timeMs, value } };
    },
  };
  return aggregate as Aggregate<T, T>;
}
