import type { Enriched } from './enrich.ts';

/** A purchase with the probability that it will be sent back. */
export interface Scored {
  readonly segment: string;
  readonly amount: number;
  readonly score: number;
}

const DAY_MS = 86_400_000;

/** Weights of a logistic regression, as a training somewhere else might have left them. */
export const WEIGHTS: Float64Array = Float64Array.of(-1.9, 0.62, -0.31, 0.45, -0.12, 1.8, -0.7, 0.25, 0.15, 0.38, 0.21, -0.17, 0.3);
const WIDTH = WEIGHTS.length;

/** Scores the purchases of a batch together: their features side by side in one array, then one product a row. */
export function score(batch: readonly Enriched[]): readonly Scored[] {
  const features = featuresOf(batch);
  return batch.map(({ purchase, store }, row) => {
    let dot = 0;
    for (let i = 0; i < WIDTH; i++) dot += WEIGHTS[i]! * features[row * WIDTH + i]!;
    return { segment: store.segment, amount: purchase.amount, score: 1 / (1 + Math.exp(-dot)) };
  });
}

function featuresOf(batch: readonly Enriched[]): Float64Array {
  const features = new Float64Array(batch.length * WIDTH);
  let at = 0;
  for (const { purchase, store, amountZ, secondsZ } of batch) {
    const day = (purchase.at % DAY_MS) / DAY_MS;
    const weekday = Math.floor(purchase.at / DAY_MS) % 7; // 1 January 1970 was a Thursday.
    features[at++] = 1;
    features[at++] = amountZ;
    features[at++] = secondsZ;
    features[at++] = Math.log1p(purchase.quantity);
    features[at++] = purchase.pages / 10;
    features[at++] = purchase.discount;
    features[at++] = purchase.returning ? 1 : 0;
    features[at++] = purchase.device === 'phone' ? 1 : 0;
    features[at++] = purchase.device === 'tablet' ? 1 : 0;
    features[at++] = Math.min(4, purchase.amount / store.usual);
    features[at++] = Math.sin(2 * Math.PI * day);
    features[at++] = Math.cos(2 * Math.PI * day);
    features[at++] = weekday === 2 || weekday === 3 ? 1 : 0;
  }
  return features;
}
