import type { Metric } from './metrics/metric.ts';
import type { Model } from './types.ts';

/** What an evaluation came to; printed it is one line. */
export class Evaluation {
  readonly records: number;
  readonly metrics: Readonly<Record<string, number>>;

  constructor(records: number, metrics: Readonly<Record<string, number>>) {
    this.records = records;
    this.metrics = metrics;
  }

  toString(): string {
    const values = Object.entries(this.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
    return `${values.join(', ')} after ${this.records} records`;
  }
}

// What console.log prints.
Object.defineProperty(Evaluation.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Evaluation): string {
    return this.toString();
  },
});

/**
 * Asks the model for an answer to each example before it learns from it, which is an honest score: no answer is judged by an example
 * that had been learned. The model and the metrics have changed afterwards.
 *
 * @example
 * ```ts
 * import { accuracy, evaluate, gaussianNaiveBayes } from 'headrace/models';
 *
 * const examples = Array.from({ length: 100 }, (_, i) => [{ x: i % 10 }, i % 10 < 5] as const);
 * const { records, metrics } = await evaluate(gaussianNaiveBayes<boolean>(), examples, accuracy());
 * console.log(records, metrics['accuracy']?.toFixed(3));
 * // 100 0.980
 * ```
 */
export async function evaluate<X, Y, P>(
  model: Model<X, Y, P>,
  examples: Iterable<readonly [X, Y]> | AsyncIterable<readonly [X, Y]>,
  ...metrics: readonly Metric<NoInfer<Y>, NoInfer<P>>[]
): Promise<Evaluation> {
  let records = 0;
  for await (const [x, y] of examples) {
    const prediction = model.predictOne(x);
    for (const metric of metrics) metric.update(y, prediction);
    model.learnOne(x, y);
    records++;
  }
  return new Evaluation(records, Object.fromEntries(metrics.map(({ name, value }) => [name, value])));
}
