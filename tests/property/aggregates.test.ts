// What every aggregate promises: merged from any parts, in any grouping, it answers what one pass answers; what it has
// written down goes on to the last bit; several together, generated and as loops, are what each is alone.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { value as valueCodec } from '../../src/codecs/value.ts';
import {
  type Aggregate,
  correlation,
  count,
  covariance,
  distinct,
  exponentialMean,
  exponentialVariance,
  first,
  histogram,
  kurtosis,
  last,
  max,
  maxBy,
  mean,
  min,
  minBy,
  quantile,
  quantiles,
  rate,
  skewness,
  stddev,
  sum,
  toArray,
  topK,
  toSet,
  variance,
} from '../../src/index.ts';
import { AggregateRow } from '../../src/windows/aggregates/row.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const seed = given === undefined ? undefined : Number(given);
const asked = (numRuns: number): fc.Parameters<unknown> => ({ numRuns, verbose: 0, ...(seed === undefined ? {} : { seed }) });

interface Point {
  readonly x: number;
  readonly y: number;
  readonly tag: string | number | bigint | boolean;
  readonly timeMs: number;
}

const x = (point: Point): number => point.x;
const y = (point: Point): number => point.y;
const tag = (point: Point): Point['tag'] => point.tag;
const window = { start: 0, end: 5000 };

/** Off by no more than this share of what is large in it; exactly the same where it is 0. */
type Case = readonly [aggregate: Aggregate<Point, unknown>, near: number];
const CASES: Readonly<Record<string, Case>> = {
  count: [count(), 0],
  countIf: [count((point: Point) => point.x > 0), 0],
  rate: [rate(x), 1e-15],
  sum: [sum(x), 1e-15],
  mean: [mean(x), 1e-15],
  variance: [variance(x), 1e-12],
  stddev: [stddev(x, { sample: true }), 1e-12],
  skewness: [skewness(x), 1e-9],
  kurtosis: [kurtosis(x), 1e-9],
  min: [min(x), 0],
  max: [max(x), 0],
  covariance: [covariance(x, y), 1e-12],
  correlation: [correlation(x, y), 1e-9],
  exponentialMean: [exponentialMean(x, { halfLife: { records: 3 } }), 1e-12],
  exponentialMeanByTime: [exponentialMean(x, { halfLife: '300ms' }), 1e-12],
  exponentialVariance: [exponentialVariance(x, { halfLife: { records: 3 } }), 1e-12],
  exponentialVarianceByTime: [exponentialVariance(x, { halfLife: '300ms' }), 1e-12],
  histogram: [histogram([-10, 0, 1, 1000], x), 0],
  minBy: [minBy(x), 0],
  maxBy: [maxBy((point: Point) => (typeof point.tag === 'boolean' ? 'a text' : point.tag)), 0],
  first: [first(), 0],
  last: [last(tag), 0],
  toArray: [toArray(x, { limit: 9 }), 0],
  lastToArray: [toArray(x, { limit: 9, keep: 'last' }), 0],
  toSet: [toSet(tag, { limit: 4 }), 0],
  topK: [topK(3, tag), 0],
  topKByWeight: [topK(3, tag, { weight: (point) => Math.round(Math.abs(point.x)) }), 0],
  distinct: [distinct(tag), 0],
  distinctOfFew: [distinct(x, { error: 0.26 }), 0],
  quantile: [quantile(0.5, x), 0],
  quantiles: [quantiles([0, 0.25, 0.99, 1], x, { error: 0.3 }), 0],
};

const tags = fc.constantFrom<Point['tag'][]>('', 'a', '1', 1, 1n, true, false, -0, 2n ** 70n, '__proto__', 'constructor', 'é', '\u{d800}');
const numbers = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0, -0, 1e-12, 1e9 + 0.25, -1e9),
);
const points: fc.Arbitrary<readonly Point[]> = fc.array(
  fc.record({ x: numbers, y: numbers, tag: tags, timeMs: fc.integer({ min: -100, max: 4000 }) }),
  { minLength: 1, maxLength: 80 },
);
const cuts = fc.array(fc.nat(80), { maxLength: 6 });

function stateOf<R>(aggregate: Aggregate<Point, R>, part: readonly Point[]): unknown {
  const state = aggregate.create();
  for (const point of part) aggregate.add(state, aggregate.of(point, point.timeMs));
  return state;
}

function partsOf(all: readonly Point[], at: readonly number[]): Point[][] {
  const ends = [...at.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
  return ends.map((end, i) => all.slice(ends[i - 1] ?? 0, end));
}

/** From the left, or the right half into the left half, again and again. */
function merged<R>(aggregate: Aggregate<Point, R>, states: readonly unknown[], how: 'left' | 'halves'): unknown {
  if (states.length === 0) return aggregate.create();
  const middle = how === 'left' ? states.length - 1 : states.length >> 1;
  const [before, later] =
    states.length === 1
      ? [aggregate.create(), states[0]]
      : [merged(aggregate, states.slice(0, middle), how), merged(aggregate, states.slice(middle), how)];
  aggregate.merge(before, later);
  return before;
}

const packed = (aggregate: Aggregate<Point, unknown>, state: unknown): unknown =>
  aggregate.pack === undefined ? state : aggregate.pack(state);

function written(aggregate: Aggregate<Point, unknown>, state: unknown): Uint8Array {
  return valueCodec().encode(packed(aggregate, state)) as Uint8Array;
}

function read(aggregate: Aggregate<Point, unknown>, bytes: Uint8Array): unknown {
  const plain = valueCodec().decode(bytes);
  return aggregate.unpack === undefined ? plain : aggregate.unpack(plain);
}

function expectNear(answer: unknown, wanted: unknown, near: number, scale: number, name: string): void {
  if (near === 0 || typeof wanted !== 'number' || !Number.isFinite(wanted)) expect(answer, name).toEqual(wanted);
  else
    expect(Math.abs((answer as number) - wanted), `${name}: ${String(answer)} for ${wanted}`).toBeLessThanOrEqual(
      near * Math.max(Math.abs(wanted), scale),
    );
}

/** What the digits of an answer are lost against: the largest value, to the power that the answer has. */
function scaleOf(name: string, all: readonly Point[]): number {
  const most = Math.max(1, ...all.map((point) => Math.max(Math.abs(point.x), Math.abs(point.y))));
  if (/variance$|varianceByTime$/i.test(name)) return most * most;
  return /skewness|kurtosis|correlation/.test(name) ? Number.POSITIVE_INFINITY : most;
}

test('merged from any parts, from the left or by halves, an aggregate answers what one pass answers', () => {
  fc.assert(
    fc.property(points, cuts, (all, at) => {
      const parts = partsOf(all, at);
      for (const [name, [aggregate, near]] of Object.entries(CASES)) {
        const one = stateOf(aggregate, all);
        const wanted = aggregate.extract(one, window);
        for (const how of ['left', 'halves'] as const) {
          const states = parts.map((part) => stateOf(aggregate, part));
          const answer = aggregate.extract(merged(aggregate, states, how), window);
          const scale = scaleOf(name, all);
          if (scale < Number.POSITIVE_INFINITY || near === 0) expectNear(answer, wanted, near, scale, name);
        }
      }
    }),
    asked(isFull ? 300 : 40),
  );
});

test('sliced by time and merged in the order of time, it answers what one pass in the order of arrival answers', () => {
  // What fades by number of records means the order of arrival, and the others have no order.
  const byArrival = new Set(['exponentialMean', 'exponentialVariance']);
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 1500 }), (all, sliceMs) => {
      const slices = [...new Set(all.map((point) => Math.floor(point.timeMs / sliceMs)))].sort((a, b) => a - b);
      const parts = slices.map((slice) => all.filter((point) => Math.floor(point.timeMs / sliceMs) === slice));
      for (const [name, [aggregate, near]] of Object.entries(CASES)) {
        const scale = scaleOf(name, all);
        if (byArrival.has(name) || scale === Number.POSITIVE_INFINITY) continue;
        const wanted = aggregate.extract(stateOf(aggregate, all), window);
        const states = parts.map((part) => stateOf(aggregate, part));
        expectNear(aggregate.extract(merged(aggregate, states, 'left'), window), wanted, near, scale, name);
      }
    }),
    asked(isFull ? 300 : 40),
  );
});

test('of whole numbers the shape of a distribution is the same merged as in one pass', () => {
  const whole = fc.array(
    fc.record({ x: fc.integer({ min: -50, max: 50 }), y: fc.integer({ min: -50, max: 50 }), tag: fc.constant('a'), timeMs: fc.nat(100) }),
    { minLength: 2, maxLength: 80 },
  );
  fc.assert(
    fc.property(whole, cuts, (all, at) => {
      const parts = partsOf(all, at);
      for (const name of ['skewness', 'kurtosis', 'correlation']) {
        const [aggregate, near] = CASES[name]!;
        const wanted = aggregate.extract(stateOf(aggregate, all)) as number;
        const states = parts.map((part) => stateOf(aggregate, part));
        const answer = aggregate.extract(merged(aggregate, states, 'halves')) as number;
        // Of values that are nearly equal, what is exactly equal in one pass may not be in parts.
        if (Number.isNaN(wanted) || Number.isNaN(answer)) continue;
        expectNear(answer, wanted, near, 1, name);
      }
    }),
    asked(isFull ? 300 : 30),
  );
});

test('a merge leaves what came later as it was, and a part without records changes nothing', () => {
  fc.assert(
    fc.property(points, points, (a, b) => {
      for (const [name, [aggregate]] of Object.entries(CASES)) {
        const later = stateOf(aggregate, b);
        const before = written(aggregate, later);
        const state = stateOf(aggregate, a);
        aggregate.merge(state, later);
        const both = written(aggregate, state);
        expect(written(aggregate, later), name).toEqual(before);
        // Nor is anything shared: the later goes on alone.
        for (const point of a) aggregate.add(later, aggregate.of(point, point.timeMs));
        expect(written(aggregate, state), name).toEqual(both);
        aggregate.merge(state, aggregate.create());
        expect(aggregate.extract(read(aggregate, written(aggregate, state)), window), name).toEqual(aggregate.extract(state, window));
        const fresh = aggregate.create();
        aggregate.merge(fresh, state);
        expect(aggregate.extract(fresh, window), name).toEqual(aggregate.extract(state, window));
      }
    }),
    asked(isFull ? 100 : 20),
  );
});

test('an early answer changes nothing, and a state that was written goes on to the last bit', () => {
  fc.assert(
    fc.property(points, points, (a, b) => {
      for (const [name, [aggregate]] of Object.entries(CASES)) {
        const state = stateOf(aggregate, a);
        aggregate.extract(state, window);
        const again = read(aggregate, written(aggregate, stateOf(aggregate, a)));
        for (const point of b) {
          aggregate.add(state, aggregate.of(point, point.timeMs));
          aggregate.add(again, aggregate.of(point, point.timeMs));
        }
        expect(written(aggregate, again), name).toEqual(written(aggregate, state));
        expect(aggregate.extract(again, window), name).toEqual(aggregate.extract(state, window));
      }
    }),
    asked(isFull ? 100 : 20),
  );
});

test('side by side in one row, generated or as loops, aggregates answer what each answers alone', () => {
  const fields = Object.fromEntries(Object.entries(CASES).map(([name, [aggregate]]) => [name, aggregate]));
  const rows = [true, false].map((generate) => new AggregateRow<Point>(fields, { generate }));
  fc.assert(
    fc.property(points, points, fc.nat(5), (a, b, offset) => {
      const alone = Object.values(fields).map((aggregate) => {
        const state = stateOf(aggregate, a);
        aggregate.merge(state, stateOf(aggregate, b));
        return aggregate.extract(state, window);
      });
      for (const row of rows) {
        // Two rows of one array, between others that nobody may touch.
        const cells = new Float64Array(offset + 2 * row.cells + 1).fill(7);
        const at = [offset, offset + row.cells];
        const objects = at.map((place) => {
          row.reset(cells, place);
          return row.create();
        });
        for (const [i, part] of [a, b].entries()) {
          for (const point of part) {
            row.take(point, point.timeMs);
            row.addTaken(cells, at[i]!, objects[i]!);
          }
        }
        const later = row.pack(cells, at[1]!, objects[1]!);
        row.merge(cells, at[0]!, objects[0]!, cells, at[1]!, objects[1]!);
        expect(row.extract(cells, at[0]!, objects[0]!, window)).toEqual(alone);
        expect(row.pack(cells, at[1]!, objects[1]!)).toEqual(later);
        expect([...cells.subarray(0, offset), cells.at(-1)].every((cell) => cell === 7)).toBe(true);

        const elsewhere = new Float64Array(row.cells);
        const plain = valueCodec().decode(valueCodec().encode(row.pack(cells, at[0]!, objects[0]!)) as Uint8Array);
        const restored = row.restore(plain as Record<string, unknown>, elsewhere, 0);
        expect(row.extract(elsewhere, 0, restored, window)).toEqual(alone);
      }
    }),
    asked(isFull ? 80 : 15),
  );
});
