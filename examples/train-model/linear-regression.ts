import type { Reading } from './readings.ts';

/**
 * Least squares that can be fed for ever: it keeps the sums of the normal equations and none of the readings. The sums
 * are taken around the first reading, so that features far from zero lose no digits.
 */
export class LinearRegression {
  readonly #width: number;
  readonly #sums: Float64Array[];
  #origin: Reading | undefined;
  #count = 0;

  constructor(features: number) {
    this.#width = features + 1;
    this.#sums = Array.from({ length: this.#width }, () => new Float64Array(this.#width + 1));
  }

  get count(): number {
    return this.#count;
  }

  learn(batch: readonly Reading[]): void {
    for (const reading of batch) {
      const origin = (this.#origin ??= reading);
      const row = [1, ...reading.x.map((value, i) => value - origin.x[i]!), reading.y - origin.y];
      for (let i = 0; i < this.#width; i++) for (let j = 0; j < row.length; j++) this.#sums[i]![j]! += row[i]! * row[j]!;
      this.#count += 1;
    }
  }

  /** The intercept, then a weight for each feature. */
  weights(): readonly number[] {
    const origin = this.#origin;
    if (origin === undefined) throw new Error('nothing was learned yet');
    const [intercept, ...slopes] = solve(this.#sums.map((row) => [...row]));
    return [slopes.reduce((left, slope, i) => left - slope * origin.x[i]!, intercept! + origin.y), ...slopes];
  }

  predict(x: readonly number[]): number {
    const [intercept, ...slopes] = this.weights();
    return slopes.reduce((sum, slope, i) => sum + slope * x[i]!, intercept!);
  }
}

/** Solves equations, one a row with its right side last, by elimination with the largest pivot. */
function solve(rows: number[][]): number[] {
  for (let k = 0; k < rows.length; k++) {
    const pivot = rows.reduce((best, row, i) => (i > k && Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    if (rows[k]![k] === 0) throw new Error('the readings do not tell the features apart: more of them are needed');
    for (let i = 0; i < rows.length; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      if (i !== k) for (let j = k; j <= rows.length; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}
