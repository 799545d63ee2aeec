import { HeadraceError } from '../core/error.ts';
import { Failure, isThenable, refusedPromise } from '../core/failure.ts';

/**
 * What a window works out of its records in one pass. `of` is the only part that calls the user's function; it may
 * throw, and nothing has changed then. The others never fail, so several aggregates of one window stay in step.
 * `merge` adds what came later to what came before.
 *
 * @example
 * ```ts
 * const longest: Aggregate<string, number, number, { most: number }> = {
 *   of: (text) => text.length,
 *   create: () => ({ most: 0 }),
 *   add: (state, length) => void (state.most = Math.max(state.most, length)),
 *   merge: (state, later) => void (state.most = Math.max(state.most, later.most)),
 *   extract: (state) => state.most,
 * };
 * ```
 */
export interface Aggregate<in T, out R, X = unknown, A = unknown> {
  /** What it needs of a value. */
  of(value: T): X;
  create(): A;
  add(state: A, x: X): void;
  merge(state: A, later: A): void;
  extract(state: A): R;
}

/** How many records. */
export function count(): Aggregate<unknown, number> {
  const aggregate: Aggregate<unknown, number, number, { n: number }> = {
    of: () => 1,
    create: () => ({ n: 0 }),
    add(state) {
      state.n++;
    },
    merge(state, later) {
      state.n += later.n;
    },
    extract: (state) => state.n,
  };
  return aggregate as Aggregate<unknown, number>;
}

/**
 * The sum, with the digits that plain addition loses (Neumaier): 1e16 + 1 - 1e16 is 1.
 *
 * @example
 * ```ts
 * const total = sum((order: { price: number }) => order.price);
 * const state = total.create();
 * for (const price of [1e16, 1, -1e16]) total.add(state, total.of({ price }));
 * console.log(total.extract(state)); // 1
 * ```
 */
export function sum<T = number>(of: (value: T) => number = itself): Aggregate<T, number> {
  const aggregate: Aggregate<T, number, number, Sum> = {
    of: (value) => finite(of(value), 'sum'),
    create: () => ({ sum: 0, lost: 0 }),
    add: addTo,
    merge(state, later) {
      addTo(state, later.sum);
      state.lost += later.lost;
    },
    extract: totalOf,
  };
  return aggregate as Aggregate<T, number>;
}

/** The mean. */
export function mean<T = number>(of: (value: T) => number = itself): Aggregate<T, number> {
  const aggregate: Aggregate<T, number, number, Sum & { n: number }> = {
    of: (value) => finite(of(value), 'mean'),
    create: () => ({ sum: 0, lost: 0, n: 0 }),
    add(state, x) {
      addTo(state, x);
      state.n++;
    },
    merge(state, later) {
      addTo(state, later.sum);
      state.lost += later.lost;
      state.n += later.n;
    },
    extract: (state) => totalOf(state) / state.n,
  };
  return aggregate as Aggregate<T, number>;
}

export interface VarianceOptions {
  /** Divide by n - 1 instead of n: an estimate from a sample, NaN for one record. False unless told. */
  readonly sample?: boolean;
}

/** The variance of the population (divided by n), or of a sample. By Welford's method, which keeps its digits when the mean is large. */
export function variance<T = number>(of: (value: T) => number = itself, { sample = false }: VarianceOptions = {}): Aggregate<T, number> {
  const aggregate: Aggregate<T, number, number, Moments> = {
    of: (value) => finite(of(value), 'variance'),
    create: () => ({ n: 0, mean: 0, squares: 0 }),
    add(state, x) {
      state.n++;
      const distance = x - state.mean;
      state.mean += distance / state.n;
      state.squares += distance * (x - state.mean);
    },
    // Chan, Golub and LeVeque: the squares of both, and those between their means.
    merge(state, later) {
      if (later.n === 0) return;
      const n = state.n + later.n;
      const distance = later.mean - state.mean;
      state.squares += later.squares + ((distance * distance * state.n) / n) * later.n;
      state.mean += (distance * later.n) / n;
      state.n = n;
    },
    extract: (state) => (sample ? (state.n < 2 ? Number.NaN : state.squares / (state.n - 1)) : state.squares / state.n),
  };
  return aggregate as Aggregate<T, number>;
}

/** The least. */
export function min<T = number>(of: (value: T) => number = itself): Aggregate<T, number> {
  const aggregate: Aggregate<T, number, number, { least: number }> = {
    of: (value) => finite(of(value), 'min'),
    create: () => ({ least: Number.POSITIVE_INFINITY }),
    add(state, x) {
      if (x < state.least) state.least = x;
    },
    merge(state, later) {
      if (later.least < state.least) state.least = later.least;
    },
    extract: (state) => state.least,
  };
  return aggregate as Aggregate<T, number>;
}

/** The greatest. */
export function max<T = number>(of: (value: T) => number = itself): Aggregate<T, number> {
  const aggregate: Aggregate<T, number, number, { greatest: number }> = {
    of: (value) => finite(of(value), 'max'),
    create: () => ({ greatest: Number.NEGATIVE_INFINITY }),
    add(state, x) {
      if (x > state.greatest) state.greatest = x;
    },
    merge(state, later) {
      if (later.greatest > state.greatest) state.greatest = later.greatest;
    },
    extract: (state) => state.greatest,
  };
  return aggregate as Aggregate<T, number>;
}

interface Sum {
  sum: number;
  /** What rounding has cut off so far. */
  lost: number;
}

interface Moments {
  n: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
}

function addTo(state: Sum, x: number): void {
  const sum = state.sum + x;
  state.lost += Math.abs(state.sum) >= Math.abs(x) ? state.sum - sum + x : x - sum + state.sum;
  state.sum = sum;
}

// Beyond the largest number what was lost is NaN; the sum alone is the better answer.
function totalOf({ sum, lost }: Sum): number {
  return Number.isFinite(sum) ? sum + lost : sum;
}

function itself(value: unknown): number {
  return value as number;
}

/** One NaN would spoil everything behind it, so the record that brings it is refused instead. */
export function finite(x: unknown, kind: string): number {
  if (typeof x === 'number' && Number.isFinite(x)) return x;
  if (x instanceof Failure) throw x;
  if (isThenable(x)) throw refusedPromise(x, kind);
  throw new HeadraceError({
    code: 'HR_NUMBER_INVALID',
    action: 'deadLetter',
    what: `${kind} wants a finite number and got ${typeof x === 'number' ? String(x) : typeof x}`,
    todo: 'Answer a number for each value, or filter out those that have none.',
  });
}
