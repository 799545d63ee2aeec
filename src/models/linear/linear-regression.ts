import { rowModel } from '../row-model.ts';
import { checkFrom } from '../settings.ts';
import type { Features, Model } from '../types.ts';
import { LinearLearner } from './linear-learner.ts';
import { CLIP, INTERCEPT_RATE, type LinearOptions } from './logistic-regression.ts';
import { type Loss, squaredLoss } from './losses.ts';
import { scheduleOf, sgd } from './optimizers.ts';

export interface RegressionOptions extends LinearOptions {
  /** What a wrong answer costs; `squaredLoss` by default. */
  readonly loss?: Loss;
}

/**
 * Linear regression, learned step by step: the answer is a weighted sum of the features. Scale them first.
 *
 * @example
 * ```ts
 * import { evaluate, linearRegression, mae, sgd } from 'headrace/models';
 *
 * const points = Array.from({ length: 500 }, (_, i) => ({ a: Math.sin(i), b: Math.cos(3 * i) }));
 * const examples = points.map((x) => [x, 3 * x.a - x.b + 2] as const);
 * console.log(await evaluate(linearRegression({ optimizer: sgd(0.05), intercept: 0.05 }), examples, mae()));
 * // mae 0.0816 after 500 records
 * ```
 */
export function linearRegression({
  optimizer = sgd(),
  loss = squaredLoss,
  l2 = 0,
  intercept = INTERCEPT_RATE,
  features,
}: RegressionOptions = {}): Model<Features, number, number> {
  checkFrom('linearRegression', { l2 });
  const learner = new LinearLearner<number, number>({
    name: 'linearRegression',
    optimizer,
    loss,
    l2,
    intercept: scheduleOf(intercept),
    clip: CLIP,
    target: (y) => y,
    answer: (raw) => raw,
  });
  return rowModel(learner, features);
}
