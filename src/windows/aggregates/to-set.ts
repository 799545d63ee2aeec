import { wholeNumber } from '../../core/units.ts';
import type { Aggregate } from './aggregate.ts';
import { type Atom, atom } from './order.ts';

export interface ToSetOptions {
  /** How many values at most, 1,000 unless told: those that happened first. The others are left out in silence: `distinct()` beside it says how many there were. */
  readonly limit?: number;
}

/**
 * The different values, in the order in which each happened first. 1, 1n, '1' and true are different; -0 is 0.
 *
 * @example
 * ```ts
 * const pages = toSet((click: { page: string }) => click.page);
 * const state = pages.create();
 * for (const page of ['/', '/cart', '/']) pages.add(state, pages.of({ page }));
 * console.log(pages.extract(state)); // [ '/', '/cart' ]
 * ```
 */
export function toSet<T, V extends Atom>(of: (value: T) => V, { limit = 1000 }: ToSetOptions = {}): Aggregate<T, readonly V[]> {
  wholeNumber(limit, 'toSet limit');
  const aggregate: Aggregate<T, readonly V[], { readonly timeMs: number; readonly value: V }, FirstTimes<V>> = {
    kind: `toSet ${limit}`,
    bytes: 64 * Math.min(limit, 20),
    of: (value, timeMs = Number.NaN) => ({ timeMs, value: atom(of(value), 'toSet') as V }),
    create: () => ({ times: new Map(), newest: undefined }),
    add: (state, { timeMs, value }) => add(state, value, timeMs, limit),
    merge(state, later) {
      for (const [value, timeMs] of later.times) add(state, value, timeMs, limit);
    },
    extract: ({ times }) => [...times].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([value]) => value),
    pack: ({ times }) => ({ toSet: limit, values: [...times.keys()], times: [...times.values()] }),
    unpack(plain) {
      const { toSet, values, times } = Object(plain) as { toSet?: unknown; values: V[]; times: number[] };
      return toSet === limit ? { times: new Map(values.map((value, i) => [value, times[i]!])), newest: undefined } : undefined;
    },
  };
  return aggregate as Aggregate<T, readonly V[]>;
}

/** When each value happened first, in the order in which these came. */
interface FirstTimes<V> {
  readonly times: Map<V, number>;
  /** Where it is full, the value that happened last, if it is known: the next to go. */
  newest: V | undefined;
}

function add<V>(state: FirstTimes<V>, value: V, timeMs: number, limit: number): void {
  const { times } = state;
  const known = times.get(value);
  if (known === undefined) {
    if (times.size >= limit) {
      const newest = (state.newest ??= newestOf(times));
      if (!(timeMs < times.get(newest)!)) return;
      times.delete(newest);
      state.newest = undefined;
    }
    times.set(value, timeMs);
  } else if (timeMs < known) {
    // Stands behind those that came before it with the same time.
    times.delete(value);
    times.set(value, timeMs);
    state.newest = undefined;
  }
}

/** Of several with the greatest time the last. */
function newestOf<V>(times: ReadonlyMap<V, number>): V {
  let newest: V | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const [value, timeMs] of times) {
    if (timeMs < most) continue;
    newest = value;
    most = timeMs;
  }
  return newest!;
}
