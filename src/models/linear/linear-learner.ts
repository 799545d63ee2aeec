import type { RowLearner } from '../parts.ts';
import { ByFeature, dot, type Row } from '../row.ts';
import type { Loss } from './losses.ts';
import type { Optimizer, Schedule, Steps } from './optimizers.ts';

export interface LinearSettings<Y, P> {
  readonly name: string;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly l2: number;
  readonly intercept: Schedule;
  /** The longest step, as a slope: what is steeper is cut to it. */
  readonly clip: number;
  /** The label as a number. */
  readonly target: (y: Y) => number;
  readonly answer: (raw: number) => P;
}

/** One weight a feature and an intercept, moved a little after every label. */
export class LinearLearner<Y, P> implements RowLearner<Y, P> {
  readonly name: string;
  readonly #settings: LinearSettings<Y, P>;
  readonly #weights = new ByFeature();
  readonly #steps: Steps;
  #intercept = 0;
  #records = 0;

  constructor(settings: LinearSettings<Y, P>) {
    this.name = settings.name;
    this.#settings = settings;
    this.#steps = settings.optimizer.steps();
  }

  predictRow(row: Row): P {
    return this.#settings.answer(this.#raw(row));
  }

  learnRow(row: Row, y: Y): void {
    const { loss, target, clip, l2, intercept } = this.#settings;
    const slope = Math.max(-clip, Math.min(clip, loss.slope(this.#raw(row), target(y))));
    this.#steps.step(this.#weights.numbers, row, slope, l2);
    this.#intercept -= intercept(this.#records++) * slope;
  }

  #raw(row: Row): number {
    return dot(this.#weights, row) + this.#intercept;
  }

  clone(): LinearLearner<Y, P> {
    return new LinearLearner(this.#settings);
  }

  snapshot(features: number): unknown {
    return {
      weights: this.#weights.kept(features),
      intercept: this.#intercept,
      records: this.#records,
      steps: this.#steps.snapshot(features),
    };
  }

  restore(state: unknown): void {
    const { weights, intercept, records, steps } = state as { weights: Float64Array; intercept: number; records: number; steps: unknown };
    this.#weights.restore(weights);
    this.#intercept = intercept;
    this.#records = records;
    this.#steps.restore(steps);
  }
}
