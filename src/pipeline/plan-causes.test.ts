import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { every } from '../connectors/values/every.ts';
import { values } from '../connectors/values/values.ts';
import { tumblingCount } from '../windows/count.ts';
import { tumbling } from '../windows/time.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { type CausesOptions, causesOf } from './plan-causes.ts';
import type { Stream } from './stream.ts';

function causes(write: (stream: Stream<number>, plan: Pipeline) => unknown, options: CausesOptions = { copies: 'one' }): readonly string[] {
  const plan = pipeline('causes');
  write(plan.from(values([1])), plan);
  return causesOf(planFor(plan), options).map(({ node, cause }) => `${node}: ${cause}`);
}

const same = async (n: number): Promise<number> => n;

test('a chain of steps, keyed state, ordered calls, limits and waiting buffers gives the same every time', () => {
  const chain = (stream: Stream<number>): unknown =>
    stream
      .onWorkers('threads', 2, (inside) => inside.map((n) => n + 1))
      .keyBy((n) => n)
      .scan(
        'sum',
        () => 0,
        (sum, n) => sum + n,
      )
      .window('w', tumblingCount(2))
      .toArray()
      .mapAsync(async (pair) => pair.length, { timeout: '1s' })
      .rateLimit({ records: 1, per: '1s' })
      .buffer({ items: 2 })
      .take(3)
      .to(collect());
  expect(causes(chain)).toEqual([]);
});

test.each<readonly [string, (stream: Stream<number>, plan: Pipeline) => unknown]>([
  ['values/merge: records of several streams', (stream) => stream.merge(stream).to(collect())],
  [
    "values/mapAsync: answers leave as they come (order: 'completion')",
    (stream) => stream.mapAsync(same, { order: 'completion' }).to(collect()),
  ],
  [
    "values/mapAsync: answers of different keys leave as they come (order: 'key')",
    (stream) => stream.mapAsync(same, { order: 'key' }).to(collect()),
  ],
  ['values/mapAsync: which calls are too late', (stream) => stream.mapAsync(same, { timeout: '1s', onError: 'skip' }).to(collect())],
  ['values/mapBatch: which records share a call', (stream) => stream.mapBatch(async (all) => all, { max: 2 }).to(collect())],
  [
    'values/enrich: which keys share a call and how old an answer is depend on time',
    (stream) => stream.enrich({ by: (n) => n, find: (all) => all }, (n, found) => [n, found]).to(collect()),
  ],
  ['values/batch: batches are cut by time (within)', (stream) => stream.batch(2, { within: '1s' }).to(collect())],
  ['values/batch: sizes of batches', (stream) => stream.batch(2, { adaptive: { min: 1, max: 4, target: '1s' } }).to(collect())],
  ['values/batch: batches are cut short by a checkpoint', (stream) => stream.batch(2).to(collect())],
  [
    "values/buffer: what is dropped depends on time (overflow: 'dropOldest')",
    (stream) => stream.buffer({ overflow: 'dropOldest' }).to(collect()),
  ],
  [
    'w: after a restart, windows left at the end',
    (stream) =>
      stream
        .keyBy((n) => n)
        .window('w', tumblingCount(2, { partial: true }))
        .toArray()
        .to(collect()),
  ],
  [
    'w: early panes come by the clock',
    (stream) =>
      stream
        .eventTime((n) => n)
        .window('w', tumbling('1m'), { early: '1s' })
        .toArray()
        .to(collect()),
  ],
  [
    'w: how early panes stand among those of other windows',
    (stream) =>
      stream
        .eventTime((n) => n)
        .window('w', tumbling('1m'), { early: { records: 2 } })
        .toArray()
        .to(collect()),
  ],
  [
    'threads/rejoin: records of different keys',
    (stream) =>
      stream
        .keyBy((n) => n)
        .onWorkers('threads', 2, (inside) => inside.map((n) => n))
        .to(collect()),
  ],
])('runs may differ by %s', (cause, write) => {
  const found = causes(write);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(cause);
});

test('sources that cannot be read again differ too, and dead letters of several operators, but not those of one', () => {
  const late = (stream: Stream<number>) =>
    stream
      .eventTime((n) => n)
      .window('late', tumbling(10))
      .toArray();
  expect(causes((stream) => late(stream).to(collect()))).toEqual([]);
  expect(
    causes((stream, plan) => {
      late(stream.map((n) => n, { onError: 'deadLetter' })).to(collect());
      plan.from(every('1s')).to(collect());
      plan.deadLetters().to(collect());
    }),
  ).toEqual(['every:1s: ticks come by the clock', 'dead letters/letters: dead letters of several operators come as they arrive']);
});

test('without checkpoints batches of a size are always the same', () => {
  expect(causes((stream) => stream.batch(2).to(collect()), { copies: 'one', checkpoints: false })).toEqual([]);
});

test('with many copies, what comes from several of them comes as it arrives', () => {
  const many = causes(
    (stream) =>
      stream
        .keyBy((n) => n)
        .scan(
          'sum',
          () => 0,
          (sum, n) => sum + n,
        )
        .take(2)
        .map((n) => n)
        .to(collect()),
    { copies: 'many' },
  );
  expect(many).toEqual([
    'sum: records of several partitions come from values/keyBy as they arrive',
    'sum/take: records of several copies come from sum as they arrive',
  ]);
});
