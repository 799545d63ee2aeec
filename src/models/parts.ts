import type { Names } from './names.ts';
import type { Row } from './row.ts';

/** What every part of a model does. Parts know features by number; the model they are in knows their names. */
export interface Part {
  readonly name: string;
  /** The same settings, and nothing learned. */
  clone(): Part;
  /** What it has learned, as plain data; the model has learned of so many features. */
  snapshot(features: number): unknown;
  restore(state: unknown): void;
}

/** A part that makes rows of what a model is given. What it remembers besides names can be made again, so it has no state. */
export interface Encoder<in X> {
  readonly name: string;
  clone(): Encoder<X>;
  /** Fills the row to learn from: names that are new get numbers. */
  learn(x: X, row: Row, names: Names): void;
  /** Fills the row to answer for: names that are new are left out, and nothing is remembered of them. */
  predict(x: X, row: Row, names: Names): void;
  /** Names have been restored; what was derived of them is not true any more. */
  forget(): void;
}

/** A part that changes the numbers of a row before others see them. */
export interface RowTransformer extends Part {
  learnRow(row: Row): void;
  transformRow(row: Row): void;
  clone(): RowTransformer;
}

/** A part that answers. */
export interface RowLearner<in Y, out P> extends Part {
  predictRow(row: Row): P;
  learnRow(row: Row, y: Y): void;
  clone(): RowLearner<Y, P>;
}
