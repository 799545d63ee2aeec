// Against numpy, pandas and scipy (tests/golden/aggregates/make.py), in one pass and merged from slices.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Aggregate } from '../../src/windows/aggregates/aggregate.ts';
import { distinct } from '../../src/windows/aggregates/distinct.ts';
import { exponentialMean, exponentialVariance } from '../../src/windows/aggregates/exponential.ts';
import { max, min } from '../../src/windows/aggregates/extremes.ts';
import { histogram } from '../../src/windows/aggregates/histogram.ts';
import { kurtosis, skewness, stddev, variance } from '../../src/windows/aggregates/moments.ts';
import { correlation, covariance } from '../../src/windows/aggregates/pairs.ts';
import { quantiles } from '../../src/windows/aggregates/quantile.ts';
import { mean, sum } from '../../src/windows/aggregates/sum.ts';
import { topK } from '../../src/windows/aggregates/top-k.ts';

interface Point {
  readonly x: number;
  readonly y: number;
  readonly timeMs: number;
}

interface Series {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly times: readonly number[];
  /** Null is NaN. */
  readonly answers: Readonly<Record<string, number | null>>;
  readonly histogram: readonly number[];
  readonly quantiles: readonly (readonly [q: number, x: number])[];
  readonly distinct: number;
  readonly top: readonly (readonly [x: number, count: number])[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/aggregates/expected.json'), 'utf8')) as {
  readonly edges: readonly number[];
  readonly series: Readonly<Record<string, Series>>;
};

const x = (point: Point): number => point.x;
const y = (point: Point): number => point.y;
const sample = { sample: true } as const;
const seven = { halfLife: { records: 7 } } as const;
const thirdOfASecond = { halfLife: '300ms' } as const;

const aggregates: Readonly<Record<string, Aggregate<Point, number>>> = {
  sum: sum(x),
  mean: mean(x),
  variance: variance(x),
  'variance sample': variance(x, sample),
  stddev: stddev(x),
  'stddev sample': stddev(x, sample),
  skewness: skewness(x),
  'skewness sample': skewness(x, sample),
  kurtosis: kurtosis(x),
  'kurtosis sample': kurtosis(x, sample),
  min: min(x),
  max: max(x),
  covariance: covariance(x, y),
  'covariance sample': covariance(x, y, sample),
  correlation: correlation(x, y),
  exponentialMean: exponentialMean(x, seven),
  exponentialVariance: exponentialVariance(x, seven),
  'exponentialVariance sample': exponentialVariance(x, { ...seven, ...sample }),
  'exponentialMean by time': exponentialMean(x, thirdOfASecond),
  'exponentialVariance by time': exponentialVariance(x, thirdOfASecond),
  'exponentialVariance by time sample': exponentialVariance(x, { ...thirdOfASecond, ...sample }),
};

/** Merged from slices of so many records. */
function answerOf<R>(aggregate: Aggregate<Point, R>, points: readonly Point[], slice: number): R {
  const state = aggregate.create();
  for (let from = 0; from < points.length; from += slice) {
    const part = aggregate.create();
    for (const point of points.slice(from, from + slice)) aggregate.add(part, aggregate.of(point, point.timeMs));
    aggregate.merge(state, part);
  }
  return aggregate.extract(state);
}

const pointsOf = ({ x: xs, y: ys, times }: Series): Point[] => xs.map((one, i) => ({ x: one, y: ys[i]!, timeMs: times[i]! }));

for (const [name, series] of Object.entries(golden.series)) {
  test(`aggregates of ${name} are those of numpy, pandas and scipy`, () => {
    const points = pointsOf(series);
    const deviation = series.answers['stddev'] ?? 0;
    // How many digits a mean far from zero takes from what is measured around it.
    const steep = 1 + Math.abs(series.answers['mean'] ?? 0) / (deviation || 1);
    expect(Object.keys(aggregates)).toEqual(Object.keys(series.answers));
    for (const slice of [Number.POSITIVE_INFINITY, 7, 1]) {
      for (const [field, aggregate] of Object.entries(aggregates)) {
        const wanted = series.answers[field] ?? Number.NaN;
        const answer = answerOf(aggregate, points, slice === Number.POSITIVE_INFINITY ? points.length : slice);
        if (['sum', 'min', 'max'].includes(field)) {
          expect(answer, field).toBe(wanted);
        } else if (Number.isNaN(wanted)) {
          expect(answer, field).toBeNaN();
        } else {
          const far = field.toLowerCase().includes('mean') ? 1 : steep;
          const unit = /skew|kurt|corr/.test(field) ? 1 : field.toLowerCase().includes('mean') ? deviation : 0;
          expect(Math.abs(answer - wanted), `${field} ${answer} ${wanted}`).toBeLessThanOrEqual(
            2e-14 * far * Math.max(Math.abs(wanted), unit),
          );
        }
      }
      const size = Math.min(slice, points.length);
      expect(answerOf(histogram(golden.edges, x), points, size)).toEqual(series.histogram);
      expect(answerOf(distinct(x), points, size)).toBe(series.distinct);
      const [top] = answerOf(topK(3, x, { capacity: 300 }), points, size);
      expect([top?.count, top?.error]).toEqual([series.top[0]?.[1], 0]);
      const shares = series.quantiles.map(([q]) => q);
      for (const [i, answer] of answerOf(quantiles(shares, x), points, size).entries()) {
        const [q, wanted] = series.quantiles[i]!;
        if (points.length <= 64 || q === 0 || q === 1) expect(answer).toBe(wanted);
        else expect(Math.abs(answer - wanted)).toBeLessThanOrEqual(0.01 * Math.abs(wanted));
      }
    }
  });
}

const shared = join(process.env['HEADRACE_SHARED'] ?? '', 'reference/golden/stats.json');

test.skipIf(!process.env['HEADRACE_SHARED'] || !existsSync(shared))(
  'running statistics are those of River, and at the end the exact ones',
  () => {
    const stats = JSON.parse(readFileSync(shared, 'utf8')) as {
      readonly x: readonly number[];
      readonly y: readonly number[];
      readonly every: number;
      readonly river: Readonly<Record<string, readonly number[]>>;
      readonly Cov: readonly number[];
      readonly Pearson: readonly number[];
      readonly exact_final: Readonly<Record<string, number>>;
    };
    const points = stats.x.map((one, i): Point => ({ x: one, y: stats.y[i]!, timeMs: i }));
    const known: readonly (readonly [Aggregate<Point, number>, readonly number[] | undefined, number | undefined])[] = [
      [mean(x), stats.river['Mean'], stats.exact_final['mean']],
      [variance(x, sample), stats.river['Var'], stats.exact_final['var_ddof1']],
      [skewness(x, sample), stats.river['Skew'], stats.exact_final['skew_unbiased']],
      [kurtosis(x, sample), stats.river['Kurtosis'], stats.exact_final['kurt_unbiased']],
      [covariance(x, y, sample), stats.Cov, stats.exact_final['cov_ddof1']],
      [correlation(x, y), stats.Pearson, stats.exact_final['pearson']],
    ];
    for (const [aggregate, running, end] of known) {
      const state = aggregate.create();
      for (const [i, point] of points.entries()) {
        aggregate.add(state, aggregate.of(point, point.timeMs));
        const wanted = (i + 1) % stats.every === 0 ? running![(i + 1) / stats.every - 1]! : undefined;
        // Until record 500 the mean is a million times the deviation, and River's own digits are as few as that leaves.
        if (wanted !== undefined)
          expect(Math.abs(aggregate.extract(state) - wanted), `${i}`).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(wanted)));
      }
      expect(Math.abs(aggregate.extract(state) - end!)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(end!)));
    }
  },
);
