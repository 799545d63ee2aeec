import { expect, test } from 'vitest';
import { bucketScale } from './buckets.ts';
import { QuantileSketch } from './quantile-sketch.ts';
import { quantile, quantiles } from './quantile.ts';

/** Numbers from 0 to 1, the same in every run. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

function sketchOf(values: readonly number[], error = 0.01): QuantileSketch {
  const sketch = new QuantileSketch(bucketScale(error));
  for (const x of values) sketch.add(x);
  return sketch;
}

const QS = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

/** The largest share that an answer is off, against the sorted values. */
function worst(sketch: QuantileSketch, values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return Math.max(
    ...QS.map((q) => {
      const wanted = sorted[Math.floor(q * (sorted.length - 1))]!;
      const answer = sketch.quantile(q);
      return answer === wanted ? 0 : Math.abs(answer - wanted) / Math.abs(wanted);
    }),
  );
}

const next = chances(7);
const DISTRIBUTIONS: Readonly<Record<string, readonly number[]>> = {
  uniform: Array.from({ length: 5000 }, () => next()),
  exponential: Array.from({ length: 5000 }, () => -Math.log(next()) * 40),
  'heavy tail': Array.from({ length: 5000 }, () => (1 / next()) ** 3),
  'both signs': Array.from({ length: 5000 }, (_, i) => (i % 3 === 0 ? -1 : 1) * next() ** 4),
  'mostly zeros': Array.from({ length: 5000 }, (_, i) => (i % 10 === 0 ? next() - 0.5 : 0)),
  'one value': new Array<number>(5000).fill(0.1),
  'two far apart': Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 1e-300 : 1e300)),
  'rising and sorted': Array.from({ length: 5000 }, (_, i) => i + 1),
  'falling and sorted': Array.from({ length: 5000 }, (_, i) => 5000 - i),
  'powers of two': Array.from({ length: 3000 }, (_, i) => 2 ** (i % 60)),
};

for (const [name, values] of Object.entries(DISTRIBUTIONS)) {
  test(`quantiles of ${name} are within the error that was asked for`, () => {
    for (const error of [0.05, 0.01, 0.002]) expect(worst(sketchOf(values, error), values)).toBeLessThanOrEqual(error * (1 + 1e-9));
  });
}

test('no magnitude lies outside of its bucket by more than the error', () => {
  for (const error of [0.3, 0.01, 0.001]) {
    const scale = bucketScale(error);
    const any = chances(3);
    let most = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = i < 60 ? 2 ** (i - 30) : 2 ** ((any() - 0.5) * 2040);
      most = Math.max(most, Math.abs(scale.middleOf(scale.indexOf(x), 0) / x - 1));
    }
    expect(most).toBeLessThanOrEqual(error * (1 + 1e-9));
    expect(most).toBeGreaterThan(error * 0.98);
  }
});

test('up to 64 values the answer is one of them', () => {
  const values = [5, -1, 3, 3, 0, -0, 1e300, -1e-300];
  const sorted = [-1, -1e-300, 0, 0, 3, 3, 5, 1e300];
  for (const q of [0, 0.14, 0.28, 0.5, 0.6, 0.85, 1]) expect(sketchOf(values).quantile(q)).toBe(sorted[Math.floor(q * 7)]! + 0);
  expect(sketchOf([]).quantile(0.5)).toBeNaN();
  expect(sketchOf([3]).quantile(0.5)).toBe(3);
});

test('values over more places than there are pages widen all buckets, and what is kept stays bounded', () => {
  const any = chances(11);
  const values = Array.from({ length: 12_000 }, () => (any() < 0.5 ? -1 : 1) * 10 ** ((any() - 0.5) * 600));
  const sketch = sketchOf(values);
  expect(sketch.toBytes().length).toBeLessThan(64 * 64 * 12 + 100);
  // 1,200 decades of both signs: six doublings of the error, and no more.
  expect(worst(sketch, values)).toBeLessThan(0.57);
  const reversed = sketchOf([...values].reverse());
  expect(reversed.toBytes()).toEqual(sketch.toBytes());
  const merged = sketchOf(values.slice(8000));
  merged.merge(sketchOf(values.slice(0, 8000)));
  expect(merged.toBytes()).toEqual(sketch.toBytes());
});

test('a sketch of wide buckets and one of narrow ones merge into what one pass makes, whichever comes first', () => {
  const wide = Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? -1 : 1) * 10 ** ((i * 0.6) % 600) * 1e-300);
  const narrow = [...DISTRIBUTIONS['exponential']!, ...DISTRIBUTIONS['both signs']!];
  const whole = sketchOf([...wide, ...narrow]).toBytes();
  for (const [before, later] of [
    [wide, narrow],
    [narrow, wide],
  ] as const) {
    const merged = sketchOf(before);
    merged.merge(sketchOf(later));
    expect(merged.toBytes()).toEqual(whole);
  }
});

test('the bytes do not depend on order or division, and go on as they were', () => {
  for (const [name, values] of Object.entries(DISTRIBUTIONS)) {
    const whole = sketchOf(values).toBytes();
    for (const at of [1, 64, 65, 2500]) {
      const merged = sketchOf(values.slice(at));
      merged.merge(QuantileSketch.of(sketchOf(values.slice(0, at)).toBytes(), bucketScale(0.01))!);
      expect(merged.toBytes(), name).toEqual(whole);
    }
  }
});

test('several quantiles come out of one sketch, and are those of single ones', () => {
  const values = DISTRIBUTIONS['exponential']!;
  const answers = QS.map((q) => answerOf(quantile(q), values));
  expect(answerOf(quantiles(QS), values)).toEqual(answers);
});

function answerOf<R>(aggregate: ReturnType<typeof quantile> | ReturnType<typeof quantiles>, values: readonly number[]): R {
  const state = aggregate.create();
  for (const x of values) aggregate.add(state, aggregate.of(x));
  return aggregate.extract(state) as R;
}

test('the bytes of a sketch stay what they are', () => {
  expect(hex(sketchOf([2, -1]).toBytes())).toMatchInlineSnapshot(`"01ff000000000000f0bf0000000000000040"`);
  const many = sketchOf([...new Array<number>(60).fill(1), 0, 0, -2, 8, 8]);
  expect(hex(many.toBytes())).toMatchInlineSnapshot(
    `"01000000000000405040000000000000004000000000000000c00000000000002040010000000200000023000000000000000000f03f000000000000000000004e40690000000000000000000040"`,
  );
});

test('a later form is refused by name, another error is another kind, and an impossible option is told', () => {
  const bytes = sketchOf([1, 2, 3]).toBytes();
  expect(() => QuantileSketch.of(Uint8Array.from([9, ...bytes.subarray(1)]), bucketScale(0.01))).toThrow(
    expect.objectContaining({ code: 'HR_STATE_UNREADABLE', what: expect.stringContaining('form 9') as string }),
  );
  expect(QuantileSketch.of(bytes.subarray(0, 5), bucketScale(0.01))).toBeUndefined();
  const one = quantile(0.5);
  const other = quantile(0.5, undefined, { error: 0.02 });
  expect(other.unpack!(one.pack!(one.create()))).toBeUndefined();
  for (const wrong of [
    () => quantile(1.01),
    () => quantile(Number.NaN),
    () => quantiles([0.5, -1]),
    () => quantile(0.5, undefined, { error: 0 }),
  ])
    expect(wrong).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
  for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY, '5'])
    expect(() => one.of(bad as number)).toThrow(expect.objectContaining({ code: 'HR_NUMBER_INVALID' }));
});

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
