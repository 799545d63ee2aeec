import { wholeNumber } from '../../core/units.ts';
import type { Aggregate } from './aggregate.ts';
import { refused } from './layout.ts';
import { type Atom, atom } from './order.ts';
import { laterForm } from './sketch-form.ts';
import { type Frequent, type PackedCounters, SpaceSaving } from './space-saving.ts';

const FORM = 1;

export interface TopKOptions<in T> {
  /** How many counters are kept: no count is off by more than all counts divided by this. 10 k unless told, and at least 100. */
  readonly capacity?: number;
  /** What a record counts, instead of 1: bytes, money. */
  readonly weight?: (value: T) => number;
}

/**
 * The k most frequent values, by the Space-Saving sketch. `count` is never too low; `error` says how much too high it
 * may be, and is 0 while there are no more values than counters. Counts of a true top are near enough when the counts
 * of what follows are larger than all counts divided by `capacity`.
 *
 * @example
 * ```ts
 * const trending = topK(2, (post: { tag: string }) => post.tag);
 * const state = trending.create();
 * for (const tag of ['a', 'b', 'a', 'c', 'a', 'c']) trending.add(state, trending.of({ tag }));
 * console.log(trending.extract(state));
 * // [
 * //   { value: 'a', count: 3, error: 0 },
 * //   { value: 'c', count: 2, error: 0 }
 * // ]
 * ```
 */
export function topK<T, V extends Atom>(
  k: number,
  of: (value: T) => V,
  options: TopKOptions<T> = {},
): Aggregate<T, readonly Frequent<V>[]> {
  wholeNumber(k, 'topK k');
  const { capacity = Math.max(100, 10 * k), weight } = options;
  wholeNumber(capacity, 'topK capacity', k);
  type Weighed = readonly [value: Atom, weight: number];
  const aggregate: Aggregate<T, readonly Frequent<V>[], Atom | Weighed, SpaceSaving> = {
    kind: `topK ${capacity}`,
    bytes: 64 * Math.min(capacity, 100),
    of: (value) => {
      const taken = atom(of(value), 'topK');
      return weight === undefined ? taken : [taken, weighed(weight(value))];
    },
    create: () => new SpaceSaving(capacity),
    add: (sketch, x) => (typeof x === 'object' ? sketch.add(x[0], x[1]) : sketch.add(x, 1)),
    merge: (sketch, later) => sketch.merge(later),
    extract: (sketch) => sketch.top(k) as Frequent<V>[],
    pack: (sketch) => ({ topK: FORM, capacity, ...sketch.pack() }),
    unpack(plain) {
      const packed = Object(plain) as { topK?: unknown; capacity?: unknown } & PackedCounters;
      if (typeof packed.topK !== 'number') return undefined;
      if (packed.topK > FORM) throw laterForm('topK', packed.topK, FORM);
      return packed.capacity === capacity ? SpaceSaving.of(packed, capacity) : undefined;
    },
  };
  return aggregate as Aggregate<T, readonly Frequent<V>[]>;
}

function weighed(x: unknown): number {
  if (typeof x === 'number' && x >= 0 && x < Number.POSITIVE_INFINITY) return x;
  throw refused(x, 'topK', 'a weight of at least 0');
}
