import { HeadraceError } from '../core/error.ts';
import { FeaturesEncoder } from './features.ts';
import { Names } from './names.ts';
import type { Encoder, RowLearner, RowTransformer } from './parts.ts';
import { Row } from './row.ts';
import { checkCount } from './settings.ts';
import type { Features, Model } from './types.ts';

/** How many features a model may learn of where nothing else is said: a million weights are 8 MB. */
export const MOST_FEATURES: number = 2 ** 20;

export interface RowParts<in X, in Y, out P> {
  readonly encoder: Encoder<X>;
  readonly transformers: readonly RowTransformer[];
  readonly learner: RowLearner<Y, P>;
  readonly features: number;
}

interface State {
  readonly format: 1;
  /** Their names say whether a snapshot is of a model like this one. */
  readonly parts: readonly { readonly name: string; readonly state: unknown }[];
  readonly names: readonly string[];
}

/** A learner of features by itself. */
export function rowModel<Y, P>(learner: RowLearner<Y, P>, features: number = MOST_FEATURES): Model<Features, Y, P> {
  checkCount(learner.name, { features });
  return new RowModel({ encoder: new FeaturesEncoder(), transformers: [], learner, features });
}

/** An encoder, any number of transformers, and a learner, which hand rows on. */
export class RowModel<in X, in Y, out P> implements Model<X, Y, P> {
  readonly name: string;
  readonly parts: RowParts<X, Y, P>;
  readonly #names: Names;
  readonly #row = new Row();

  constructor(parts: RowParts<X, Y, P>) {
    this.parts = parts;
    this.#names = new Names(parts.features);
    this.name = this.#listed.map(({ name }) => name).join(', ');
  }

  get #listed(): readonly (RowTransformer | RowLearner<Y, P>)[] {
    return [...this.parts.transformers, this.parts.learner];
  }

  predictOne(x: X): P {
    const { encoder, transformers, learner } = this.parts;
    const row = this.#row;
    encoder.predict(x, row, this.#names);
    for (const part of transformers) part.transformRow(row);
    return learner.predictRow(row);
  }

  learnOne(x: X, y: Y): void {
    const { encoder, transformers, learner } = this.parts;
    const row = this.#row;
    encoder.learn(x, row, this.#names);
    // A transformer learns of a record before it transforms it for the parts behind.
    for (const part of transformers) {
      part.learnRow(row);
      part.transformRow(row);
    }
    learner.learnRow(row, y);
  }

  clone(): RowModel<X, Y, P> {
    const { encoder, transformers, learner, features } = this.parts;
    return new RowModel({
      encoder: encoder.clone(),
      transformers: transformers.map((part) => part.clone()),
      learner: learner.clone(),
      features,
    });
  }

  snapshot(): State {
    const names = [...this.#names.list];
    return { format: 1, parts: this.#listed.map((part) => ({ name: part.name, state: part.snapshot(names.length) })), names };
  }

  restore(state: unknown): void {
    const { format, parts, names } = state as State;
    if (format !== 1) throw unreadable(`its format is ${String(format)}, and this version reads format 1`);
    const kept = parts.map(({ name }) => name).join(', ');
    if (kept !== this.name) throw unreadable(`it is of '${kept}', and the model is '${this.name}'`);
    this.#names.restore(names);
    this.parts.encoder.forget();
    for (const [at, part] of this.#listed.entries()) part.restore(parts[at]!.state);
  }
}

const unreadable = (why: string): HeadraceError =>
  new HeadraceError({
    code: 'HR_MODEL_UNREADABLE',
    what: `the snapshot cannot be taken up: ${why}`,
    todo: 'Restore it into a model that is made of the same parts.',
  });
