import { expect, test } from 'vitest';
import { FeaturesEncoder } from './features.ts';
import { chain } from './chain.ts';
import { alma } from './linear/alma.ts';
import { linearRegression } from './linear/linear-regression.ts';
import { logisticRegression } from './linear/logistic-regression.ts';
import { Names } from './names.ts';
import { standardScaler } from './preprocessing/standard-scaler.ts';
import { Row } from './row.ts';
import type { Features } from './types.ts';

function read(encoder: FeaturesEncoder, names: Names, x: Features, how: 'learn' | 'predict' = 'learn'): (readonly [string, number])[] {
  const row = new Row();
  encoder[how](x, row, names);
  return Array.from({ length: row.length }, (_, i) => [names.list[row.ids[i]!]!, row.values[i]!] as const);
}

test('a row is by the number of the names, whatever the order of the object', () => {
  const [encoder, names] = [new FeaturesEncoder(), new Names(9)];
  expect(read(encoder, names, { b: 2, a: 1 })).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(read(encoder, names, { c: 3, a: 1 })).toEqual([
    ['a', 1],
    ['c', 3],
  ]);
  expect(read(encoder, names, { c: 3, b: 2, a: 1 })).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
  expect(read(encoder, names, {})).toEqual([]);
});

test('names that come with a question are not learned, and count as nothing until they are', () => {
  const [encoder, names] = [new FeaturesEncoder(), new Names(9)];
  expect(read(encoder, names, { b: 2, new: 5, a: 1 }, 'predict')).toEqual([]);
  expect(read(encoder, names, { a: 1 })).toEqual([['a', 1]]);
  expect(read(encoder, names, { b: 2, new: 5, a: 1 }, 'predict')).toEqual([['a', 1]]);
  expect(names.list).toEqual(['a']);
  expect(read(encoder, names, { b: 2, new: 5, a: 1 })).toHaveLength(3);
  expect(read(encoder, names, { b: 2, new: 5, a: 1 }, 'predict')).toHaveLength(3);
});

test('what is no finite number is refused by its name, and nothing is learned of the others', () => {
  const [encoder, names] = [new FeaturesEncoder(), new Names(9)];
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '1', null, undefined, true]) {
    expect(() => read(encoder, names, { a: 1, b: value as number })).toThrow("feature 'b'");
  }
  expect(names.list).toEqual([]);
  expect(() => read(encoder, names, Object.create({ a: 1 }) as Features)).toThrow('inherits');
});

test('a model learns of so many features and no more, and keeps what it has', () => {
  const model = logisticRegression({ features: 2 });
  model.learnOne({ a: 1 }, true);
  expect(() => model.learnOne({ b: 1, c: 1 }, true)).toThrow('may learn of 2 features');
  model.learnOne({ b: 1 }, true);
  expect(() => model.learnOne({ a: 1, c: 1 }, true)).toThrow('may learn of 2 features');
  expect(model.predictOne({ a: 1, c: 1e9 })).toEqual(model.predictOne({ a: 1 }));
});

test('thousands of features come and grow the model', () => {
  const model = linearRegression();
  for (let i = 0; i < 5000; i++) model.learnOne({ [`f${i}`]: 1, bias: 1 }, i % 2);
  const { names } = model.snapshot() as { names: readonly string[] };
  expect(names).toHaveLength(5001);
});

test('a chain has parts of its own and says what stands in the wrong place', () => {
  const scaler = standardScaler();
  const [one, other] = [chain(scaler, alma()), chain(scaler, alma())];
  one.learnOne({ a: 1 }, true);
  one.learnOne({ a: 3 }, false);
  expect(other.snapshot()).toEqual(chain(standardScaler(), alma()).snapshot());
  expect(scaler.transformOne({ a: 3 })).toEqual({});
  expect(() => chain(alma() as never, alma())).toThrow('alma stands in front');
  expect(() => chain(scaler, scaler as never)).toThrow('stands last');
});

test('a scaler behind another in a chain sees what the first made', () => {
  const twice = chain(standardScaler(), standardScaler(), linearRegression());
  for (let i = 0; i < 100; i++) twice.learnOne({ a: i }, i);
  expect((twice.snapshot() as { parts: readonly { name: string }[] }).parts.map(({ name }) => name)).toEqual([
    'standardScaler',
    'standardScaler',
    'linearRegression',
  ]);
});

test('an endless sum stays finite: a slope is cut', () => {
  const model = linearRegression();
  for (let i = 0; i < 50; i++) model.learnOne({ a: 1e150 }, 1e150);
  expect(Number.isNaN(model.predictOne({ a: 1 }))).toBe(false);
});
