import { FeaturesEncoder } from './features.ts';
import { Names } from './names.ts';
import type { Encoder, RowTransformer } from './parts.ts';
import { Row } from './row.ts';
import { MOST_FEATURES } from './row-model.ts';
import type { Features, Transformer } from './types.ts';

/** A transformer of features by itself. */
export const rowTransform = (part: RowTransformer): Transformer<Features, Features> =>
  new RowTransform({ encoder: new FeaturesEncoder(), transformers: [part] });

export interface TransformParts<in X> {
  readonly encoder: Encoder<X>;
  readonly transformers: readonly RowTransformer[];
}

/** An encoder and transformers behind it, with names of their own as long as they stand by themselves; a chain takes the parts. */
export class RowTransform<in X> implements Transformer<X, Features> {
  readonly name: string;
  readonly parts: TransformParts<X>;
  readonly #names = new Names(MOST_FEATURES);
  readonly #row = new Row();

  constructor(parts: TransformParts<X>) {
    this.parts = parts;
    this.name = [parts.encoder, ...parts.transformers].map(({ name }) => name).join(', ');
  }

  transformOne(x: X): Features {
    const row = this.#row;
    this.parts.encoder.predict(x, row, this.#names);
    for (const part of this.parts.transformers) part.transformRow(row);
    return Object.fromEntries(Array.from({ length: row.length }, (_, i) => [this.#names.list[row.ids[i]!]!, row.values[i]!]));
  }

  learnOne(x: X): void {
    const row = this.#row;
    this.parts.encoder.learn(x, row, this.#names);
    for (const part of this.parts.transformers) {
      part.learnRow(row);
      part.transformRow(row);
    }
  }

  clone(): RowTransform<X> {
    const { encoder, transformers } = this.parts;
    return new RowTransform({ encoder: encoder.clone(), transformers: transformers.map((part) => part.clone()) });
  }

  snapshot(): unknown {
    const names = [...this.#names.list];
    return { format: 1, names, parts: this.parts.transformers.map((part) => part.snapshot(names.length)) };
  }

  restore(state: unknown): void {
    const { names, parts } = state as { names: readonly string[]; parts: readonly unknown[] };
    this.#names.restore(names);
    this.parts.encoder.forget();
    for (const [at, part] of this.parts.transformers.entries()) part.restore(parts[at]);
  }
}
