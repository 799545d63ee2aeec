import type { Aggregate } from './aggregate.ts';
import { itself } from './layout.ts';
import { settled } from './order.ts';

/**
 * What happened first: the value with the least event time, of several the one that came first. Where records have no
 * times, the one that came first. So a late record may still become the first.
 *
 * @example
 * ```ts
 * const opening = first((trade: { price: number }) => trade.price);
 * const state = opening.create();
 * opening.add(state, opening.of({ price: 12 }, 2000));
 * opening.add(state, opening.of({ price: 10 }, 1000));
 * console.log(opening.extract(state)); // 10
 * ```
 */
export function first<T, V = T>(of: (value: T) => V = itself as (value: T) => V): Aggregate<T, V> {
  return endOf('first', of, (timeMs, keptMs) => timeMs < keptMs);
}

/** What happened last: the value with the greatest event time, of several the one that came last. */
export function last<T, V = T>(of: (value: T) => V = itself as (value: T) => V): Aggregate<T, V> {
  // NaN is not below anything, so without times the later one stands.
  return endOf('last', of, (timeMs, keptMs) => !(timeMs < keptMs));
}

interface Timed<V> {
  readonly timeMs: number;
  readonly value: V;
}

interface EndState<V> {
  kept: Timed<V> | undefined;
}

function endOf<T, V>(name: string, of: (value: T) => V, isBeyond: (timeMs: number, keptMs: number) => boolean): Aggregate<T, V> {
  const aggregate: Aggregate<T, V, Timed<V>, EndState<V>> = {
    kind: name,
    of: (value, timeMs = Number.NaN) => ({ timeMs, value: settled(of(value), name) }),
    create: () => ({ kept: undefined }),
    add(state, x) {
      if (state.kept === undefined || isBeyond(x.timeMs, state.kept.timeMs)) state.kept = x;
    },
    merge(state, { kept }) {
      if (kept !== undefined && (state.kept === undefined || isBeyond(kept.timeMs, state.kept.timeMs))) state.kept = kept;
    },
    extract: (state) => state.kept?.value as V,
    pack: ({ kept }) => ({ [name]: kept === undefined ? [] : [kept.timeMs, kept.value] }),
    unpack(plain) {
      const packed = (Object(plain) as Readonly<Record<string, unknown>>)[name];
      if (!Array.isArray(packed)) return undefined;
      const [timeMs, value] = packed as [number, V];
      return { kept: packed.length === 0 ? undefined : { timeMs, value } };
    },
  };
  return aggregate as Aggregate<T, V>;
}
