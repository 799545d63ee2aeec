import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import { isHeadraceError } from '../core/error.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';

function problem(described: Pipeline): { readonly code: string; readonly message: string } {
  try {
    planFor(described);
  } catch (error) {
    if (isHeadraceError(error)) return { code: error.code, message: error.message };
  }
  throw new Error('the plan was accepted');
}

test('a node is called after its name, or after its kind and the nearest named node above', () => {
  const shop = pipeline('shop');
  shop
    .from(values([1]))
    .map((n) => n)
    .map((n) => n)
    .scan(
      'total',
      () => 0,
      (sum, n) => sum + n,
    )
    .filter((n) => n > 1)
    .to(collect());
  expect(planFor(shop).nodes.map((node) => node.id)).toEqual(['values', 'values/map', 'values/map#2', 'total', 'total/filter', 'collect']);
});

test('sources and sinks that are alike are numbered', () => {
  const two = pipeline('two');
  two.from(values([1])).to(each(() => {}));
  two.from(values([2])).to(each(() => {}));
  expect(planFor(two).nodes.map((node) => node.id)).toEqual(['values', 'each', 'values#2', 'each#2']);
});

test('a stream that ends nowhere is an error that names the line of the user', () => {
  const lost = pipeline('lost');
  lost.from(values([1])).map((n) => n);
  const { code, message } = problem(lost);
  expect(code).toBe('HR_STREAM_UNUSED');
  expect(message).toMatch(/plan\.test\.ts:\d+:\d+/);
});

test('every problem is listed at once', () => {
  const wrong = pipeline('wrong', { onError: 'deadLetter' });
  const stream = wrong.from(values([1]));
  stream
    .scan(
      'sum',
      () => 0,
      (sum, n) => sum + n,
    )
    .to(collect());
  stream
    .scan(
      'sum',
      () => 0,
      (sum, n) => sum + n,
    )
    .to(collect());
  stream.filter(() => true);
  const { code, message } = problem(wrong);
  expect(code).toBe('HR_PLAN_INVALID');
  for (const each of ['HR_STREAM_UNUSED', 'HR_NAME_TAKEN']) expect(message).toContain(each);
});

test('a pipeline that reads nothing is refused', () => {
  expect(problem(pipeline('empty')).code).toBe('HR_PIPELINE_EMPTY');
});

test('dead letters that nobody reads go to a topic, also when one operator alone sends them', () => {
  const one = pipeline('one');
  one
    .from(values([1]))
    .map((n) => n, { onError: 'deadLetter' })
    .to(collect());
  const nodes = planFor(one).nodes.slice(-2);
  expect(nodes.map(({ id, inputs }) => [id, ...inputs])).toEqual([['dead letters/letters'], ['topic:one.dead', 'dead letters/letters']]);
});

test('of a split nobody has to read every branch', () => {
  const half = pipeline('half');
  const { small } = half.from(values([1])).split({ small: (n) => n < 10, large: () => true });
  small.to(collect());
  expect(planFor(half).nodes.map((node) => node.id)).toEqual(['values', 'values/split', 'values/small', 'values/large', 'collect']);
});

test('what is no source, no sink or no pipeline is refused where it is given', () => {
  const odd = pipeline('odd');
  expect(() => odd.from([1, 2] as never)).toThrow(/no source \(pipeline 'odd', \.from/);
  expect(() => odd.from(values([1])).to(undefined as never)).toThrow(/no sink/);
  expect(() => planFor(odd.from(values([1])) as never)).toThrow(/no pipeline/);
});

test('the first use freezes a pipeline', () => {
  const frozen = pipeline('frozen');
  const stream = frozen.from(values([1]));
  stream.to(collect());
  expect(planFor(frozen)).toBe(planFor(frozen));
  expect(() => stream.map((n) => n)).toThrow(/cannot be changed \(pipeline 'frozen'\)/);
});

test('a record is keyed behind keyBy, and a merge only when all of its streams are', () => {
  const keyed = pipeline('keyed');
  const stream = keyed.from(values([1]));
  const byParity = stream.keyBy((n) => n % 2);
  byParity.map((n) => n).to(collect());
  byParity.merge(stream).to(collect());
  const isKeyed = new Map(planFor(keyed).nodes.map((node) => [node.id, node.isKeyed]));
  expect([isKeyed.get('values'), isKeyed.get('values/map'), isKeyed.get('values/merge')]).toEqual([false, true, false]);
});
