import { expect, test } from 'vitest';
import { HeadraceError } from '../core/error.ts';
import type { Features, Model } from '../models/types.ts';
import { type ModelCase, testModel } from './model-kit.ts';
import { modelPromises } from './model-promises.ts';

type Means = Model<Features, number, number> & { readonly means: Map<string, { n: number; sum: number }> };

/** Answers with the mean of the labels of records that had the feature's value: a model that keeps every promise, but for its faults. */
function means(faults: (model: Means) => Partial<Model<Features, number, number>> = () => ({})): Means {
  const model: Means = {
    name: 'means',
    means: new Map(),
    predictOne(x) {
      check(x);
      const { n, sum } = model.means.get(String(x['a'])) ?? { n: 0, sum: 0 };
      return n === 0 ? 0 : sum / n;
    },
    learnOne(x, y) {
      check(x);
      const { n, sum } = model.means.get(String(x['a'])) ?? { n: 0, sum: 0 };
      model.means.set(String(x['a']), { n: n + 1, sum: sum + y });
    },
    clone: () => means(faults),
    snapshot: () => ({ format: 1, names: [], parts: [{ name: 'means', state: new Map(model.means) }] }),
    restore(state) {
      const { format, parts } = state as { format: number; parts: readonly { name: string; state: Means['means'] }[] };
      if (format !== 1 || parts[0]?.name !== 'means') throw refused();
      model.means.clear();
      for (const [key, mean] of parts[0].state) model.means.set(key, mean);
    },
  };
  return Object.assign(model, faults(model));
}

const refused = (): HeadraceError => new HeadraceError({ code: 'HR_FEATURE_INVALID', what: 'refused', todo: 'Give another.' });

function check(x: Features): void {
  if (Object.values(x).some((value) => Number.isNaN(value))) throw refused();
}

const examples = (): ModelCase<Features, number, number>['examples'] =>
  Array.from({ length: 120 }, (_, i) => [{ a: i % 3, b: i % 5 }, 10 * (i % 3)] as const);

const made = (faults?: Parameters<typeof means>[0]): ModelCase<Features, number, number> => ({
  model: means(faults),
  examples: examples(),
  wrong: (answer, y) => Math.abs(answer - y),
  bad: [{ a: Number.NaN }],
});

testModel({ test, name: 'a good model', make: () => made() });

let calls = 0;

/** One fault or more for every promise; the kit must see each. */
const sabotage: readonly [id: string, fault: string, faults: (model: Means) => Partial<Model<Features, number, number>>][] = [
  ['M1', 'an answer that is learned', (model) => ({ predictOne: (x) => (model.learnOne(x, 99), 1) })],
  ['M1', 'an answer that depends on the call', () => ({ predictOne: () => calls++ })],
  ['M2', 'features that are written to', () => ({ learnOne: (x) => void Object.assign(x, { b: 0.5 }) })],
  ['M3', 'the first feature counts', () => ({ predictOne: (x) => Number(Object.keys(x)[0] === 'a') })],
  ['M4', 'new features count', () => ({ predictOne: (x) => Object.keys(x).length })],
  ['M4', 'a missing feature breaks it', () => ({ predictOne: (x) => (x['a'] === undefined ? refuse() : 1) })],
  [
    'M5',
    'a snapshot without its counts',
    (model) => ({ snapshot: () => ({ format: 1, names: [], parts: [{ name: 'means', state: new Map([...model.means].slice(1)) }] }) }),
  ],
  ['M5', 'a restore that adds', (model) => ({ restore: () => void model.means.set('0', { n: 1, sum: 7 }) })],
  [
    'M6',
    'a snapshot that goes on',
    (model) => ({ snapshot: () => ({ format: 1, names: [], parts: [{ name: 'means', state: model.means }] }) }),
  ],
  ['M7', 'a clone that has learned', (model) => ({ clone: () => model })],
  ['M8', 'learning by chance', (model) => ({ learnOne: (x, y) => void model.means.set(String(x['a']), { n: 1, sum: y + calls++ }) })],
  ['M9', 'any snapshot is taken', () => ({ restore: () => {} })],
  [
    'M10',
    'what is refused is learned first',
    (model) => ({ learnOne: (x, y) => (model.means.set(String(x['a']), { n: 1, sum: y }), check(x)) }),
  ],
  ['M10', 'not a number is taken', (model) => ({ learnOne: (x) => void model.means.get(String(x['a'])) })],
  ['M11', 'nothing is learned', () => ({ learnOne: (x) => check(x), predictOne: (x) => (check(x), 0) })],
];

function refuse(): never {
  throw refused();
}

test.each(sabotage)('%s is broken by %s, and the kit says so', async (id, _fault, faults) => {
  const promised = modelPromises<Features, number, number>().find((each) => each.id === id)!;
  await expect(promised.check(() => made(faults), 1000)).rejects.toThrow();
});

test('every promise is broken once', () => {
  expect(new Set(sabotage.map(([id]) => id))).toEqual(new Set(modelPromises().map(({ id }) => id)));
});
