import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { isHeadraceError } from '../core/error.ts';
import type { Delivery, Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';

const ids = (described: Pipeline): readonly string[] => planFor(described).nodes.map((node) => node.id);
const log = (id: string): Source<number> => ({ ...values([1]), kind: 'log', id, replay: true });
const shelf = (id: string, delivery: Delivery): Sink<unknown> => ({ ...collect(), kind: 'shelf', id, delivery });

function problem(described: Pipeline): string {
  try {
    planFor(described);
  } catch (error) {
    if (isHeadraceError(error)) return `${error.code} ${error.message}`;
  }
  return 'none';
}

test('a source and a sink are called what they call themselves, or what the pipeline calls them', () => {
  const plan = pipeline('names');
  plan.from(log('log:a')).to(shelf('shelf:a', 'none'));
  plan.from(log('log:a'), { name: 'again' }).to(shelf('shelf:a', 'twoPhase'), { name: 'copy' });
  expect(ids(plan)).toEqual(['log:a', 'shelf:a', 'again', 'copy']);
});

test('two sources or sinks that are alike and keep something are refused', () => {
  const plan = pipeline('names');
  plan.from(log('log:a')).to(shelf('s', 'twoPhase'));
  plan.from(log('log:a')).to(shelf('s', 'arbiter'));
  const message = problem(plan);
  expect(message).toContain("HR_NAME_TAKEN: two sources have the name 'log:a'");
  expect(message).toContain("HR_NAME_TAKEN: two sinks have the name 's'");
  expect(message).toMatch(/the other at .*node-names\.test\.ts:\d+/);
  expect(message).toContain(".to(…, { name: '…' })");
});

test('those that keep nothing are numbered, unless the name was given to both', () => {
  const numbered = pipeline('names');
  for (let i = 0; i < 2; i++) numbered.from(values([1])).to(shelf('s', 'byId'));
  expect(ids(numbered)).toEqual(['values', 's', 'values#2', 's#2']);
  const given = pipeline('names');
  for (let i = 0; i < 2; i++) given.from(values([1])).to(collect(), { name: 'same' });
  expect(problem(given)).toContain("HR_NAME_TAKEN two sinks have the name 'same'");
});

test('names are per role, and an operator keeps its name whatever stands around it', () => {
  const plan = pipeline('names');
  plan.from(log('x')).take(1, { name: 'x' }).to(shelf('x', 'twoPhase'));
  expect(ids(plan)).toEqual(['x (source)', 'x', 'x (sink)']);
  const both = pipeline('names');
  both.from(log('file:a')).to(shelf('file:a', 'twoPhase'));
  expect(ids(both)).toEqual(['file:a', 'file:a (sink)']);
});

test('what stands behind a part on threads is called after the part, whatever is in it', () => {
  const plan = pipeline('names');
  plan
    .from(values([1]))
    .onWorkers('parse', 2, (numbers) => numbers.map((n) => n, { name: 'inside' }).map((n) => n))
    .map((n) => n)
    .to(collect());
  expect(ids(plan)).toEqual(['values', 'parse', 'inside', 'inside/map', 'parse/rejoin', 'parse/rejoin/map', 'collect']);
});

test('the number of key groups is checked where it is given', () => {
  expect(planFor(pipelineOf(undefined)).maxParallelism).toBe(128);
  expect(planFor(pipelineOf(32_768)).maxParallelism).toBe(32_768);
  for (const wrong of [0, 1.5, 32_769]) expect(() => pipelineOf(wrong)).toThrow('option maxParallelism');
});

function pipelineOf(maxParallelism: number | undefined): Pipeline {
  return pipeline('groups', maxParallelism === undefined ? {} : { maxParallelism })
    .from(values([1]))
    .to(collect());
}
