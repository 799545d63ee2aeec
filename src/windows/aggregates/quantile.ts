import { HeadraceError } from '../../core/error.ts';
import type { Aggregate } from './aggregate.ts';
import { bucketScale } from './buckets.ts';
import { finite, itself } from './layout.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import { bytesOf, checkedError } from './sketch-form.ts';

export interface QuantileOptions {
  /** How far an answer may be off, as a share of the true value; 0.01 unless told. */
  readonly error?: number;
}

/**
 * The value below which a share q of the values lies: `quantile(0.99)` of response times. It is within 1 % of a true
 * value, the one at floor(q (n - 1)) in order, whatever the values are; up to 64 values, and at both ends, it is that
 * value itself. Values that reach without a gap over more than 35 decades double the error, again and again. Parts that
 * are merged answer exactly what one pass answers. Some hundred bytes to 32 KB, ten times as much for an error of 0.001.
 *
 * @example
 * ```ts
 * const slow = quantile(0.9, (call: { ms: number }) => call.ms);
 * const state = slow.create();
 * for (let ms = 1; ms <= 1000; ms++) slow.add(state, slow.of({ ms }));
 * const answer = slow.extract(state);
 * console.log(Math.abs(answer / 900 - 1) < 0.01); // true
 * ```
 */
export function quantile<T = number>(q: number, of?: (value: T) => number, options?: QuantileOptions): Aggregate<T, number> {
  checkedShare(q, 'quantile q');
  return sketched('quantile', of, options, (sketch) => sketch.quantile(q));
}

/** Several quantiles out of one sketch, in the order asked for. */
export function quantiles<T = number>(
  qs: readonly number[],
  of?: (value: T) => number,
  options?: QuantileOptions,
): Aggregate<T, readonly number[]> {
  const shares = qs.map((q) => checkedShare(q, 'quantiles qs'));
  return sketched('quantiles', of, options, (sketch) => shares.map((q) => sketch.quantile(q)));
}

function sketched<T, R>(
  name: string,
  of: (value: T) => number = itself as (value: T) => number,
  { error = 0.01 }: QuantileOptions = {},
  extract: (sketch: QuantileSketch) => R,
): Aggregate<T, R> {
  checkedError(error, `${name} error`, 0.001, 0.5);
  const scale = bucketScale(error);
  const aggregate: Aggregate<T, R, number, QuantileSketch> = {
    kind: `quantile ${error}`,
    // Up to 64 values, or two pages.
    bytes: 1024,
    // -0 is 0, so that it makes no difference which comes first.
    of: (value) => finite(of(value), name) + 0,
    create: () => new QuantileSketch(scale),
    add: (sketch, x) => sketch.add(x),
    merge: (sketch, later) => sketch.merge(later),
    extract,
    pack: (sketch) => ({ quantile: sketch.toBytes(), error }),
    unpack(plain) {
      const bytes = bytesOf(plain, 'quantile');
      return bytes === undefined || (plain as { error?: unknown }).error !== error ? undefined : QuantileSketch.of(bytes, scale);
    },
  };
  return aggregate as Aggregate<T, R>;
}

function checkedShare(q: number, where: string): number {
  if (q >= 0 && q <= 1) return q;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `${String(q)} is no share of the values`,
    where,
    todo: 'Write 0.5 for the middle, 0.99 for what 99 of 100 values stay below, 0 and 1 for the ends.',
  });
}
