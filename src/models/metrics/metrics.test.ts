import { expect, test } from 'vitest';
import { accuracy } from './accuracy.ts';
import { confusion } from './confusion.ts';
import { mae, r2, rmse } from './differences.ts';
import { brier, logLoss } from './log-loss.ts';
import type { Metric } from './metric.ts';

const pairs = [
  ['cat', 'cat'],
  ['cat', 'dog'],
  ['cat', 'cat'],
  ['dog', 'dog'],
  ['dog', 'cow'],
] as const;

test('accuracy is the part of right answers, and no answer is none', () => {
  const metric = accuracy();
  expect(metric.value).toBeNaN();
  metric.update('cat', { label: undefined });
  expect(metric.value).toBeNaN();
  for (const [label, answer] of pairs) metric.update(label, { label: answer });
  expect(metric.value).toBe(3 / 5);
});

test('a confusion tells precision, recall and their mean of each class', () => {
  const metric = confusion();
  for (const [label, answer] of pairs) metric.update(label, { label: answer });
  expect(metric.value).toBe(3 / 5);
  expect(metric.at('cat', 'dog')).toBe(1);
  expect(metric.precision('cat')).toBe(1);
  expect(metric.recall('cat')).toBe(2 / 3);
  expect(metric.f1('cat')).toBe(4 / 5); // 2 x 2 / (3 + 2)
  expect(metric.precision('cow')).toBe(0);
  expect(metric.recall('cow')).toBeNaN(); // none came
});

test('differences: absolute, squared, and the part of the variance that is explained', () => {
  // Labels 1, 2, 3, 6; answers off by 1, 0, -1, 2: 4 in all, squares 6; the labels' mean is 3, their squares 4 + 1 + 0 + 9.
  const of = (metric: Metric<number, number>): number => {
    for (const [label, off] of [
      [1, 1],
      [2, 0],
      [3, -1],
      [6, 2],
    ] as const)
      metric.update(label, label + off);
    return metric.value;
  };
  expect(of(mae())).toBe(1);
  expect(of(rmse())).toBe(Math.sqrt(6 / 4));
  expect(of(r2())).toBeCloseTo(1 - 6 / 14, 12);
  expect(mae().value).toBeNaN();
});

test('probabilities: a sure and wrong answer costs much, but not without end', () => {
  const loss = logLoss();
  loss.update(true, { probability: 0, label: false });
  expect(loss.value).toBeCloseTo(34.54, 2); // -ln 1e-15
  const score = brier();
  score.update(true, { probability: 0.75, label: true });
  score.update(false, { probability: 0.5, label: false });
  expect(score.value).toBe((0.0625 + 0.25) / 2);
});

test('every metric goes on from a snapshot, and its clone has seen nothing', () => {
  const answer = { probability: 0.7, label: true };
  const cases: readonly (readonly [Metric<never, never>, never, never])[] = [
    [accuracy(), true as never, answer as never],
    [confusion(), true as never, answer as never],
    [mae(), 3 as never, 2 as never],
    [r2(), 3 as never, 2 as never],
    [brier(), true as never, answer as never],
    [logLoss(), true as never, answer as never],
  ];
  for (const [metric, label, prediction] of cases) {
    metric.update(label, prediction);
    const copy = metric.clone();
    expect(copy.snapshot()).not.toEqual(metric.snapshot());
    copy.restore(structuredClone(metric.snapshot()));
    copy.update(label, prediction);
    metric.update(label, prediction);
    expect(copy.snapshot()).toEqual(metric.snapshot());
    expect(copy.value).toBe(metric.value);
  }
});
