import type { RowLearner } from '../parts.ts';
import { ByFeature, dot, type Row } from '../row.ts';
import { rowModel } from '../row-model.ts';
import { checkOver, checkPart } from '../settings.ts';
import type { Features, Model, Probability } from '../types.ts';

export interface AlmaOptions {
  /** Which part of the margin is given up for fewer steps; 0.9 by default. */
  readonly alpha?: number;
  /** How wide the margin begins, and how long steps begin; 1 / 0.9 and the square root of 2 by default. */
  readonly margin?: number;
  readonly step?: number;
}

/**
 * The approximate large margin algorithm (Gentile, 2001), with the Euclidean norm: moves its weights only where a record is on the wrong
 * side of a margin that narrows, and keeps them within the unit ball.
 *
 * @example
 * ```ts
 * import { accuracy, alma, evaluate } from 'headrace/models';
 *
 * const points = Array.from({ length: 500 }, (_, i) => ({ a: Math.sin(i), b: Math.cos(3 * i) }));
 * const examples = points.map((x) => [x, x.a + x.b > 0] as const);
 * console.log(await evaluate(alma(), examples, accuracy()));
 * // accuracy 0.9100 after 500 records
 * ```
 */
export function alma({ alpha = 0.9, margin = 1 / 0.9, step = Math.SQRT2 }: AlmaOptions = {}): Model<Features, boolean, Probability> {
  checkPart('alma', { alpha });
  checkOver('alma', { margin, step });
  return rowModel(new Alma({ alpha, margin, step }));
}

class Alma implements RowLearner<boolean, Probability> {
  readonly name = 'alma';
  readonly #settings: Required<AlmaOptions>;
  readonly #weights = new ByFeature();
  #steps = 1;

  constructor(settings: Required<AlmaOptions>) {
    this.#settings = settings;
  }

  predictRow(row: Row): Probability {
    const probability = 1 / (1 + Math.exp(-dot(this.#weights, row)));
    return { probability, label: probability > 0.5 };
  }

  learnRow(row: Row, y: boolean): void {
    const { alpha, margin, step } = this.#settings;
    const sign = y ? 1 : -1;
    if (sign * dot(this.#weights, row) >= (1 - alpha) * (margin / Math.sqrt(this.#steps))) return;
    const weights = this.#weights.numbers;
    const rate = step / Math.sqrt(this.#steps);
    const { ids, values, length } = row;
    for (let i = 0; i < length; i++) weights[ids[i]!] = weights[ids[i]!]! + rate * sign * values[i]!;
    let squares = 0;
    for (const weight of weights) squares += weight * weight;
    const norm = Math.max(1, Math.sqrt(squares));
    for (let i = 0; i < length; i++) weights[ids[i]!] = weights[ids[i]!]! / norm;
    this.#steps++;
  }

  clone(): Alma {
    return new Alma(this.#settings);
  }

  snapshot(features: number): unknown {
    return { weights: this.#weights.kept(features), steps: this.#steps };
  }

  restore(state: unknown): void {
    const { weights, steps } = state as { weights: Float64Array; steps: number };
    this.#weights.restore(weights);
    this.#steps = steps;
  }
}
