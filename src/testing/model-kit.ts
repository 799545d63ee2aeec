import type { Model } from '../models/types.ts';
import { PATIENCE_MS, register, type Test } from './kit.ts';
import { modelPromises } from './model-promises.ts';

/** A model to check, and examples it can learn from. */
export interface ModelCase<X, Y, P> {
  readonly model: Model<X, Y, P>;
  /** A hundred or more, in their order; the model must be better on the last half of them than one that has learned nothing. */
  readonly examples: readonly (readonly [X, Y])[];
  /** How wrong an answer is: 0 or less is right. */
  readonly wrong: (answer: P, y: Y) => number;
  /** Inputs it refuses, by HeadraceError. */
  readonly bad?: readonly X[];
}

export interface ModelKit<X, Y, P> {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A fresh model and its examples. It is called for every check. */
  make(): ModelCase<X, Y, P>;
}

/**
 * Checks a model against every promise of docs/specs/model.md, one test each.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import { logisticRegression } from 'headrace/models';
 * import { testModel } from 'headrace/testing';
 *
 * testModel({
 *   test,
 *   name: 'logistic regression',
 *   make: () => ({
 *     model: logisticRegression(),
 *     examples: Array.from({ length: 200 }, (_, i) => [{ a: i % 7, b: i % 3 }, i % 7 > 3] as const),
 *     wrong: ({ probability }, y) => (y ? 1 - probability : probability),
 *   }),
 * });
 * ```
 */
export function testModel<X, Y, P>({ test, name, make }: ModelKit<X, Y, P>): void {
  register<ModelCase<X, Y, P>>(test, name, modelPromises<X, Y, P>(), { make, bad: refusing(make) }, PATIENCE_MS);
}

/** The case where it has bad inputs, for the promises about them. */
function refusing<X, Y, P>(make: () => ModelCase<X, Y, P>): (() => ModelCase<X, Y, P>) | undefined {
  return (make().bad ?? []).length > 0 ? make : undefined;
}
