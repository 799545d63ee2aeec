import { test } from 'vitest';
import { testModel } from '../testing/model-kit.ts';
import { gaussianNaiveBayes } from './bayes/gaussian.ts';
import { chain } from './chain.ts';
import { halfPlane, plane } from './example-rig.ts';
import { alma } from './linear/alma.ts';
import { linearRegression } from './linear/linear-regression.ts';
import { logisticRegression } from './linear/logistic-regression.ts';
import { huberLoss, quantileLoss } from './linear/losses.ts';
import { adaGrad, adam, inverseScaling, sgd } from './linear/optimizers.ts';
import { standardScaler } from './preprocessing/standard-scaler.ts';
import type { Features, Model, Probability } from './types.ts';

const bad = [{ a: Number.NaN }, { a: Number.POSITIVE_INFINITY, 'a new name': 1 }, { a: '1' as never }];

const classifiers: Readonly<Record<string, () => Model<Features, boolean, Probability>>> = {
  'logistic regression': () => logisticRegression(),
  'logistic regression by AdaGrad': () => logisticRegression({ optimizer: adaGrad(), l2: 0.001 }),
  'logistic regression by Adam': () => logisticRegression({ optimizer: adam(0.01) }),
  'logistic regression on a schedule, scaled': () => chain(standardScaler(), logisticRegression({ optimizer: sgd(inverseScaling(0.5)) })),
  alma: () => alma(),
};
for (const [name, model] of Object.entries(classifiers)) {
  testModel({
    test,
    name,
    make: () => ({ model: model(), examples: halfPlane(400), wrong: ({ probability }, y) => (y ? 1 - probability : probability), bad }),
  });
}

const regressions: Readonly<Record<string, () => Model<Features, number, number>>> = {
  'linear regression': () => linearRegression(),
  'linear regression, Huber': () => linearRegression({ loss: huberLoss(1), intercept: 0.1 }),
  'linear regression, median': () => linearRegression({ loss: quantileLoss(0.5), optimizer: sgd(0.1) }),
};
for (const [name, model] of Object.entries(regressions)) {
  testModel({ test, name, make: () => ({ model: model(), examples: plane(400), wrong: (answer, y) => Math.abs(answer - y), bad }) });
}

testModel({
  test,
  name: 'Gaussian naive Bayes',
  make: () => ({
    model: gaussianNaiveBayes<boolean>(),
    examples: halfPlane(400),
    wrong: ({ probabilities }, y) => 1 - (probabilities.get(y) ?? 0),
    bad,
  }),
});
