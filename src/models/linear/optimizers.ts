import { ByFeature, type Row } from '../row.ts';
import { checkOver, checkPart } from '../settings.ts';

/** How weights move against a slope. Only a description: each model makes steps of its own of it. */
export interface Optimizer {
  readonly name: string;
  steps(): Steps;
}

export interface Steps {
  /** Moves the weights of a row's features; the gradient of each is `slope` times its value, and `l2` times its weight. */
  step(weights: Float64Array, row: Row, slope: number, l2: number): void;
  snapshot(features: number): unknown;
  restore(state: unknown): void;
}

/** How fast to learn, by how many records have been learned from. */
export type Schedule = (records: number) => number;

/** A rate that stays is a schedule too. */
export const scheduleOf = (rate: number | Schedule): Schedule => (typeof rate === 'number' ? () => rate : rate);

/** Slower and slower: `rate / (records + 1) ** power`. */
export const inverseScaling =
  (rate: number, power = 0.5): Schedule =>
  (records) =>
    rate / (records + 1) ** power;

/**
 * Stochastic gradient descent: each weight moves by a part of its gradient.
 *
 * @example
 * ```ts
 * import { inverseScaling, logisticRegression, sgd } from 'headrace/models';
 *
 * const model = logisticRegression({ optimizer: sgd(inverseScaling(0.5)) });
 * for (let i = 0; i < 200; i++) model.learnOne({ x: (i % 10) - 4.5 }, i % 10 > 4);
 * console.log(model.predictOne({ x: 2 }).probability.toFixed(2));
 * // 0.98
 * ```
 */
export function sgd(rate: number | Schedule = 0.01): Optimizer {
  if (typeof rate === 'number') checkOver('sgd', { rate });
  const schedule = scheduleOf(rate);
  return { name: `sgd(${typeof rate === 'number' ? rate : 'schedule'})`, steps: () => new SgdSteps(schedule) };
}

class SgdSteps implements Steps {
  readonly #schedule: Schedule;
  #records = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  step(weights: Float64Array, { ids, values, length }: Row, slope: number, l2: number): void {
    const rate = this.#schedule(this.#records++);
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      weights[id] = weights[id]! - rate * (slope * values[i]! + l2 * weights[id]!);
    }
  }

  snapshot(): unknown {
    return this.#records;
  }

  restore(state: unknown): void {
    this.#records = state as number;
  }
}

/**
 * AdaGrad (Duchi and others, 2011): a weight that has moved much moves less.
 *
 * @example
 * ```ts
 * import { adaGrad, logisticRegression } from 'headrace/models';
 *
 * const model = logisticRegression({ optimizer: adaGrad(0.3) });
 * for (let i = 0; i < 200; i++) model.learnOne({ x: (i % 10) - 4.5 }, i % 10 > 4);
 * console.log(model.predictOne({ x: 2 }).probability.toFixed(2));
 * // 0.99
 * ```
 */
export function adaGrad(rate = 0.1, { epsilon = 1e-8 }: { readonly epsilon?: number } = {}): Optimizer {
  checkOver('adaGrad', { rate, epsilon });
  return { name: `adaGrad(${rate})`, steps: () => new AdaGradSteps(rate, epsilon) };
}

class AdaGradSteps implements Steps {
  readonly #rate: number;
  readonly #epsilon: number;
  readonly #squares = new ByFeature();

  constructor(rate: number, epsilon: number) {
    this.#rate = rate;
    this.#epsilon = epsilon;
  }

  step(weights: Float64Array, row: Row, slope: number, l2: number): void {
    const squares = this.#squares.for(row);
    const { ids, values, length } = row;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const gradient = slope * values[i]! + l2 * weights[id]!;
      const square = squares[id]! + gradient * gradient;
      squares[id] = square;
      weights[id] = weights[id]! - (this.#rate / Math.sqrt(square + this.#epsilon)) * gradient;
    }
  }

  snapshot(features: number): unknown {
    return this.#squares.kept(features);
  }

  restore(state: unknown): void {
    this.#squares.restore(state as Float64Array);
  }
}

/**
 * Adam (Kingma and Ba, 2015): steps by running means of gradients and of their squares.
 *
 * @example
 * ```ts
 * import { adam, logisticRegression } from 'headrace/models';
 *
 * const model = logisticRegression({ optimizer: adam(0.05) });
 * for (let i = 0; i < 200; i++) model.learnOne({ x: (i % 10) - 4.5 }, i % 10 > 4);
 * console.log(model.predictOne({ x: 2 }).probability.toFixed(2));
 * // 0.99
 * ```
 */
export function adam(
  rate = 0.1,
  { first = 0.9, second = 0.999, epsilon = 1e-8 }: { readonly first?: number; readonly second?: number; readonly epsilon?: number } = {},
): Optimizer {
  checkOver('adam', { rate, epsilon });
  checkPart('adam', { first, second });
  return { name: `adam(${rate})`, steps: () => new AdamSteps(rate, first, second, epsilon) };
}

class AdamSteps implements Steps {
  readonly #rate: number;
  readonly #first: number;
  readonly #second: number;
  readonly #epsilon: number;
  readonly #means = new ByFeature();
  readonly #squares = new ByFeature();
  #records = 0;

  constructor(rate: number, first: number, second: number, epsilon: number) {
    this.#rate = rate;
    this.#first = first;
    this.#second = second;
    this.#epsilon = epsilon;
  }

  step(weights: Float64Array, row: Row, slope: number, l2: number): void {
    const means = this.#means.for(row);
    const squares = this.#squares.for(row);
    this.#records++;
    // Both means begin at 0, so young ones are too small by this much.
    const rate = (this.#rate * Math.sqrt(1 - this.#second ** this.#records)) / (1 - this.#first ** this.#records);
    const { ids, values, length } = row;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const gradient = slope * values[i]! + l2 * weights[id]!;
      means[id] = this.#first * means[id]! + (1 - this.#first) * gradient;
      squares[id] = this.#second * squares[id]! + (1 - this.#second) * gradient * gradient;
      weights[id] = weights[id]! - (rate * means[id]!) / (Math.sqrt(squares[id]!) + this.#epsilon);
    }
  }

  snapshot(features: number): unknown {
    return { means: this.#means.kept(features), squares: this.#squares.kept(features), records: this.#records };
  }

  restore(state: unknown): void {
    const { means, squares, records } = state as { means: Float64Array; squares: Float64Array; records: number };
    this.#means.restore(means);
    this.#squares.restore(squares);
    this.#records = records;
  }
}
