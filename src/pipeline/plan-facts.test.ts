import { expect, test } from 'vitest';
import { text } from '../codecs/text.ts';
import { collect } from '../connectors/values/collect.ts';
import { every } from '../connectors/values/every.ts';
import { values } from '../connectors/values/values.ts';
import type { Delivery, Sink } from '../core/sink.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { checkNames, clonedEdges, gathersOf, guaranteesOf } from './plan-facts.ts';
import type { Stream } from './stream.ts';

const numbers = (plan: Pipeline): Stream<number> => plan.from(values([1]));
const sink = (delivery: Delivery): Sink<unknown> => ({ ...collect(), id: delivery, delivery });

test('the guarantee of a sink is what it can do, unless a source above cannot be read again', () => {
  const plan = pipeline('facts');
  const stream = numbers(plan);
  for (const delivery of ['twoPhase', 'arbiter', 'byId', 'none'] as const) stream.to(sink(delivery));
  numbers(plan)
    .merge(plan.from(every('1s')))
    .to(sink('twoPhase'), { name: 'ticks' });
  plan.deadLetters().to(sink('twoPhase'), { name: 'letters' });
  expect(guaranteesOf(planFor(plan)).map(({ sink: id, withCheckpoints, without }) => [id, withCheckpoints, without])).toEqual([
    ['twoPhase', 'exactly once', 'at least once'],
    ['arbiter', 'exactly once', 'at least once'],
    ['byId', 'exactly once by record id', 'at least once'],
    ['none', 'at least once', 'at least once'],
    ['ticks', 'at most once', 'at most once'],
    ['letters', 'at most once', 'at most once'],
  ]);
  expect(guaranteesOf(planFor(plan)).at(-1)!.because).toBe('every:1s cannot be read again');
});

test('a gather names the operator that is the reason', () => {
  const plan = pipeline('facts');
  const stream = numbers(plan).map((n) => n + 1);
  stream.take(2, { name: 'two' }).to(collect());
  stream
    .keyBy((n) => n)
    .distinct((n) => n)
    .skip(1)
    .to(collect());
  plan.deadLetters().to(collect());
  expect(gathersOf(planFor(plan))).toEqual([
    { from: 'values/map', because: 'two', stage: 'two' },
    { from: 'values/keyBy', because: 'values/distinct', stage: 'values/distinct' },
  ]);
});

test('edges to and from threads are cloned unless their values have a codec', () => {
  const plan = pipeline('facts');
  const shout = (stream: Stream<string>): Stream<string> => stream.map((word) => word.toUpperCase());
  const words = values(['a']);
  plan.from(words).onWorkers('plain', 2, shout).to(collect());
  plan
    .from(words)
    .as(text())
    .onWorkers('bytes', 2, (stream) => shout(stream).as(text()))
    .to(collect());
  plan
    .from({ ...words, id: 'coded', codec: text() })
    .onWorkers('decoded', 2, shout)
    .to(collect());
  expect(clonedEdges(planFor(plan)).map(({ from }) => from)).toEqual(['values', 'plain/map', 'decoded/map']);
});

test('under checkpoints whatever remembers has a name, and all that lack one are listed', () => {
  const plan = pipeline('facts');
  numbers(plan)
    .eventTime((n) => n)
    .take(1)
    .skip(1, { name: 'first' })
    .distinct((n) => n)
    .to(collect());
  expect(() => checkNames(planFor(plan))).toThrow(/2 problems.*\n.*HR_NAME_MISSING: take remembers.*facts\.test\.ts:\d+.*\n.*distinct/);
  const named = pipeline('facts')
    .from(values([1]))
    .take(1, { name: 'one' })
    .to(collect());
  expect(() => checkNames(planFor(named))).not.toThrow();
});
