import type { Aggregate } from './aggregate.ts';
import { finite, itself, type NumericLayout } from './layout.ts';
import { numericAggregate } from './numeric.ts';

export interface SampleOptions {
  /** Estimate from a sample: for a variance divide by n - 1 instead of n. NaN where there are too few records. False unless told. */
  readonly sample?: boolean;
}

/**
 * The variance of the population (divided by n), or of a sample. By Welford's method, which keeps its digits when the
 * mean is large; merged after Chan, Golub and LeVeque. Equal values have a variance of exactly 0.
 *
 * @example
 * ```ts
 * const spread = variance();
 * const state = spread.create();
 * for (const x of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) spread.add(state, spread.of(x));
 * console.log(spread.extract(state)); // 22.5
 * ```
 */
export function variance<T = number>(
  of: (value: T) => number = itself as (value: T) => number,
  { sample = false }: SampleOptions = {},
): Aggregate<T, number> {
  return numericAggregate('variance', twoMoments(of, sample ? sampleVariance : populationVariance));
}

/** The root of the variance, of the population or of a sample. */
export function stddev<T = number>(
  of: (value: T) => number = itself as (value: T) => number,
  { sample = false }: SampleOptions = {},
): Aggregate<T, number> {
  const varianceOf = sample ? sampleVariance : populationVariance;
  return numericAggregate(
    'stddev',
    twoMoments(of, (cells, at) => Math.sqrt(varianceOf(cells, at))),
  );
}

/**
 * How far values reach to one side: 0 where both sides are alike, positive with a tail of large values. `sample` corrects
 * the bias of few records (as pandas does; scipy with `bias=False`) and wants three. NaN where all values are equal.
 */
export function skewness<T = number>(
  of: (value: T) => number = itself as (value: T) => number,
  { sample = false }: SampleOptions = {},
): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['n', 'mean', 'squares', 'cubes'],
    initial: [0, 0, 0, 0],
    inputs: [{ of, check: finite }],
    add(cells, at, inputs, from) {
      const n = ++cells[at]!;
      const distance = inputs[from]! - cells[at + 1]!;
      const step = distance / n;
      const gain = distance * step * (n - 1);
      cells[at + 3]! += gain * step * (n - 2) - 3 * step * cells[at + 2]!;
      cells[at + 2]! += gain;
      cells[at + 1]! += step;
    },
    merge: mergeThree,
    extract(cells, at) {
      const n = cells[at]!;
      const squares = cells[at + 2]!;
      if (squares === 0) return Number.NaN;
      const skew = cells[at + 3]! / n / (squares / n) ** 1.5;
      if (!sample) return skew;
      return n < 3 ? Number.NaN : (skew * Math.sqrt(n * (n - 1))) / (n - 2);
    },
  };
  return numericAggregate('skewness', layout);
}

/**
 * How much of the variance comes from few values far away: 0 for a normal distribution (the excess over 3), more with
 * heavier tails. `sample` corrects the bias of few records and wants four. NaN where all values are equal.
 */
export function kurtosis<T = number>(
  of: (value: T) => number = itself as (value: T) => number,
  { sample = false }: SampleOptions = {},
): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['n', 'mean', 'squares', 'cubes', 'fourths'],
    initial: [0, 0, 0, 0, 0],
    inputs: [{ of, check: finite }],
    // Terriberry's form of Welford's method, for one more value.
    add(cells, at, inputs, from) {
      const n = ++cells[at]!;
      const distance = inputs[from]! - cells[at + 1]!;
      const step = distance / n;
      const gain = distance * step * (n - 1);
      const squares = cells[at + 2]!;
      const cubes = cells[at + 3]!;
      cells[at + 4]! += gain * step * step * (n * n - 3 * n + 3) + 6 * step * step * squares - 4 * step * cubes;
      cells[at + 3] = cubes + gain * step * (n - 2) - 3 * step * squares;
      cells[at + 2] = squares + gain;
      cells[at + 1]! += step;
    },
    merge(cells, at, later, laterAt) {
      const [a, b] = [cells[at]!, later[laterAt]!];
      if (a > 0 && b > 0) {
        const n = a + b;
        const step = (later[laterAt + 1]! - cells[at + 1]!) / n;
        const [squares, laterSquares] = [cells[at + 2]!, later[laterAt + 2]!];
        // Pébay (2008), for the fourth moment; the lower ones are still those of before.
        cells[at + 4]! +=
          later[laterAt + 4]! +
          a * b * n * (a * a - a * b + b * b) * step ** 4 +
          6 * (a * a * laterSquares + b * b * squares) * step * step +
          4 * (a * later[laterAt + 3]! - b * cells[at + 3]!) * step;
      } else if (b > 0) cells[at + 4] = later[laterAt + 4]!;
      mergeThree(cells, at, later, laterAt);
    },
    extract(cells, at) {
      const n = cells[at]!;
      const squares = cells[at + 2]!;
      if (squares === 0) return Number.NaN;
      const excess = cells[at + 4]! / n / (squares / n) ** 2 - 3;
      if (!sample) return excess;
      return n < 4 ? Number.NaN : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * excess + 6);
    },
  };
  return numericAggregate('kurtosis', layout);
}

function twoMoments<T>(of: (value: T) => number, extract: (cells: Float64Array, at: number) => number): NumericLayout<T, number> {
  return { names: ['n', 'mean', 'squares'], initial: [0, 0, 0], inputs: [{ of, check: finite }], add: addTwo, merge: mergeTwo, extract };
}

function populationVariance(cells: Float64Array, at: number): number {
  return cells[at + 2]! / cells[at]!;
}

function sampleVariance(cells: Float64Array, at: number): number {
  return cells[at]! < 2 ? Number.NaN : cells[at + 2]! / (cells[at]! - 1);
}

function addTwo(cells: Float64Array, at: number, inputs: Float64Array, from: number): void {
  const x = inputs[from]!;
  const n = cells[at]! + 1;
  const distance = x - cells[at + 1]!;
  const mean = cells[at + 1]! + distance / n;
  cells[at] = n;
  cells[at + 1] = mean;
  cells[at + 2]! += distance * (x - mean);
}

// The squares of both, and those between their means.
function mergeTwo(cells: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  const [a, b] = [cells[at]!, later[laterAt]!];
  if (b === 0) return;
  if (a === 0) {
    for (let i = 0; i < 3; i++) cells[at + i] = later[laterAt + i]!;
    return;
  }
  const n = a + b;
  const distance = later[laterAt + 1]! - cells[at + 1]!;
  cells[at + 2]! += later[laterAt + 2]! + ((distance * distance * a) / n) * b;
  cells[at + 1]! += (distance * b) / n;
  cells[at] = n;
}

function mergeThree(cells: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  const [a, b] = [cells[at]!, later[laterAt]!];
  if (b === 0) return;
  if (a === 0) cells[at + 3] = later[laterAt + 3]!;
  else {
    const n = a + b;
    const step = (later[laterAt + 1]! - cells[at + 1]!) / n;
    cells[at + 3]! += later[laterAt + 3]! + a * b * (a - b) * n * step ** 3 + 3 * (a * later[laterAt + 2]! - b * cells[at + 2]!) * step;
  }
  mergeTwo(cells, at, later, laterAt);
}
