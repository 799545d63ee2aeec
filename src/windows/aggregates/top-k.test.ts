import { expect, test } from 'vitest';
import { SpaceSaving } from './space-saving.ts';
import { topK } from './top-k.ts';

/** Value i about as often as 1 / (i + 1), in a disorder that is the same in every run. */
function zipf(records: number, values: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: records }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((values + 1) ** (state / 2 ** 32)) - 1;
  });
}

function countsOf(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function sketchOf(values: readonly number[], capacity: number): SpaceSaving {
  const sketch = new SpaceSaving(capacity);
  for (const value of values) sketch.add(value, 1);
  return sketch;
}

/** What Space-Saving promises of a sketch of these values. */
function expectPromises(sketch: SpaceSaving, values: readonly number[]): void {
  const counts = countsOf(values);
  const bound = values.length / sketch.capacity;
  const listed = sketch.top(sketch.capacity);
  const wrong = listed.filter(({ value, count, error }) => {
    const truth = counts.get(value as number) ?? 0;
    return !(count - error <= truth && truth <= count && error <= bound);
  });
  expect(wrong).toEqual([]);
  const seen = new Set(listed.map(({ value }) => value));
  expect([...counts].filter(([value, count]) => count > bound && !seen.has(value))).toEqual([]);
}

test('no count is too low or too high by more than its error, and nothing frequent is missing', () => {
  const cases = [
    zipf(20_000, 3000, 1),
    Array.from({ length: 20_000 }, (_, i) => i % 997),
    Array.from({ length: 5000 }, (_, i) => i),
    [...new Array<number>(300).fill(7), ...Array.from({ length: 5000 }, (_, i) => i + 100)],
  ];
  for (const values of cases) for (const capacity of [1, 2, 50, 400]) expectPromises(sketchOf(values, capacity), values);
});

test('merged again and again, and added to in between, it keeps its promises', () => {
  const values = zipf(24_000, 4000, 5).map((value, i) => (i > 12_000 ? value + 40 : value));
  for (const capacity of [3, 64, 300]) {
    const sketch = new SpaceSaving(capacity);
    const so: number[] = [];
    for (let from = 0; from < values.length; from += 1500) {
      const slice = values.slice(from, from + 1500);
      so.push(...slice);
      if (from % 3000 === 0) for (const value of slice) sketch.add(value, 1);
      else sketch.merge(sketchOf(slice, capacity));
      expectPromises(sketch, so);
    }
  }
});

test('while there are fewer values than counters it counts exactly, and lists equal counts in the order of the values', () => {
  const aggregate = topK(5, (value: string | number | bigint | boolean) => value);
  const state = aggregate.create();
  for (const value of ['b', 2, 1n, 'a', true, 10, 'a', 1, 10, '__proto__']) aggregate.add(state, aggregate.of(value));
  expect(aggregate.extract(state)).toEqual([
    { value: 10, count: 2, error: 0 },
    { value: 'a', count: 2, error: 0 },
    { value: 1n, count: 1, error: 0 },
    { value: true, count: 1, error: 0 },
    { value: 1, count: 1, error: 0 },
  ]);
});

test('weights count instead of records', () => {
  const bytes = topK(1, (file: { name: string; size: number }) => file.name, { weight: ({ size }) => size });
  const state = bytes.create();
  for (const [name, size] of [
    ['a', 10],
    ['b', 25],
    ['a', 10],
  ] as const)
    bytes.add(state, bytes.of({ name, size }));
  expect(bytes.extract(state)).toEqual([{ value: 'b', count: 25, error: 0 }]);
  for (const size of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => bytes.of({ name: 'a', size })).toThrow('a weight of at least 0');
});

test('what was written goes on as it would have, ties and all; other capacities are another kind, later forms are refused', () => {
  const values = zipf(3000, 500, 9);
  const aggregate = topK(10, (value: number) => value, { capacity: 40 });
  const whole = sketchOf(values, 40);
  const half = sketchOf(values.slice(0, 1500), 40);
  const again = SpaceSaving.of(half.pack(), 40);
  for (const value of values.slice(1500)) again.add(value, 1);
  expect(again.pack()).toEqual(whole.pack());
  const packed = aggregate.pack!(whole as never) as object;
  expect(topK(10, (value: number) => value).unpack!(packed)).toBeUndefined();
  expect(() => aggregate.unpack!({ ...packed, topK: 2 })).toThrow(expect.objectContaining({ code: 'HR_STATE_UNREADABLE' }));
  expect(() => topK(10, (value: number) => value, { capacity: 9 })).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
});
