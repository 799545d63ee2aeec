import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';
import { Metrics } from './metrics.ts';

const read = { name: 'headrace_records_total', help: 'Records read.' };

test('the same name and labels are the same object, in whatever order they are written', () => {
  const metrics = new Metrics();
  const a = metrics.counter({ ...read, labels: { operator: 'parse', run: '1' } });
  const b = metrics.counter({ ...read, labels: { run: '1', operator: 'parse' } });
  const other = metrics.counter({ ...read, labels: { run: '2', operator: 'parse' } });
  a.value += 1024;
  expect(b).toBe(a);
  expect([b.value, other.value]).toEqual([1024, 0]);
});

test('labels that look alike on the wire are one metric: an empty one is none, broken text is repaired', () => {
  const metrics = new Metrics();
  expect(metrics.counter({ ...read, labels: { run: '' } })).toBe(metrics.counter(read));
  expect(metrics.counter({ ...read, labels: { run: '\ud800' } })).toBe(metrics.counter({ ...read, labels: { run: '\udfff' } }));
});

test('a gauge with a function is asked when somebody looks', () => {
  const metrics = new Metrics();
  let fill = 1;
  metrics.gauge({ name: 'headrace_queue_items', help: 'Items.' }, () => fill);
  fill = 7;
  expect(metrics.families()[0]?.series[0]?.read()).toBe(7);
});

test('families are listed by name with what they are', () => {
  const metrics = new Metrics();
  metrics.histogram({ name: 'headrace_batch_seconds', help: 'Time.' }).record(1);
  metrics.counter(read);
  metrics.gauge({ name: 'headrace_open', help: 'Open.' });
  expect(metrics.families().map(({ name, kind }) => [name, kind])).toEqual([
    ['headrace_batch_seconds', 'histogram'],
    ['headrace_open', 'gauge'],
    ['headrace_records_total', 'counter'],
  ]);
  expect(metrics.families()[0]?.series[0]?.histogram).toBeInstanceOf(Histogram);
});

test('a label with a value for each record cannot fill the memory, and whoever counts notices nothing', () => {
  const metrics = new Metrics({ maxSeries: 3 });
  for (let i = 0; i < 1000; i++) metrics.counter({ ...read, labels: { user: `u${i}` } }).value++;
  expect(metrics.families()[0]?.series).toHaveLength(3);
  expect(metrics.unlisted).toBe(997);
});

test('the metrics of a run that is over are forgotten, and only those', () => {
  const metrics = new Metrics();
  for (const run of ['1', '2']) for (const operator of ['a', 'b']) metrics.counter({ ...read, labels: { run, operator } });
  metrics.gauge({ name: 'headrace_open', help: 'Open.', labels: { run: '1' } });
  metrics.remove({ run: '1' });
  expect(metrics.families().map(({ series }) => series.map(({ labels }) => labels))).toEqual([
    [
      { operator: 'a', run: '2' },
      { operator: 'b', run: '2' },
    ],
  ]);
  metrics.remove({ run: '2' });
  expect(metrics.families()).toEqual([]);
});

test('names that scrapers refuse or misread are refused here', () => {
  const metrics = new Metrics();
  const refused = expect.objectContaining({ code: 'HR_METRIC_INVALID' });
  for (const name of ['', 'a-b_total', '1_total', 'ü_total', 'records']) expect(() => metrics.counter({ name, help: '' })).toThrow(refused);
  for (const name of ['a_total', 'a_sum', 'a_count', 'a_bucket']) {
    expect(() => metrics.gauge({ name, help: '' })).toThrow(refused);
    expect(() => metrics.histogram({ name, help: '' })).toThrow(refused);
  }
  for (const label of ['le', '__name__', 'a-b', '1', ''])
    expect(() => metrics.counter({ ...read, labels: { [label]: 'x' } })).toThrow(refused);
  metrics.gauge({ name: 'headrace_open', help: '' });
  expect(() => metrics.histogram({ name: 'headrace_open', help: '' })).toThrow(refused);
  expect(metrics.families().map(({ name }) => name)).toEqual(['headrace_open']);
});
