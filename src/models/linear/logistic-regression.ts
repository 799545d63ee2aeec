import { rowModel } from '../row-model.ts';
import { checkFrom } from '../settings.ts';
import type { Features, Model, Probability } from '../types.ts';
import { LinearLearner } from './linear-learner.ts';
import { logisticLoss } from './losses.ts';
import { type Optimizer, type Schedule, scheduleOf, sgd } from './optimizers.ts';

export interface LinearOptions {
  /** How weights move; `sgd(0.01)` by default. */
  readonly optimizer?: Optimizer;
  /** How strongly weights are drawn to 0; not at all by default. */
  readonly l2?: number;
  /** How fast the intercept learns, whatever the optimizer: 0.01 by default, 0 for none. */
  readonly intercept?: number | Schedule;
  /** How many features it may learn of; 2 ** 20 by default. */
  readonly features?: number;
}

/** The intercept learns at a rate of its own, so that our scores equal River's digit for digit. */
export const INTERCEPT_RATE = 0.01;

/** No step is longer, as in River: weights stay finite where a loss is not. */
export const CLIP = 1e12;

/**
 * Logistic regression: one weight a feature, moved a little after every label; the answer is how likely `true` is. Scale the features
 * first: one in thousands drowns the others.
 *
 * @example
 * ```ts
 * import { accuracy, evaluate, logisticRegression, sgd } from 'headrace/models';
 *
 * const points = Array.from({ length: 500 }, (_, i) => ({ a: Math.sin(i), b: Math.cos(3 * i) }));
 * const examples = points.map((x) => [x, x.a + x.b > 0] as const);
 * console.log(await evaluate(logisticRegression({ optimizer: sgd(0.1) }), examples, accuracy()));
 * // accuracy 0.9440 after 500 records
 * ```
 */
export function logisticRegression({
  optimizer = sgd(),
  l2 = 0,
  intercept = INTERCEPT_RATE,
  features,
}: LinearOptions = {}): Model<Features, boolean, Probability> {
  checkFrom('logisticRegression', { l2 });
  const learner = new LinearLearner<boolean, Probability>({
    name: 'logisticRegression',
    optimizer,
    loss: logisticLoss,
    l2,
    intercept: scheduleOf(intercept),
    clip: CLIP,
    target: (y) => (y ? 1 : 0),
    answer: (raw) => {
      const probability = 1 / (1 + Math.exp(-raw));
      return { probability, label: probability > 0.5 };
    },
  });
  return rowModel(learner, features);
}
