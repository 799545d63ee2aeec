import { describe, expect, test } from 'vitest';
import { type HeadraceError, type Pipeline, pipeline, type Stream, sum, tumblingCount, values } from '../../src/index.ts';
import { guardRejections, keeping, runToEnd } from './rig.ts';

guardRejections();

// What JavaScript lets through where TypeScript does not: each function answers a promise, and some of them reject.
type Sneaky = (value: number) => never;
const resolving: Sneaky = (value) => Promise.resolve(value) as never;
const rejecting: Sneaky = () => Promise.reject(new Error('nobody looks at this')) as never;

const STEPS: Readonly<Record<string, (numbers: Stream<number>, fn: Sneaky) => Stream<unknown>>> = {
  map: (numbers, fn) => numbers.map((n) => fn(n)),
  filter: (numbers, fn) => numbers.filter((n) => fn(n)),
  tap: (numbers, fn) => numbers.tap((n) => fn(n)),
  flatMap: (numbers, fn) => numbers.flatMap((n): number[] => fn(n)),
  'a child of flatMap': (numbers, fn) => numbers.flatMap((n) => [n, fn(n)]),
  'a child of a generator': (numbers, fn) =>
    numbers.flatMap(function* (n) {
      yield fn(n);
    }),
  keyBy: (numbers, fn) => numbers.keyBy((n): number => fn(n)),
  scan: (numbers, fn) =>
    numbers.scan(
      'sum',
      () => 0,
      (_sum, n) => fn(n),
    ),
  distinct: (numbers, fn) => numbers.distinct((n) => fn(n)),
  statistics: (numbers, fn) => numbers.statistics('spread', (n) => fn(n)),
  split: (numbers, fn) => numbers.split({ yes: (n): boolean => fn(n) }).yes,
  'an aggregate': (numbers, fn) => numbers.window('w', tumblingCount(2)).aggregate({ total: sum((n: number): number => fn(n)) }),
  'reduce of a window': (numbers, fn) =>
    numbers.window('w', tumblingCount(2)).reduce(
      () => 0,
      (_sum, n): number => fn(n),
    ),
};

const cases = Object.keys(STEPS).flatMap((kind) =>
  (['always', 'never'] as const).flatMap((codegen) => [
    { kind, codegen, way: 'resolves', fn: resolving },
    { kind, codegen, way: 'rejects', fn: rejecting },
  ]),
);

describe.each(['stop', 'skip'] as const)('with onError %s', (onError) => {
  test.each(cases)('a promise from $kind that $way is a mistake that stops the run (codegen $codegen)', async ({ kind, codegen, fn }) => {
    const made: Pipeline = pipeline('promised', { onError });
    const sink = keeping<unknown>();
    STEPS[kind]!(made.from(values([1, 2, 3, 4])), fn).to(sink);
    const { error, code } = await runToEnd(made, { codegen });
    expect(code).toBe('HR_PROMISE_NOT_ALLOWED');
    expect((error as HeadraceError).message).toContain('mapAsync');
    expect(sink.values.filter((value) => value instanceof Promise)).toEqual([]);
  });
});

test('the compiler refuses functions that answer promises', () => {
  const numbers = pipeline('types').from(values([1]));
  // @ts-expect-error this function must not return a promise: use mapAsync
  numbers.map(async (n) => n);
  // @ts-expect-error
  numbers.filter(async (n) => n > 1);
  // @ts-expect-error
  numbers.tap(async (n) => void n);
  // @ts-expect-error
  numbers.flatMap(async (n) => [n]);
  // @ts-expect-error
  numbers.keyBy(async (n) => n);
  // @ts-expect-error
  numbers.distinct(async (n) => n);
  // @ts-expect-error
  numbers.statistics('spread', async (n) => n);
  // @ts-expect-error
  numbers.split({ some: async (n) => n > 1 });
  const summing = async (total: number, n: number): Promise<number> => total + n;
  // @ts-expect-error
  numbers.scan('sum', () => 0, summing);
  numbers.mapAsync(async (n) => n, { concurrency: 1 });
  expect(numbers).toBeDefined();
});
