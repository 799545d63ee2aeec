import { each } from '../connectors/values/each.ts';
import type { KeyedStream } from '../pipeline/keyed-stream.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import { cell } from '../operators/process-cells.ts';
import { count } from '../windows/aggregates/count.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { session, sliding, tumbling } from '../windows/time.ts';
import { ended, type Expected, from, keyOf, MS_APART, type StageCase } from './stage-case.ts';

/** What stands in front of the stage says the time; the kit brings what would have come of it. */
function timed(plan: Pipeline, source = 0): KeyedStream<string, number> {
  return from(plan, source)
    .eventTime((n) => n * MS_APART)
    .keyBy(keyOf);
}

/** Records of a key are seven apart; without these a key is silent now and then. */
const isHeard = (n: number): boolean => n % 5 !== 0;

/** Three records of each key. */
const SPAN_MS = 21 * MS_APART;
const QUIET_MS = 10 * MS_APART;

/** Operators that work by event time: windows of each kind, a handler with timers, and joins. */
export const timeCases: readonly StageCase[] = [
  {
    name: 'tumbling windows',
    at: 'spans',
    sources: 1,
    key: keyOf,
    order: 'key',
    hasWindows: true,
    build: () => ended(timed(pipeline('tumbling')).window('spans', tumbling(SPAN_MS)).toArray()),
    answer: ([input = []]) => perKey(input, (key, all) => spansOf(all, SPAN_MS).map(([, value]) => ({ key, value }))),
  },
  {
    name: 'sliding windows',
    at: 'load',
    sources: 1,
    key: keyOf,
    order: 'key',
    hasWindows: true,
    build: () =>
      ended(
        timed(pipeline('sliding'))
          .window('load', sliding(2 * SPAN_MS, SPAN_MS))
          .aggregate({ n: count(), total: sum((n: number) => n) }),
      ),
    answer: ([input = []]) =>
      perKey(input, (key, all) => {
        const spans = new Map(spansOf(all, SPAN_MS));
        const ends = [...new Set([...spans.keys()].flatMap((start) => [start + SPAN_MS, start + 2 * SPAN_MS]))];
        return ends.map((end) => {
          const start = end - 2 * SPAN_MS;
          const members = [...(spans.get(start) ?? []), ...(spans.get(start + SPAN_MS) ?? [])];
          const total = members.reduce((all, n) => all + n, 0);
          return { key, value: { key, window: { start, end }, pane: { index: 0, timing: 'onTime' }, n: members.length, total } };
        });
      }),
  },
  {
    name: 'sessions',
    at: 'visits',
    sources: 1,
    key: keyOf,
    order: 'key',
    hasWindows: true,
    build: () => ended(timed(pipeline('sessions')).filter(isHeard).window('visits', session(QUIET_MS)).toArray()),
    answer: ([input = []]) => perKey(input.filter(isHeard), (key, all) => visitsOf(all).map((value) => ({ key, value }))),
  },
  {
    name: 'process with timers',
    at: 'quiet',
    sources: 1,
    key: keyOf,
    order: 'key',
    build: () =>
      ended(
        timed(pipeline('process'))
          .filter(isHeard)
          .process(
            'quiet',
            {
              cells: { total: cell(() => 0) },
              timers: ['quiet'],
              onRecord(n, { cells, timers, time }) {
                cells.total.update((total) => total + n);
                timers.set('quiet', time + QUIET_MS);
                return [n];
              },
              onTimer: (_timer, { cells }) => [`quiet after ${cells.total.get()}`],
            },
            { order: 'eventTime' },
          ),
      ),
    answer([input = []]) {
      return perKey(input.filter(isHeard), (key, all) => {
        let total = 0;
        return visitsOf(all).flatMap((visit) => {
          total += visit.reduce((sum, n) => sum + n, 0);
          return [...visit, `quiet after ${total}`].map((value) => ({ key, value }));
        });
      });
    },
  },
  {
    name: 'join',
    at: 'pairs',
    sources: 2,
    key: keyOf,
    order: 'key',
    holdMs: 30,
    build() {
      const plan = pipeline('join');
      const pairs = timed(plan).join('pairs', timed(plan, 1), (n, m) => [n, m ?? null], { within: { before: 0, after: 30 }, kind: 'left' });
      return ended(pairs);
    },
    // The record behind it, of the other stream, has its key; the last has met none.
    answer: ([left = [], right = []]) => left.map((n, i) => ({ key: keyOf(n), value: [n, right[i + 1] ?? null] })),
  },
  {
    name: 'joinAsOf',
    at: 'asOf',
    sources: 2,
    key: keyOf,
    order: 'key',
    build() {
      const plan = pipeline('as-of');
      return ended(timed(plan).joinAsOf('asOf', timed(plan, 1), (n, m) => [n, m ?? null], { kind: 'left' }));
    },
    answer: ([left = [], right = []]) => left.map((n, i) => ({ key: keyOf(n), value: [n, right[i - 6] ?? null] })),
  },
];

/** Windows whose late records leave by the dead letters. */
export const lateCase: StageCase = {
  name: 'late records',
  at: 'spans',
  sources: 1,
  key: keyOf,
  order: 'key',
  build() {
    const plan = pipeline('late-records');
    timed(plan)
      .window('spans', tumbling(SPAN_MS))
      .toArray()
      .to(each(() => {}));
    plan.deadLetters().to(each(() => {}));
    return plan;
  },
  answer: (inputs) => timeCases[0]!.answer(inputs),
};

function perKey(input: readonly number[], answer: (key: string, all: readonly number[]) => readonly Expected[]): readonly Expected[] {
  return [...Map.groupBy(input, keyOf)].flatMap(([key, all]) => answer(key, all));
}

function spansOf(all: readonly number[], spanMs: number): readonly (readonly [start: number, members: readonly number[]])[] {
  return [...Map.groupBy(all, (n) => Math.floor((n * MS_APART) / spanMs) * spanMs)];
}

/** Records of one key, as long as there is less than `QUIET_MS` between them. */
function visitsOf(all: readonly number[]): readonly (readonly number[])[] {
  const visits: number[][] = [];
  for (const [i, n] of all.entries())
    if (i > 0 && (n - all[i - 1]!) * MS_APART < QUIET_MS) visits.at(-1)!.push(n);
    else visits.push([n]);
  return visits;
}
