import type { RowLearner } from '../parts.ts';
import { ByFeature, type Row } from '../row.ts';
import { rowModel } from '../row-model.ts';
import type { Classes, Features, Label, Model } from '../types.ts';
import { classesOf } from './classes.ts';

/**
 * Naive Bayes over numbers: of each class it keeps mean and variance of every feature, and answers as if features were independent
 * and normal. Nothing to tune, and scaling changes nothing.
 *
 * @example
 * ```ts
 * import { accuracy, evaluate, gaussianNaiveBayes } from 'headrace/models';
 *
 * const points = Array.from({ length: 500 }, (_, i) => ({ a: Math.sin(i), b: Math.cos(3 * i) }));
 * const examples = points.map((x) => [x, x.a + x.b > 0] as const);
 * console.log(await evaluate(gaussianNaiveBayes<boolean>(), examples, accuracy()));
 * // accuracy 0.9018 after 500 records
 * ```
 */
export function gaussianNaiveBayes<Y extends Label>(): Model<Features, Y, Classes<Y>> {
  return rowModel(new GaussianNaiveBayes<Y>());
}

/** Of one class: how often it came, and count, mean and squared differences of each feature in it. */
class Seen {
  records = 0;
  readonly counts = new ByFeature();
  readonly means = new ByFeature();
  readonly squares = new ByFeature();

  learn(row: Row): void {
    this.records++;
    const counts = this.counts.for(row);
    const means = this.means.for(row);
    const squares = this.squares.for(row);
    const { ids, values, length } = row;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const value = values[i]!;
      const n = counts[id]! + 1;
      const before = means[id]!;
      const mean = before + (value - before) / n;
      counts[id] = n;
      means[id] = mean;
      squares[id] = squares[id]! + (value - before) * (value - mean);
    }
  }

  /** The logarithm of how likely such a row is in this class. */
  likelihood(row: Row): number {
    const counts = this.counts.for(row);
    const means = this.means.for(row);
    const squares = this.squares.for(row);
    const { ids, values, length } = row;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const n = counts[id]!;
      const variance = n > 1 ? squares[id]! / (n - 1) : 0;
      // A value that never varied says nothing; the small number keeps a product of many from being 0.
      const density = variance > 0 ? Math.exp((values[i]! - means[id]!) ** 2 / (-2 * variance)) / Math.sqrt(2 * Math.PI * variance) : 0;
      sum += Math.log(FLOOR + density);
    }
    return sum;
  }
}

const FLOOR = 1e-9;

interface KeptClass {
  readonly label: Label;
  readonly records: number;
  readonly counts: Float64Array;
  readonly means: Float64Array;
  readonly squares: Float64Array;
}

class GaussianNaiveBayes<Y extends Label> implements RowLearner<Y, Classes<Y>> {
  readonly name = 'gaussianNaiveBayes';
  readonly #classes = new Map<Y, Seen>();
  #records = 0;

  predictRow(row: Row): Classes<Y> {
    const logs = new Map<Y, number>();
    for (const [label, seen] of this.#classes) logs.set(label, Math.log(seen.records / this.#records) + seen.likelihood(row));
    return classesOf(logs);
  }

  learnRow(row: Row, y: Y): void {
    this.#records++;
    let seen = this.#classes.get(y);
    if (seen === undefined) this.#classes.set(y, (seen = new Seen()));
    seen.learn(row);
  }

  clone(): GaussianNaiveBayes<Y> {
    return new GaussianNaiveBayes<Y>();
  }

  snapshot(features: number): readonly KeptClass[] {
    return [...this.#classes].map(([label, { records, counts, means, squares }]) => ({
      label,
      records,
      counts: counts.kept(features),
      means: means.kept(features),
      squares: squares.kept(features),
    }));
  }

  restore(state: unknown): void {
    this.#classes.clear();
    this.#records = 0;
    for (const { label, records, counts, means, squares } of state as readonly KeptClass[]) {
      const seen = new Seen();
      seen.records = records;
      seen.counts.restore(counts);
      seen.means.restore(means);
      seen.squares.restore(squares);
      this.#classes.set(label as Y, seen);
      this.#records += records;
    }
  }
}
