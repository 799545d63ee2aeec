import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

const quantiles = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1];
const positive = fc.oneof(
  fc.double({ min: 1e-9, max: 1.7e10, noNaN: true }),
  fc.integer({ min: 1, max: 2000 }),
  fc.integer({ min: -29, max: 33 }).map((power) => 2 ** power),
);

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('quantiles are off by at most 1.6 %, over twenty powers of ten', () => {
  fc.assert(
    fc.property(fc.array(positive, { minLength: 1, maxLength: 200 }), (values) => {
      const histogram = of(values);
      const sorted = values.toSorted((a, b) => a - b);
      for (const q of quantiles) {
        const truth = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
        expect(Math.abs(histogram.quantile(q) / truth - 1)).toBeLessThan(0.016);
      }
    }),
    { numRuns: 1000 },
  );
});

test('count, sum, min and max are exact', () => {
  const histogram = of([3, 1, 2]);
  expect([histogram.count, histogram.sum, histogram.min, histogram.max]).toEqual([3, 6, 1, 3]);
  histogram.record(10, 5);
  expect([histogram.count, histogram.sum, histogram.max, histogram.quantile(1), histogram.quantile(0)]).toEqual([8, 56, 10, 10, 1]);
});

test('an empty one has no quantile, no min and no max, also after a reset', () => {
  const histogram = of([1, 2]);
  histogram.reset();
  expect([histogram.count, histogram.sum, histogram.quantile(0.5), histogram.min, histogram.max]).toEqual([
    0,
    0,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
});

test('NaN and infinities are not recorded, negatives count as 0, and what is outside the range keeps its exact ends', () => {
  const histogram = of([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5, 0, -0, 5e-324, 1e300]);
  expect([histogram.count, histogram.min, histogram.max]).toEqual([5, 0, 1e300]);
  expect(histogram.quantile(0.2)).toBeLessThan(1e-9);
  histogram.record(1, -3);
  histogram.record(1, 0);
  expect(histogram.count).toBe(5);
});

test('merging two is as recording all in one', () => {
  fc.assert(
    fc.property(fc.array(positive, { maxLength: 50 }), fc.array(positive, { maxLength: 50 }), (a, b) => {
      const merged = of(a);
      merged.merge(of(b));
      const whole = of([...a, ...b]);
      expect(merged.count).toBe(whole.count);
      expect([merged.min, merged.max]).toEqual([whole.min, whole.max]);
      expect(quantiles.map((q) => merged.quantile(q))).toEqual(quantiles.map((q) => whole.quantile(q)));
      expect(Math.abs(merged.sum - whole.sum)).toBeLessThanOrEqual(whole.sum * 1e-12);
    }),
  );
});

test('counts up to a power of two are exact, and its own value belongs to it', () => {
  const histogram = of([0.25, 0.5, 0.5, 0.5000001, 1, 2]);
  expect(histogram.countsUpTo([0.125, 0.25, 0.5, 1, 2, 4])).toEqual([0, 1, 3, 5, 6, 6]);
});

test('counts up to any bound rise, never pass the count, and are right but for 1.6 % of the bound', () => {
  fc.assert(
    fc.property(fc.array(positive, { maxLength: 100 }), fc.uniqueArray(positive, { minLength: 1, maxLength: 20 }), (values, given) => {
      const bounds = given.toSorted((a, b) => a - b);
      const counts = of(values).countsUpTo(bounds);
      for (const [i, bound] of bounds.entries()) {
        expect(counts[i]).toBeGreaterThanOrEqual(values.filter((value) => value <= bound * 0.98).length);
        expect(counts[i]).toBeLessThanOrEqual(values.filter((value) => value <= bound * 1.02).length);
        expect(counts[i]).toBeGreaterThanOrEqual(counts[i - 1] ?? 0);
      }
    }),
  );
});
