/** What a wrong answer costs, as its slope by the raw answer (the weighted sum): how far, and in which direction, weights must move. */
export interface Loss {
  readonly name: string;
  /** `raw` is what the weights add up to; `y` the label: 0 and 1 of two classes, any number of a regression. */
  slope(raw: number, y: number): number;
}

export const logisticLoss: Loss = { name: 'log', slope: (raw, y) => 1 / (1 + Math.exp(-raw)) - y };

/** Twice the difference, as the derivative of its square is. */
export const squaredLoss: Loss = { name: 'squared', slope: (raw, y) => 2 * (raw - y) };

export const hingeLoss: Loss = {
  name: 'hinge',
  slope: (raw, y) => {
    const sign = y > 0 ? 1 : -1;
    return sign * raw < 1 ? -sign : 0;
  },
};

/**
 * Squared near 0, and as steep as `epsilon` beyond it: a few wild labels do not drag the weights along.
 *
 * @example
 * ```ts
 * import { huberLoss, linearRegression } from 'headrace/models';
 *
 * const [calm, dragged] = [linearRegression({ loss: huberLoss(1) }), linearRegression()];
 * for (let i = 0; i < 1000; i++) {
 *   const label = i % 10 === 0 ? 900 : 2 * (i % 7); // one in ten is a slip of the pen
 *   calm.learnOne({ x: i % 7 }, label);
 *   dragged.learnOne({ x: i % 7 }, label);
 * }
 * const isNear = (answer: number): boolean => Math.abs(answer - 6) < 3;
 * console.log(isNear(calm.predictOne({ x: 3 })), isNear(dragged.predictOne({ x: 3 })));
 * // true false
 * ```
 */
export const huberLoss = (epsilon = 0.1): Loss => ({
  name: `huber(${epsilon})`,
  slope: (raw, y) => Math.max(-epsilon, Math.min(epsilon, raw - y)),
});

/** Least where `part` of all labels are below the answer: 0.5 is the median. */
export const quantileLoss = (part = 0.5): Loss => ({
  name: `quantile(${part})`,
  slope: (raw, y) => (y > raw ? -part : y < raw ? 1 - part : 0),
});
