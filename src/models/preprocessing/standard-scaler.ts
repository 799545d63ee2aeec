import type { RowTransformer } from '../parts.ts';
import { ByFeature, type Row } from '../row.ts';
import { rowTransform } from '../row-transform.ts';
import type { Features, Transformer } from '../types.ts';

/**
 * Takes from each feature its mean and divides it by its standard deviation, both of all it has learned from. A feature that never
 * varied becomes 0.
 *
 * @example
 * ```ts
 * import { standardScaler } from 'headrace/models';
 *
 * const scaler = standardScaler();
 * for (const degrees of [18, 20, 22]) scaler.learnOne({ degrees });
 * console.log(scaler.transformOne({ degrees: 22 }).degrees?.toFixed(4));
 * // 1.2247
 * ```
 */
export function standardScaler(): Transformer<Features, Features> {
  return rowTransform(new StandardScaler());
}

class StandardScaler implements RowTransformer {
  readonly name = 'standardScaler';
  readonly #counts = new ByFeature();
  readonly #means = new ByFeature();
  /** Of all records, not of a sample. */
  readonly #variances = new ByFeature();

  learnRow(row: Row): void {
    const counts = this.#counts.for(row);
    const means = this.#means.for(row);
    const variances = this.#variances.for(row);
    const { ids, values, length } = row;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const value = values[i]!;
      const n = counts[id]! + 1;
      const before = means[id]!;
      const mean = before + (value - before) / n;
      counts[id] = n;
      means[id] = mean;
      variances[id] = variances[id]! + ((value - before) * (value - mean) - variances[id]!) / n;
    }
  }

  transformRow(row: Row): void {
    const means = this.#means.for(row);
    const variances = this.#variances.for(row);
    const { ids, values, length } = row;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      const variance = variances[id]!;
      values[i] = variance > 0 ? (values[i]! - means[id]!) / Math.sqrt(variance) : 0;
    }
  }

  clone(): StandardScaler {
    return new StandardScaler();
  }

  snapshot(features: number): unknown {
    return { counts: this.#counts.kept(features), means: this.#means.kept(features), variances: this.#variances.kept(features) };
  }

  restore(state: unknown): void {
    const { counts, means, variances } = state as { counts: Float64Array; means: Float64Array; variances: Float64Array };
    this.#counts.restore(counts);
    this.#means.restore(means);
    this.#variances.restore(variances);
  }
}
