import {
  accuracy,
  alma,
  chain,
  evaluate,
  type Features,
  gaussianNaiveBayes,
  type Label,
  linearRegression,
  logisticRegression,
  mae,
  type Metric,
  type Model,
  rmse,
  sgd,
  standardScaler,
} from 'headrace/models';
import { bananas, chickWeights, elec2, type Example, imageSegments, phishing, trumpApproval } from './data-sets.ts';

/** One model on one data set: what it scores, and what others have published of the same. */
export interface Score {
  readonly model: string;
  readonly data: string;
  readonly metric: string;
  readonly published: number;
  /** The unit in the last place that was published. */
  readonly within: number;
  measure(): Promise<number>;
}

type Answer = { readonly label: Label | undefined };

/** Answers with the label before: what any model has to beat where labels come in runs. */
function noChange<Y extends Label>(): Model<Features, Y, { readonly label: Y | undefined }> {
  let last: Y | undefined;
  return {
    name: 'noChange',
    predictOne: () => ({ label: last }),
    learnOne: (_x, y) => {
      last = y;
    },
    clone: noChange,
    snapshot: () => last,
    restore: (state) => {
      last = state as Y;
    },
  };
}

const scaledLogistic = (): Model<Features, boolean, Answer> => chain(standardScaler(), logisticRegression({ optimizer: sgd(0.005) }));
const scaledAlma = (): Model<Features, boolean, Answer> => chain(standardScaler(), alma());
const scaledLinear = (): Model<Features, number, number> => chain(standardScaler(), linearRegression());

function score<Y, P>(
  [model, make]: readonly [string, () => Model<Features, Y, P>],
  [data, examples]: readonly [string, () => readonly Example<Y>[]],
  metric: Metric<Y, P>,
  published: number,
): Score {
  const measure = async (): Promise<number> => {
    const { metrics } = await evaluate(make(), examples(), metric.clone());
    return metrics[metric.name]!;
  };
  const places = String(published).split('.')[1]?.length ?? 0;
  return { model, data, metric: metric.name, published, within: 10 ** -places, measure };
}

const sets = { Phishing: phishing, Bananas: bananas, Elec2: elec2 } as const;

function binary(
  model: string,
  make: () => Model<Features, boolean, Answer>,
  published: readonly [number, number, number],
): readonly Score[] {
  return Object.entries(sets).map(([data, examples], at) => score([model, make], [data, examples], accuracy(), published[at]!));
}

/** River's table, and the baselines in it. Segments and regressions are of the same pages. */
export const scores: readonly Score[] = [
  ...binary('scaler + logistic regression, sgd(0.005)', scaledLogistic, [0.8872, 0.5432, 0.8221]),
  ...binary('scaler + ALMA', scaledAlma, [0.8256, 0.5064, 0.9064]),
  ...binary('Gaussian naive Bayes', () => gaussianNaiveBayes<boolean>(), [0.8847, 0.6152, 0.7287]),
  ...binary('no change', () => noChange<boolean>(), [0.5156, 0.5095, 0.8533]),
  score(['Gaussian naive Bayes', () => gaussianNaiveBayes<string>()], ['ImageSegments', imageSegments], accuracy(), 0.7319),
  score(['scaler + linear regression', scaledLinear], ['ChickWeights', chickWeights], mae(), 23.759),
  score(['scaler + linear regression', scaledLinear], ['ChickWeights', chickWeights], rmse(), 37.038),
  score(['scaler + linear regression', scaledLinear], ['TrumpApproval', trumpApproval], mae(), 1.3146),
  score(['scaler + linear regression', scaledLinear], ['TrumpApproval', trumpApproval], rmse(), 3.912),
];
