// Every aggregate in windows of time, through the public API: what slices, sessions and late records are merged into is
// what one pass over the records of each window answers, in the order in which they came.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as api from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const seed = given === undefined ? undefined : Number(given);

interface Point {
  readonly key: string;
  readonly at: number;
  readonly x: number;
  readonly tag: string;
}

const x = (point: Point): number => point.x;
const tag = (point: Point): string => point.tag;
/** All whose answers do not depend on rounding; what is rounded is compared in aggregates.test.ts. */
const fields = {
  n: api.count(),
  large: api.count((point: Point) => point.x > 2),
  total: api.sum(x),
  rate: api.rate(x),
  least: api.min(x),
  most: api.max(x),
  mean: api.mean(x),
  bins: api.histogram([-2, 0, 2], x),
  cheapest: api.minBy(x),
  dearest: api.maxBy(tag),
  opening: api.first(),
  closing: api.last(x),
  all: api.toArray(x, { limit: 5 }),
  newest: api.toArray(x, { limit: 5, keep: 'last' }),
  tags: api.toSet(tag, { limit: 3 }),
  top: api.topK(2, tag),
  kinds: api.distinct(tag),
  middle: api.quantiles([0.25, 0.5, 1], x),
} satisfies Record<string, api.Aggregate<Point, unknown>>;

const points: fc.Arbitrary<readonly Point[]> = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    at: fc.integer({ min: -50, max: 300 }),
    x: fc.integer({ min: -5, max: 5 }),
    tag: fc.constantFrom('red', 'green', 'blue', '__proto__', ''),
  }),
  { minLength: 1, maxLength: 120 },
);

interface Pane {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly answers: Readonly<Record<string, unknown>>;
}

const KINDS = {
  tumbling: [api.tumbling(50), (at: number) => [[Math.floor(at / 50) * 50, Math.floor(at / 50) * 50 + 50]]],
  sliding: [api.sliding(100, 30), (at: number) => startsOf(at, 100, 30).map((start) => [start, start + 100])],
  session: [api.session(20), undefined],
} as const;

function startsOf(at: number, size: number, every: number): number[] {
  const starts: number[] = [];
  for (let start = Math.floor(at / every) * every; start > at - size; start -= every) starts.push(start);
  return starts;
}

/** The windows of one key, by hand: those that a function of the time names, or sessions of a gap. */
function windowsOf(all: readonly Point[], kind: keyof typeof KINDS): (readonly [start: number, end: number, records: readonly Point[]])[] {
  const of = KINDS[kind][1];
  if (of !== undefined) {
    const spans = new Map(all.flatMap(({ at }) => of(at).map(([start, end]) => [start!, end!])));
    return [...spans].map(([start, end]) => [start, end, all.filter(({ at }) => at >= start && at < end)]);
  }
  const times = [...new Set(all.map(({ at }) => at))].sort((a, b) => a - b);
  const spans: [number, number][] = [];
  for (const time of times) {
    const open = spans.at(-1);
    if (open !== undefined && time < open[1]) open[1] = time + 20;
    else spans.push([time, time + 20]);
  }
  return spans.map(([start, end]) => [start, end, all.filter(({ at }) => at >= start && at < end)]);
}

function byHand(all: readonly Point[], kind: keyof typeof KINDS): Pane[] {
  return ['a', 'b', 'c'].flatMap((key) => {
    const own = all.filter((point) => point.key === key);
    return windowsOf(own, kind).map(([start, end, records]) => ({ key, start, end, answers: answersOf(records, { start, end }) }));
  });
}

function answersOf(records: readonly Point[], window: api.WindowSpan): Pane['answers'] {
  return Object.fromEntries(
    Object.entries<api.Aggregate<Point, unknown>>(fields).map(([name, aggregate]) => {
      const state = aggregate.create();
      for (const point of records) aggregate.add(state, aggregate.of(point, point.at));
      return [name, aggregate.extract(state, window)];
    }),
  );
}

const sorted = (panes: readonly Pane[]): readonly Pane[] =>
  panes.toSorted((a, b) => a.end - b.end || a.start - b.start || (a.key < b.key ? -1 : 1));

for (const kind of ['tumbling', 'sliding', 'session'] as const) {
  test(`panes of ${kind} windows hold what one pass over their records answers`, async () => {
    await fc.assert(
      fc.asyncProperty(points, fc.constantFrom(1, 7, 1024), async (all, chunk) => {
        const panes = api.collect<Record<string, unknown> & { readonly key: string; readonly window: api.WindowSpan }>();
        const plan = api
          .pipeline('panes')
          .from(api.values(all))
          .eventTime((point) => point.at, { disorder: 1000 })
          .keyBy((point) => point.key)
          .window('all', KINDS[kind][0])
          .aggregate(fields)
          .to(panes as never);
        await api.run(plan, { runtime: embedded({ chunk }) });
        const got = panes.values.map(({ key, window, pane: _pane, ...answers }) => ({
          key,
          start: window.start,
          end: window.end,
          answers,
        }));
        expect(sorted(got)).toEqual(sorted(byHand(all, kind)));
      }),
      { numRuns: isFull ? 50 : 8, ...(seed === undefined ? {} : { seed }) },
    );
  });
}

test('an aggregate that goes by event time wants times in windows by number too, and says so before anything runs', async () => {
  const load = { load: api.exponentialMean(x, { halfLife: '1s' }) };
  const two: readonly Point[] = [
    { key: 'a', at: 1000, x: 4, tag: '' },
    { key: 'a', at: 0, x: 1, tag: '' },
  ];
  const without = api.pipeline('without').from(api.values(two)).window('pairs', api.tumblingCount(2)).aggregate(load).to(api.collect());
  await expect(api.run(without)).rejects.toThrow(expect.objectContaining({ code: 'HR_TIME_MISSING' }));
  const panes = api.collect<{ readonly load: number }>();
  const timed = api
    .pipeline('timed')
    .from(api.values(two))
    .eventTime((point) => point.at, { disorder: 1000 });
  await api.run(timed.window('pairs', api.tumblingCount(2)).aggregate(load).to(panes));
  expect(panes.values.map(({ load: weighed }) => weighed)).toEqual([(4 + 1 / 2) / 1.5]);
});
