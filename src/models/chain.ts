import { HeadraceError } from '../core/error.ts';
import { FeaturesEncoder } from './features.ts';
import { RowModel } from './row-model.ts';
import { RowTransform } from './row-transform.ts';
import type { Features, Model, Transformer } from './types.ts';

type Step = Transformer<Features, Features>;

/**
 * Transformers and a model behind them. Each learns from a record and then changes it for those behind; an answer teaches none of them.
 * The chain has parts of its own, made like those it is given.
 *
 * @example
 * ```ts
 * import { accuracy, chain, evaluate, logisticRegression, sgd, standardScaler } from 'headrace/models';
 *
 * const payments = Array.from({ length: 500 }, (_, i) => ({ amount: 1000 + 900 * Math.sin(i), hour: i % 24 }));
 * const examples = payments.map((x) => [x, x.amount > 1200] as const);
 * const bare = logisticRegression({ optimizer: sgd(0.05) });
 * console.log(await evaluate(chain(standardScaler(), bare), examples, accuracy()));
 * // accuracy 0.9480 after 500 records
 * ```
 */
export function chain<X, Y, P>(first: Transformer<X, Features>, model: Model<Features, Y, P>): Model<X, Y, P>;
export function chain<X, Y, P>(first: Transformer<X, Features>, second: Step, model: Model<Features, Y, P>): Model<X, Y, P>;
export function chain<X, Y, P>(first: Transformer<X, Features>, second: Step, third: Step, model: Model<Features, Y, P>): Model<X, Y, P>;
export function chain(
  ...steps: readonly (Transformer<never, Features> | Model<Features, unknown, unknown>)[]
): Model<never, unknown, unknown> {
  const model = steps.at(-1);
  if (!(model instanceof RowModel)) throw misplaced(model?.name ?? 'nothing', 'last', 'Let a model stand last.');
  const before = steps.slice(0, -1).map((step, at) => {
    if (!(step instanceof RowTransform)) throw misplaced(step.name, 'in front', 'Let only transformers stand in front of the model.');
    if (at > 0 && !(step.parts.encoder instanceof FeaturesEncoder)) throw misplaced(step.name, 'behind another', 'Let it stand first.');
    return step;
  });
  return new RowModel({
    ...model.parts,
    encoder: (before[0]?.parts.encoder ?? model.parts.encoder).clone(),
    transformers: [...before.flatMap((step) => step.parts.transformers), ...model.parts.transformers].map((part) => part.clone()),
    learner: model.parts.learner.clone(),
  });
}

const misplaced = (name: string, where: string, todo: string): HeadraceError =>
  new HeadraceError({ code: 'HR_OPTION_INVALID', where: 'chain()', what: `${name} stands ${where}`, todo });
