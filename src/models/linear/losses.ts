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

/** Squared near 0, and as steep as `epsilon` beyond it: a few wild labels do not drag the weights along. */
export const huberLoss = (epsilon = 0.1): Loss => ({
  name: `huber(${epsilon})`,
  slope: (raw, y) => Math.max(-epsilon, Math.min(epsilon, raw - y)),
});

/** Least where `part` of all labels are below the answer: 0.5 is the median. */
export const quantileLoss = (part = 0.5): Loss => ({
  name: `quantile(${part})`,
  slope: (raw, y) => (y > raw ? -part : y < raw ? 1 - part : 0),
});
