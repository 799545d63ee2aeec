import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Aggregate } from './aggregate.ts';
import { count, rate } from './count.ts';
import { first, last } from './ends.ts';
import { exponentialMean, exponentialVariance } from './exponential.ts';
import { maxBy, minBy } from './extremes-by.ts';
import { max, min } from './extremes.ts';
import { histogram } from './histogram.ts';
import { kurtosis, skewness, stddev, variance } from './moments.ts';
import { correlation } from './pairs.ts';
import { mean, sum } from './sum.ts';
import { toArray } from './to-array.ts';
import { toSet } from './to-set.ts';

function stateOf<T, R>(aggregate: Aggregate<T, R>, values: readonly T[]): unknown {
  const state = aggregate.create();
  for (const value of values) aggregate.add(state, aggregate.of(value));
  return state;
}
const of = <T, R>(aggregate: Aggregate<T, R>, values: readonly T[]): R => aggregate.extract(stateOf(aggregate, values));

test('each aggregate on five numbers', () => {
  const five = [2, 4, 4, 4, 11];
  expect(of(count(), five)).toBe(5);
  expect(of(sum(), five)).toBe(25);
  expect(of(mean(), five)).toBe(5);
  expect(of(variance(), five)).toBe(9.6);
  expect(of(variance(undefined, { sample: true }), five)).toBe(12);
  expect([of(min(), five), of(max(), five)]).toEqual([2, 11]);
});

test('a sum keeps what plain addition loses', () => {
  expect(of(sum(), [1e16, 1, -1e16])).toBe(1);
  expect(
    of(
      sum(),
      Array.from({ length: 10 }, () => 0.1),
    ),
  ).toBe(1);
  expect(of(sum(), [1e308, 1e308])).toBe(Number.POSITIVE_INFINITY);
});

test('a variance keeps its digits when the mean is large', () => {
  expect(of(variance(), [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBe(22.5);
  expect(of(variance(undefined, { sample: true }), [1])).toBeNaN();
});

test('what is no finite number is refused, and its promise ends nothing', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, '1', undefined]) {
    expect(() => sum<unknown>((value) => value as number).of(bad)).toThrow(
      expect.objectContaining({ code: 'HR_NUMBER_INVALID', action: 'deadLetter' }),
    );
  }
});

/** A double as a multiple of the smallest one. */
function exactly(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & ((1n << 52n) - 1n)) | (exponent === 0 ? 0n : 1n << 52n);
  return (x < 0 ? -fraction : fraction) << BigInt(Math.max(0, exponent - 1));
}

test('a sum is off by one rounding and by what rounding twice costs, in one pass and in halves', () => {
  const numbers = fc.array(fc.oneof(fc.double({ min: -1e20, max: 1e20, noNaN: true }), fc.constantFrom(1e16, -1e16, 1, 0.1)), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(numbers, fc.nat(60), (values, at) => {
      const exact = values.reduce((total, x) => total + exactly(x), 0n);
      const size = values.reduce((total, x) => total + Math.abs(x), 0);
      const total = sum();
      const halves = stateOf(total, values.slice(0, at));
      total.merge(halves, stateOf(total, values.slice(at)));
      for (const answer of [of(total, values), total.extract(halves)]) {
        // By words: the difference times 2^-1074 is no double where it is taken in one step.
        const off = Number((exactly(answer) - exact) >> 900n) * 2 ** -174;
        expect(Math.abs(off)).toBeLessThanOrEqual(2 ** -53 * Math.abs(answer) + values.length ** 2 * 2 ** -105 * size + 2 ** -170);
      }
    }),
    { numRuns: 200 },
  );
});

test('equal values have no variance and no shape, and nothing has neither mean nor extremes', () => {
  for (const x of [0.1, 1e15 + 0.3, -7e-9]) {
    for (const at of [0, 1, 500, 999]) {
      const spread = variance();
      const state = stateOf(spread, new Array<number>(at).fill(x));
      spread.merge(state, stateOf(spread, new Array<number>(1000 - at).fill(x)));
      expect(spread.extract(state)).toBe(0);
    }
    expect([of(skewness(), [x, x, x]), of(kurtosis(), [x, x, x, x])]).toEqual([Number.NaN, Number.NaN]);
    expect(
      of(
        correlation((y: number) => y, itself),
        [x, x],
      ),
    ).toBeNaN();
  }
  for (const none of [mean(), min(), max(), variance(), stddev(), exponentialMean(itself, { halfLife: 1 })]) expect(of(none, [])).toBeNaN();
  expect([of(sum(), []), of(count(), []), of(minBy(itself), []), of(toArray(), [])]).toEqual([0, 0, undefined, []]);
});

test('an exponential weight goes by age in event time: a late record weighs what it would have weighed in time', () => {
  const fading = exponentialMean(({ x }: Timed) => x, { halfLife: '1s' });
  const points = [
    { x: 8, at: 5000 },
    { x: 4, at: 4000 },
    { x: 2, at: 3000 },
  ];
  const answer = (8 + 4 / 2 + 2 / 4) / (1 + 1 / 2 + 1 / 4);
  for (const order of [points, points.toReversed()]) expect(timedOf(fading, order)).toBeCloseTo(answer, 14);
  // Ages beyond all half-lives weigh nothing, in either order.
  for (const order of [
    [{ x: 1, at: -1e15 }, ...points],
    [...points, { x: 1, at: -1e15 }],
  ])
    expect(timedOf(fading, order)).toBeCloseTo(answer, 14);
  expect(() => fading.of({ x: 1, at: 0 }, Number.NaN)).toThrow(expect.objectContaining({ code: 'HR_TIME_INVALID', action: 'deadLetter' }));
  for (const halfLife of [0, { records: 0 }, { records: Number.NaN }])
    expect(() => exponentialVariance(itself, { halfLife })).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
});

test('another half-life, other edges and another number of values make another kind', () => {
  const written = (aggregate: Aggregate<number, unknown>) => aggregate.pack!(aggregate.create());
  for (const [one, other] of [
    [exponentialMean(itself, { halfLife: 1000 }), exponentialMean(itself, { halfLife: 2000 })],
    [exponentialMean(itself, { halfLife: 1000 }), exponentialMean(itself, { halfLife: { records: 1000 } })],
    [histogram([1, 2]), histogram([1, 3])],
    [histogram([1, 2]), histogram([1, 2, 3])],
    [toArray(itself, { limit: 3 }), toArray(itself, { limit: 4 })],
    [toArray(itself), toArray(itself, { keep: 'last' })],
    [toSet(itself), toSet(itself, { limit: 4 })],
    [first(), last()],
    [minBy(itself), maxBy(itself)],
    [first(), toArray()],
  ] as readonly (readonly [Aggregate<number, unknown>, Aggregate<number, unknown>])[]) {
    expect(one.kind).not.toBe(other.kind);
    expect(other.unpack!(written(one))).toBeUndefined();
    expect(one.unpack!(written(one))).toEqual(one.create());
    expect(one.unpack!(undefined)).toBeUndefined();
  }
});

test('a value at an edge counts above it, and edges that do not rise are refused', () => {
  expect(of(histogram([0, 10]), [-0, 0, -1e-300, 10, 9.999, 1e300, -1e300])).toEqual([2, 3, 2]);
  for (const edges of [[], [1, 1], [2, 1], [Number.NaN], [0, Number.POSITIVE_INFINITY], Array.from({ length: 1025 }, (_, i) => i)])
    expect(() => histogram(edges)).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
});

test('first and last go by event time, ties and records without times as they came', () => {
  const at = (...times: number[]): Timed[] => times.map((time, i) => ({ x: i, at: time }));
  for (const [points, firstX, lastX] of [
    [at(30, 10, 20), 1, 0],
    [at(5, 5, 5), 0, 2],
    [at(Number.NaN, Number.NaN), 0, 1],
    [at(-5, 0, -10), 2, 1],
  ] as const) {
    expect([timedOf(first(xOf), points), timedOf(last(xOf), points)]).toEqual([firstX, lastX]);
  }
});

test('a list keeps the first or the last by event time, also when late records come to a full one', () => {
  const points = [50, 10, 40, 20, 30, 5].map((time) => ({ x: time, at: time }));
  expect(timedOf(toArray(xOf, { limit: 3 }), points)).toEqual([5, 10, 20]);
  expect(timedOf(toArray(xOf, { limit: 3, keep: 'last' }), points)).toEqual([30, 40, 50]);
  expect(timedOf(toArray(xOf), points)).toEqual([5, 10, 20, 30, 40, 50]);
  const many = Array.from({ length: 5000 }, (_, i) => ({ x: i, at: i }));
  const newest = toArray(xOf, { limit: 2, keep: 'last' });
  const state = newest.create() as { readonly times: readonly number[] };
  for (const point of many) newest.add(state, newest.of(point, point.at));
  expect(state.times.length).toBeLessThan(4);
  expect(newest.extract(state)).toEqual([4998, 4999]);
});

test('a set keeps what happened first, also when late records come to a full one', () => {
  const points = [50, 10, 40, 10, 20, 50, 5].map((time) => ({ x: time % 40, at: time }));
  expect(timedOf(toSet(xOf, { limit: 3 }), points)).toEqual([5, 10, 20]);
  // 50 and 10 are one value here, and its first time is that of 10.
  expect(timedOf(toSet(xOf), points)).toEqual([5, 10, 20, 0]);
});

test('an extreme by text, bigint and number: numbers before texts, ties to what happened first', () => {
  const by = maxBy(({ by: one }: { by: string | number | bigint }) => one);
  const least = minBy(({ by: one }: { by: string | number | bigint }) => one);
  const values = [{ by: 3n }, { by: 3 }, { by: 'b' }, { by: '\u{1f600}' }, { by: 2.5 }, { by: 'b' }];
  expect([of(by, values), of(least, values)]).toEqual([{ by: '\u{1f600}' }, { by: 2.5 }]);
  const tied = [
    { x: 7, at: 20 },
    { x: 7, at: 10 },
  ];
  expect([timedOf(minBy(xOf), tied), timedOf(maxBy(xOf), tied)]).toEqual([tied[1], tied[1]]);
  expect([of(minBy(xOf), tied), of(maxBy(xOf), tied)]).toEqual([tied[0], tied[0]]);
  for (const bad of [Number.NaN, undefined, true, {}])
    expect(() => least.of({ by: bad as never })).toThrow(expect.objectContaining({ code: 'HR_VALUE_INVALID', action: 'deadLetter' }));
});

test('a rate is a second of the window, of records or of what they say', () => {
  const span = { start: 60_000, end: 120_000 };
  const bytes = rate((size: number) => size);
  expect([rate().extract(stateOf(rate(), [1, 2, 3]), span), bytes.extract(stateOf(bytes, [1, 2, 3]), span)]).toEqual([0.05, 0.1]);
});

interface Timed {
  readonly x: number;
  readonly at: number;
}

const xOf = (point: Timed): number => point.x;
const itself = (x: number): number => x;

function timedOf<R>(aggregate: Aggregate<Timed, R>, points: readonly Timed[]): R {
  const state = aggregate.create();
  for (const point of points) aggregate.add(state, aggregate.of(point, point.at));
  return aggregate.extract(state);
}
