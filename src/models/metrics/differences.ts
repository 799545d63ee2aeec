import type { Metric } from './metric.ts';

/**
 * Mean absolute difference.
 *
 * @example
 * ```ts
 * import { mae } from 'headrace/models';
 *
 * const metric = mae();
 * metric.update(3, 2);
 * metric.update(3, 6);
 * console.log(metric.value);
 * // 2
 * ```
 */
export const mae = (): Metric<number, number> => new Differences('mae', ({ absolute, n }) => absolute / n);

/** Root of the mean squared difference: large ones count more. */
export const rmse = (): Metric<number, number> => new Differences('rmse', ({ squares, n }) => Math.sqrt(squares / n));

/** The part of the labels' variance that the answers explain; 1 is all of it, below 0 the mean alone would have been better. */
export const r2 = (): Metric<number, number> => new Differences('r2', ({ squares, spread }) => (spread > 0 ? 1 - squares / spread : 0));

interface Sums {
  readonly n: number;
  readonly absolute: number;
  readonly squares: number;
  /** Of the labels: their mean, and the squares by which they differ from it. */
  readonly mean: number;
  readonly spread: number;
}

class Differences implements Metric<number, number> {
  readonly name: string;
  readonly #of: (sums: Sums) => number;
  readonly #sums = { n: 0, absolute: 0, squares: 0, mean: 0, spread: 0 };

  constructor(name: string, of: (sums: Sums) => number) {
    this.name = name;
    this.#of = of;
  }

  get value(): number {
    return this.#sums.n === 0 ? Number.NaN : this.#of(this.#sums);
  }

  update(label: number, prediction: number): void {
    const sums = this.#sums;
    const difference = prediction - label;
    sums.n++;
    sums.absolute += Math.abs(difference);
    sums.squares += difference * difference;
    const before = sums.mean;
    sums.mean += (label - before) / sums.n;
    sums.spread += (label - before) * (label - sums.mean);
  }

  clone(): Differences {
    return new Differences(this.name, this.#of);
  }

  snapshot(): unknown {
    return { ...this.#sums };
  }

  restore(state: unknown): void {
    Object.assign(this.#sums, state as Sums);
  }
}
