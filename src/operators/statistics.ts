import type { Operator } from '../core/operator.ts';
import { wholeNumber } from '../core/units.ts';
import { finite } from '../windows/aggregates/layout.ts';
import type { StepOptions } from './map.ts';

/** What has been seen so far, of one key or of the whole stream. */
export interface Statistics {
  readonly count: number;
  readonly mean: number;
  /** Of the population (divided by the count); 0 for one value. */
  readonly variance: number;
  readonly stddev: number;
  readonly min: number;
  readonly max: number;
  /** max - min. */
  readonly range: number;
}

export interface StatisticsOptions extends Omit<StepOptions, 'name'> {
  /** Emit after every so many values; after each by default. */
  readonly every?: number;
}

/**
 * Running count, mean, variance and range by Welford's method: one pass, nothing kept but five numbers, and no loss of
 * digits when the mean is large against the deviation. Per key after `keyBy`. A value that is not a finite number is
 * refused, since one NaN would spoil everything after it.
 */
export function statistics<T>(name: string, of: (value: T) => number, options: StatisticsOptions = {}): Operator<T, Statistics, Moments> {
  const { every: spacing = 1, ...step } = options;
  const every = wholeNumber(spacing, `statistics '${name}' every`);
  return {
    kind: 'statistics',
    name,
    ...step,
    remembers: 'key',
    options: { of, every },
    single: true,
    step(value, cell, emit) {
      const x = finite(of(value), 'statistics');
      let moments = cell.get();
      if (moments === undefined) cell.set((moments = { count: 0, mean: 0, squares: 0, min: x, max: x }));
      const count = ++moments.count;
      const distance = x - moments.mean;
      moments.mean += distance / count;
      moments.squares += distance * (x - moments.mean);
      if (x < moments.min) moments.min = x;
      if (x > moments.max) moments.max = x;
      if (count % every !== 0) return;
      const { mean, min, max } = moments;
      const variance = moments.squares / count;
      emit({ count, mean, variance, stddev: Math.sqrt(variance), min, max, range: max - min });
    },
  };
}

interface Moments {
  count: number;
  mean: number;
  /** Sum of squared distances from the mean. */
  squares: number;
  min: number;
  max: number;
}
