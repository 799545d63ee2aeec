import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { isHeadraceError } from '../core/error.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import type { Stream } from './stream.ts';

function problem(described: Pipeline): string {
  try {
    planFor(described);
  } catch (error) {
    if (isHeadraceError(error)) return `${error.code} ${error.message}`;
  }
  return 'none';
}

function on(part: (stream: Stream<number>) => Stream<unknown>): string {
  const plan = pipeline('threads');
  plan
    .from(values([1]))
    .onWorkers('heavy', 2, part)
    .to(collect());
  return problem(plan);
}

function onKeys(part: (stream: KeyedStream<number, number>) => Stream<unknown>): string {
  const plan = pipeline('threads');
  plan
    .from(values([1]))
    .keyBy((n) => n)
    .onWorkers('heavy', 2, part)
    .to(collect());
  return problem(plan);
}

const other = (): Stream<number> => pipeline('other').from(values([1]));

test('steps, calls, splits, and merges of what was split may stand on threads, and with keys what remembers by key', () => {
  expect(on((stream) => stream.map((n) => n + 1).mapAsync(async (n) => n, {}))).toBe('none');
  expect(
    on((stream) => {
      const { even, odd } = stream.split({ even: (n) => n % 2 === 0, odd: () => true });
      return even.map((n) => -n).merge(odd);
    }),
  ).toBe('none');
  expect(on((stream) => stream)).toBe('none');
  expect(
    onKeys((stream) =>
      stream.scan(
        'total',
        () => 0,
        (sum, n) => sum + n,
      ),
    ),
  ).toBe('none');
});

test.each<readonly [string, (stream: Stream<number>) => Stream<unknown>]>([
  ['records would get a new key within', (stream) => stream.keyBy((n) => n)],
  ['take needs to see all records', (stream) => stream.take(1)],
  ['rateLimit needs to see all records', (stream) => stream.rateLimit({ records: 1, per: '1s' })],
  ['eventTime needs to see all records', (stream) => stream.eventTime((n) => n)],
  ['statistics needs to see all records', (stream) => stream.statistics('s', (n) => n)],
  ['threads would be started within', (stream) => stream.onWorkers('inner', 2, (inside) => inside)],
  ['records come from elsewhere into', (stream) => stream.merge(other())],
  [
    'records leave the pipeline from within',
    (stream) => {
      stream.to(collect());
      return stream;
    },
  ],
  ['the stream that the part answers does not come out of', () => other()],
])('refused on threads: %s', (what, part) => {
  const message = on(part);
  expect(message).toContain('HR_WORKERS_INVALID');
  expect(message).toContain(`${what}`);
  expect(message).toContain("onWorkers 'heavy'");
  expect(message).toMatch(/workers-problems\.test\.ts:\d+/);
});

test('what limits is refused with keys too', () => {
  expect(onKeys((stream) => stream.distinct((n) => n))).toContain('distinct needs to see all records');
});

test('a part that answers no stream and threads that are no number are refused where they are written', () => {
  const stream = pipeline('threads').from(values([1]));
  expect(() => stream.onWorkers('heavy', 2, (inside) => inside.to(collect()) as never)).toThrow('the part answers no stream');
  expect(() => stream.onWorkers('heavy', 0, (inside) => inside)).toThrow("onWorkers 'heavy' threads");
});

test('a part has a name of its own', () => {
  const plan = pipeline('threads');
  const same = (stream: Stream<number>): Stream<number> => stream.onWorkers('heavy', 2, (inside) => inside);
  same(same(plan.from(values([1])))).to(collect());
  expect(problem(plan)).toContain("HR_NAME_TAKEN two operators have the name 'heavy'");
});
