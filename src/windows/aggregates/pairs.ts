import type { Aggregate } from './aggregate.ts';
import { finite, type NumericLayout } from './layout.ts';
import type { SampleOptions } from './moments.ts';
import { numericAggregate } from './numeric.ts';

/**
 * How two numbers of a record move together: the mean product of their distances from their means, of the population
 * or of a sample.
 *
 * @example
 * ```ts
 * const together = covariance(([rain]: [number, number]) => rain, ([, umbrellas]) => umbrellas);
 * const state = together.create();
 * for (const day of [[1, 2], [2, 4], [3, 9]] as [number, number][]) together.add(state, together.of(day));
 * console.log(together.extract(state).toFixed(6)); // 2.333333
 * ```
 */
export function covariance<T>(
  x: (value: T) => number,
  y: (value: T) => number,
  { sample = false }: SampleOptions = {},
): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['n', 'meanX', 'meanY', 'products'],
    initial: [0, 0, 0, 0],
    inputs: [
      { of: x, check: finite },
      { of: y, check: finite },
    ],
    add: addProducts,
    merge: mergeProducts,
    extract(cells, at) {
      const n = cells[at]!;
      return sample ? (n < 2 ? Number.NaN : cells[at + 3]! / (n - 1)) : cells[at + 3]! / n;
    },
  };
  return numericAggregate('covariance', layout);
}

/** Pearson's correlation, from -1 to 1. NaN where one of the two is always the same. */
export function correlation<T>(x: (value: T) => number, y: (value: T) => number): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['n', 'meanX', 'meanY', 'products', 'squaresX', 'squaresY'],
    initial: [0, 0, 0, 0, 0, 0],
    inputs: [
      { of: x, check: finite },
      { of: y, check: finite },
    ],
    add(cells, at, inputs, from) {
      const n = cells[at]! + 1;
      const distanceX = inputs[from]! - cells[at + 1]!;
      const distanceY = inputs[from + 1]! - cells[at + 2]!;
      const stepY = distanceY / n;
      cells[at] = n;
      cells[at + 1]! += distanceX / n;
      cells[at + 2]! += stepY;
      cells[at + 3]! += distanceX * (inputs[from + 1]! - cells[at + 2]!);
      cells[at + 4]! += distanceX * (inputs[from]! - cells[at + 1]!);
      cells[at + 5]! += distanceY * (inputs[from + 1]! - cells[at + 2]!);
    },
    merge(cells, at, later, laterAt) {
      const [a, b] = [cells[at]!, later[laterAt]!];
      if (b > 0) {
        const both = a === 0 ? 0 : (a / (a + b)) * b;
        const [distanceX, distanceY] = [later[laterAt + 1]! - cells[at + 1]!, later[laterAt + 2]! - cells[at + 2]!];
        cells[at + 4]! += later[laterAt + 4]! + distanceX * distanceX * both;
        cells[at + 5]! += later[laterAt + 5]! + distanceY * distanceY * both;
      }
      mergeProducts(cells, at, later, laterAt);
    },
    extract(cells, at) {
      const [squaresX, squaresY] = [cells[at + 4]!, cells[at + 5]!];
      if (squaresX === 0 || squaresY === 0) return Number.NaN;
      // Rounding may lead a little beyond.
      return Math.max(-1, Math.min(1, cells[at + 3]! / (Math.sqrt(squaresX) * Math.sqrt(squaresY))));
    },
  };
  return numericAggregate('correlation', layout);
}

function addProducts(cells: Float64Array, at: number, inputs: Float64Array, from: number): void {
  const n = cells[at]! + 1;
  const distanceX = inputs[from]! - cells[at + 1]!;
  const y = inputs[from + 1]!;
  const meanY = cells[at + 2]! + (y - cells[at + 2]!) / n;
  cells[at] = n;
  cells[at + 1]! += distanceX / n;
  cells[at + 2] = meanY;
  cells[at + 3]! += distanceX * (y - meanY);
}

function mergeProducts(cells: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  const [a, b] = [cells[at]!, later[laterAt]!];
  if (b === 0) return;
  if (a === 0) {
    for (let i = 0; i < 4; i++) cells[at + i] = later[laterAt + i]!;
    return;
  }
  const n = a + b;
  const distanceX = later[laterAt + 1]! - cells[at + 1]!;
  const distanceY = later[laterAt + 2]! - cells[at + 2]!;
  cells[at + 3]! += later[laterAt + 3]! + ((distanceX * distanceY * a) / n) * b;
  cells[at + 1]! += (distanceX * b) / n;
  cells[at + 2]! += (distanceY * b) / n;
  cells[at] = n;
}
