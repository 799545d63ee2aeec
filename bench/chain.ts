import type { Outcome } from './kit/question.ts';
import { pool, POOL_MASK, type Row } from './rows.ts';

export interface Scaled {
  readonly id: number;
  readonly key: number;
  readonly value: number;
}
export interface Squared extends Scaled {
  readonly square: number;
}
export interface Scored {
  readonly key: number;
  readonly score: number;
}

export const BATCH = 256;
// Seven in eight rows pass, in no order.
const LEAST = 19.75;
export const scaled = (row: Row): Scaled => ({ id: row.id, key: row.key, value: row.value * 1.5 + 1 });
export const isKept = (row: Scaled): boolean => row.value > LEAST;
export const squared = (row: Scaled): Squared => ({ id: row.id, key: row.key, value: row.value, square: row.value * row.value });
export const scored = (row: Squared): Scored => ({ key: row.key, score: row.square - row.value });

/** The last step, the same for everybody: it looks at every record of a batch. */
export class Total {
  records = 0;
  score = 0;

  readonly add = (batch: readonly Scored[]): void => {
    let { score } = this;
    for (let i = 0; i < batch.length; i++) score += batch[i]!.score;
    this.score = score;
    this.records += batch.length;
  };

  get outcome(): Outcome {
    return { answer: { records: this.records, score: this.score } };
  }
}

/**
 * What somebody would write who needs it fast: one loop, nothing called, no row made that is not kept, and batches
 * made in full length, which alone halves its time (10 ns a record; 20 ns with an array that grows by push).
 */
export function byHand(records: number): Outcome {
  const total = new Total();
  let batch = new Array<Scored>(BATCH);
  let filled = 0;
  for (let i = 0; i < records; i++) {
    const row = pool[i & POOL_MASK]!;
    const value = row.value * 1.5 + 1;
    if (value <= LEAST) continue;
    batch[filled++] = { key: row.key, score: value * value - value };
    if (filled < BATCH) continue;
    total.add(batch);
    batch = new Array<Scored>(BATCH);
    filled = 0;
  }
  if (filled > 0) total.add(batch.slice(0, filled));
  return total.outcome;
}
