import type { StreamBuffer } from 'headrace';
import { LinearRegression } from './linear-regression.ts';
import type { Reading } from './readings.ts';

export interface TrainOptions {
  readonly features: number;
  /** Asked after each batch; by default training goes on until the buffer is closed and empty. */
  readonly isEnough?: (model: LinearRegression) => boolean;
}

/** Learns from what comes through the buffer, a batch at a time. What is not needed any more stays in the buffer. */
export async function trainModel(buffer: StreamBuffer<Reading>, { features, isEnough }: TrainOptions): Promise<LinearRegression> {
  const model = new LinearRegression(features);
  for await (const batch of buffer.batches(256)) {
    model.learn(batch);
    if (isEnough?.(model) === true) break;
  }
  return model;
}
