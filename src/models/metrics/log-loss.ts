import type { Probability } from '../types.ts';
import type { Metric } from './metric.ts';

/**
 * The mean of the negative logarithms of how likely the truth was called; 0 is perfect, 0.693 a coin.
 *
 * @example
 * ```ts
 * import { logLoss } from 'headrace/models';
 *
 * const metric = logLoss();
 * metric.update(true, { probability: 0.5, label: false });
 * console.log(metric.value.toFixed(3));
 * // 0.693
 * ```
 */
export function logLoss(): Metric<boolean, Probability> {
  return new MeanOf('logLoss', (label, { probability }) => -Math.log(Math.max(TINY, label ? probability : 1 - probability)));
}

/** The mean squared distance of the probability from what came (Brier, 1950); 0 is perfect, 0.25 a coin. */
export function brier(): Metric<boolean, Probability> {
  return new MeanOf('brier', (label, { probability }) => (probability - (label ? 1 : 0)) ** 2);
}

/** No answer is punished without end. */
const TINY = 1e-15;

class MeanOf implements Metric<boolean, Probability> {
  readonly name: string;
  readonly #of: (label: boolean, prediction: Probability) => number;
  #n = 0;
  #sum = 0;

  constructor(name: string, of: (label: boolean, prediction: Probability) => number) {
    this.name = name;
    this.#of = of;
  }

  get value(): number {
    return this.#sum / this.#n;
  }

  update(label: boolean, prediction: Probability): void {
    this.#n++;
    this.#sum += this.#of(label, prediction);
  }

  clone(): MeanOf {
    return new MeanOf(this.name, this.#of);
  }

  snapshot(): unknown {
    return { n: this.#n, sum: this.#sum };
  }

  restore(state: unknown): void {
    const { n, sum } = state as { n: number; sum: number };
    this.#n = n;
    this.#sum = sum;
  }
}
