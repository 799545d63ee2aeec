import { type Duration, milliseconds } from '../../core/units.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Aggregate } from './aggregate.ts';
import { finite, type NumericInput, type NumericLayout, timed } from './layout.ts';
import { numericAggregate } from './numeric.ts';

export interface FadingOptions {
  /**
   * After how long, by event time, a record counts half as much as a new one; or after how many records. By time the
   * order in which records come changes nothing.
   */
  readonly halfLife: Duration | { readonly records: number };
}

export interface FadingVarianceOptions extends FadingOptions {
  /** Correct the bias that comes from the few records that really count. NaN for one record. False unless told. */
  readonly sample?: boolean;
}

/**
 * The exponentially weighted mean of a window: the newest record has the weight 1, one that is a half-life older 1/2.
 * Weights are divided by their sum, so the first records do not drag (pandas: `ewm(halfLife, adjust=True)`).
 *
 * @example
 * ```ts
 * const load = exponentialMean((ms: number) => ms, { halfLife: { records: 1 } });
 * const state = load.create();
 * for (const ms of [100, 100, 400]) load.add(state, load.of(ms));
 * console.log(load.extract(state).toFixed(3)); // 271.429
 * ```
 */
export function exponentialMean<T = number>(of: (value: T) => number, { halfLife }: FadingOptions): Aggregate<T, number> {
  return fading('exponentialMean', of, halfLife, (cells, at) => (cells[at + 1] === 0 ? Number.NaN : cells[at + 2]!));
}

/** The variance around that mean, with the same weights. By Welford's method, so a large mean costs no digits. */
export function exponentialVariance<T = number>(
  of: (value: T) => number,
  { halfLife, sample = false }: FadingVarianceOptions,
): Aggregate<T, number> {
  return fading('exponentialVariance', of, halfLife, (cells, at) => {
    const weight = cells[at + 1]!;
    if (!sample) return cells[at + 3]! / weight;
    // What counts as one record too few: sum of squared weights over the sum.
    const lacking = cells[at + 4]! / weight;
    return weight > lacking ? cells[at + 3]! / (weight - lacking) : Number.NaN;
  });
}

function fading<T>(
  name: string,
  of: (value: T) => number,
  halfLife: FadingOptions['halfLife'],
  extract: (cells: Float64Array, at: number) => number,
): Aggregate<T, number> {
  const byRecords = typeof halfLife === 'object';
  const span = byRecords ? halfLife.records : milliseconds(halfLife, `${name} halfLife`);
  if (!Number.isFinite(span) || span <= 0) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: `a half-life must be longer than nothing`,
      where: `${name} halfLife`,
      todo: "Write a time like '30s', or { records: 20 }.",
    });
  }
  const number: NumericInput<T> = { of, check: finite };
  const layout = byRecords ? { ...agingByRecords(span), inputs: [number] } : { ...agingByTime(span), inputs: [number, { check: timed }] };
  return numericAggregate<T, number>(name, { ...layout, extract, settings: { [byRecords ? 'halfLifeRecords' : 'halfLifeMs']: span } });
}

// Of both kinds: how far it has come, then sum of weights, mean, weighted squares around the mean, sum of squared weights.
type Aging = Omit<NumericLayout<never, number>, 'inputs' | 'extract'>;

/** Cell 0 is the newest time; weights are as seen from there. */
function agingByTime(halfLifeMs: number): Aging {
  function join(cells: Float64Array, at: number, timeMs: number, weight: number, mean: number, squares: number, weights: number): void {
    const ahead = timeMs - cells[at]!;
    if (ahead > 0) {
      age(cells, at, weightAfter(ahead / halfLifeMs));
      cells[at] = timeMs;
      joinWeighted(cells, at, weight, mean, squares, weights);
    } else {
      const factor = weightAfter(-ahead / halfLifeMs);
      joinWeighted(cells, at, weight * factor, mean, squares * factor, weights * factor * factor);
    }
  }
  return {
    names: ['newest', 'weight', 'mean', 'squares', 'weights'],
    initial: [Number.NEGATIVE_INFINITY, 0, 0, 0, 0],
    add: (cells, at, inputs, from) => join(cells, at, inputs[from + 1]!, 1, inputs[from]!, 0, 1),
    merge(cells, at, later, b) {
      if (later[b + 1]! > 0) join(cells, at, later[b]!, later[b + 1]!, later[b + 2]!, later[b + 3]!, later[b + 4]!);
    },
  };
}

/** Cell 0 is how many records there were. */
function agingByRecords(halfLife: number): Aging {
  const factor = weightAfter(1 / halfLife);
  return {
    names: ['n', 'weight', 'mean', 'squares', 'weights'],
    initial: [0, 0, 0, 0, 0],
    add(cells, at, inputs, from) {
      cells[at]!++;
      age(cells, at, factor);
      joinWeighted(cells, at, 1, inputs[from]!, 0, 1);
    },
    merge(cells, at, later, b) {
      const records = later[b]!;
      if (records === 0) return;
      cells[at]! += records;
      age(cells, at, weightAfter(records / halfLife));
      joinWeighted(cells, at, later[b + 1]!, later[b + 2]!, later[b + 3]!, later[b + 4]!);
    },
  };
}

function weightAfter(halfLives: number): number {
  return halfLives === 0 ? 1 : 2 ** -halfLives;
}

function age(cells: Float64Array, at: number, factor: number): void {
  cells[at + 1]! *= factor;
  cells[at + 3]! *= factor;
  cells[at + 4]! *= factor * factor;
}

/** Chan's merge with weights; a single value is a part with no squares. */
function joinWeighted(cells: Float64Array, at: number, weight: number, mean: number, squares: number, weights: number): void {
  const before = cells[at + 1]!;
  const sum = before + weight;
  if (sum === 0) return;
  const distance = mean - cells[at + 2]!;
  const share = weight / sum;
  cells[at + 1] = sum;
  // Where nothing of the old is left, the mean is the new one to the last bit.
  cells[at + 2] = before === 0 ? mean : cells[at + 2]! + distance * share;
  cells[at + 3]! += before === 0 ? squares : squares + distance * distance * before * share;
  cells[at + 4]! += weights;
}
