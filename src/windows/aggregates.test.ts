import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Aggregate, count, max, mean, min, sum, variance } from './aggregates.ts';

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

test('merging two parts is the same as adding all of them', () => {
  const parts = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 0, maxLength: 30 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      if (a.length + b.length === 0) return;
      for (const aggregate of [count() as Aggregate<number, number>, sum(), mean(), variance(), min(), max()]) {
        const state = stateOf(aggregate, a);
        const later = stateOf(aggregate, b);
        aggregate.merge(state, later);
        const all = of(aggregate, [...a, ...b]);
        expect(Math.abs(aggregate.extract(state) - all)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(all)));
        expect(later).toEqual(stateOf(aggregate, b));
      }
    }),
  );
});
