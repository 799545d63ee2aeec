import { describe, expect, test } from 'vitest';
import {
  count,
  type DeadLetter,
  fail,
  type HeadraceError,
  type OnError,
  type Pipeline,
  pipeline,
  sum,
  tumblingCount,
  values,
} from '../../src/index.ts';
import type { Stream } from '../../src/index.ts';
import { guardRejections, keeping, runToEnd } from './rig.ts';

guardRejections();

/** Every operator that calls a function of the user, with one that breaks at the value 3. */
const broken = (value: number): number => {
  if (value === 3) throw new RangeError('three is too many');
  return value;
};
const refusing = (value: number): number => (value === 3 ? (fail('three is refused') as never) : value);

type Build = (numbers: Stream<number>, fn: (value: number) => number, options: { readonly onError?: OnError }) => Stream<unknown>;

const STEPS: Readonly<Record<string, Build>> = {
  map: (numbers, fn, options) => numbers.map((n) => fn(n), options),
  filter: (numbers, fn, options) => numbers.filter((n) => (n === 3 ? (fn(n) as unknown as boolean) : true), options),
  tap: (numbers, fn, options) => numbers.tap((n) => fn(n), options),
  flatMap: (numbers, fn, options) => numbers.flatMap((n): number[] => (n === 3 ? (fn(n) as unknown as number[]) : [n]), options),
  keyBy: (numbers, fn, options) => numbers.keyBy((n) => fn(n), options),
  scan: (numbers, fn, options) =>
    numbers.scan(
      'last',
      () => 0,
      (_last, n) => fn(n),
      options,
    ),
  'keyed scan': (numbers, fn, options) =>
    numbers
      .keyBy((n) => n % 2)
      .scan(
        'last',
        () => 0,
        (_last, n) => fn(n),
        options,
      ),
  distinct: (numbers, fn, options) => numbers.distinct((n) => fn(n), options),
  statistics: (numbers, fn, options) => numbers.statistics('spread', (n) => fn(n), options).map((s) => s.max),
  mapAsync: (numbers, fn, options) => numbers.mapAsync(async (n) => fn(n), { concurrency: 2, ...options }),
  'mapAsync at once': (numbers, fn, options) => numbers.mapAsync((n) => fn(n), { concurrency: 2, ...options }),
  mapBatch: (numbers, fn, options) =>
    numbers.mapBatch(async (many) => many.map((n) => fn(n)), { max: 1, within: '1ms', concurrency: 2, ...options }),
  enrich: (numbers, fn, options) => numbers.enrich({ by: (n) => n % 2, find: async (keys) => keys }, (n) => fn(n), { max: 1, ...options }),
  'enrich, its key': (numbers, fn, options) => numbers.enrich({ by: fn, find: async (keys) => keys }, (n) => n, { max: 2, ...options }),
};

/** Those whose functions may answer `fail()`. */
const REFUSING = ['map', 'filter', 'tap', 'flatMap', 'scan', 'keyed scan', 'mapAsync', 'mapAsync at once', 'mapBatch', 'enrich'];

const cases = Object.keys(STEPS).flatMap((kind) => [
  { kind, way: 'throws', fn: broken, code: 'HR_OPERATOR_FAILED', what: 'three is too many' },
  ...(REFUSING.includes(kind) ? [{ kind, way: 'refuses', fn: refusing, code: 'HR_RECORD_REFUSED', what: 'three is refused' }] : []),
]);
const ways = (['always', 'never'] as const).flatMap((codegen) => cases.map((one) => ({ ...one, codegen })));

describe.each(ways)('a function of $kind that $way (codegen $codegen)', ({ kind, fn, code, what, codegen }) => {
  const of = (options: { readonly onError?: OnError }, made: Pipeline = pipeline('faults')) => {
    const sink = keeping<unknown>();
    STEPS[kind]!(made.from(values([1, 2, 3, 4, 5])), fn, options).to(sink);
    return { made, sink };
  };

  test('stops the run at that record', async () => {
    const { made, sink } = of({});
    const { error, code: seen } = await runToEnd(made, { codegen });
    expect(seen).toBe(code);
    expect((error as HeadraceError).message).toContain(what);
    expect((error as HeadraceError).message).toContain('record values/0/2');
    expect(sink.values).toEqual([1, 2]);
  });

  test('costs that record only, with skip', async () => {
    const { made, sink } = of({ onError: 'skip' });
    const { report } = await runToEnd(made, { codegen });
    expect(sink.values).toEqual([1, 2, 4, 5]);
    expect(report).toMatchObject({ in: 5, out: 4, skipped: 1, deadLetters: 0 });
  });

  test('makes one dead letter that says what and where', async () => {
    const made = pipeline('faults');
    const letters = keeping<DeadLetter>({ id: 'letters' });
    made.deadLetters().to(letters);
    const { sink } = of({ onError: 'deadLetter' }, made);
    const { report } = await runToEnd(made, { codegen });
    expect(sink.values).toEqual([1, 2, 4, 5]);
    expect(letters.values).toMatchObject([
      {
        id: 'values/0/2',
        value: 3,
        error: { code, what: expect.stringContaining(what) },
        origin: { source: 'values', partition: '0', position: '2' },
      },
    ]);
    expect(report).toMatchObject({ in: 5, out: 4, skipped: 0, deadLetters: 1 });
  });
});

describe.each(['always', 'never'] as const)('with codegen %s', (codegen) => {
  test('the siblings of a failing child go on, three levels down, and each letter names its child', async () => {
    const made = pipeline('family', { onError: 'deadLetter' });
    const sink = keeping<string>();
    const letters = keeping<DeadLetter>({ id: 'letters' });
    made
      .from(values([1, 2]))
      .flatMap((n) => [n * 10, n * 10 + 1])
      .flatMap((n) => [n * 10, n * 10 + 1])
      .flatMap((n) => [n * 10, n * 10 + 1])
      .map((n, record) => {
        if (n === 1101) throw new Error('this child');
        return `${record.id}=${n}`;
      })
      .to(sink);
    made.deadLetters().to(letters);
    await runToEnd(made, { codegen });
    expect(letters.values).toMatchObject([{ id: 'values/0/0/1/0/1', value: 1101 }]);
    expect(sink.values).toHaveLength(15);
    expect(sink.values.slice(4, 6)).toEqual(['values/0/0/1/0/0=1100', 'values/0/0/1/1/0=1110']);
    expect(new Set(sink.values).size).toBe(15);
  });

  test('a generator that throws takes its children back', async () => {
    const sink = keeping<number>();
    const made = pipeline('late', { onError: 'skip' })
      .from(values([1, 2, 3]))
      .flatMap(function* (n) {
        yield n * 10;
        yield n * 10 + 1;
        if (n === 2) throw new Error('too late');
      })
      .to(sink);
    const { report } = await runToEnd(made, { codegen });
    expect(sink.values).toEqual([10, 11, 30, 31]);
    expect(report?.skipped).toBe(1);
  });

  test('the state of a scan is what it was before the failing record', async () => {
    const sink = keeping<number>();
    const made = pipeline('sums', { onError: 'skip' })
      .from(values([1, 2, 3, 4]))
      .scan(
        'sum',
        () => 0,
        (total, n) => (n === 2 ? (fail('two') as never) : n === 3 ? broken(n) : total + n),
      )
      .to(sink);
    await runToEnd(made, { codegen });
    expect(sink.values).toEqual([1, 5]);
  });

  test('a failure behind the dead letters stops the run', async () => {
    const made = pipeline('letters', { onError: 'deadLetter' });
    made
      .from(values([1, 3]))
      .map(broken)
      .to(keeping());
    made
      .deadLetters()
      .map(() => {
        throw new Error('and this too');
      })
      .to(keeping({ id: 'letters' }));
    const { code, error } = await runToEnd(made, { codegen });
    expect(code).toBe('HR_OPERATOR_FAILED');
    expect((error as HeadraceError).message).toContain('and this too');
  });

  test('things that are no errors can be thrown', async () => {
    for (const [thrown, what] of [
      ['text', 'text'],
      [null, 'null'],
      [undefined, 'undefined'],
      [{ toString: () => broken(3) }, ''],
      [Object.create(null), ''],
    ] as const) {
      const made = pipeline('odd', { onError: 'deadLetter' });
      const letters = keeping<DeadLetter>({ id: 'letters' });
      made
        .from(values([1]))
        .map(() => {
          throw thrown;
        })
        .to(keeping());
      made.deadLetters().to(letters);
      await runToEnd(made, { codegen });
      expect(letters.values[0]?.error.what).toContain(what);
    }
  });

  test('a value whose properties throw when they are touched is a value like any other', async () => {
    const hostile = {
      // oxlint-disable-next-line unicorn/no-thenable -- what is asked here is whether touching it does harm
      get then(): never {
        throw new Error('do not touch');
      },
    };
    const made = pipeline('hostile', { onError: 'skip' });
    const sink = keeping<unknown>();
    made
      .from(values([1, 2, 3]))
      .map((n): unknown => (n === 2 ? hostile : n))
      .to(sink);
    const { report, error } = await runToEnd(made, { codegen });
    expect(error).toBeUndefined();
    expect([...sink.values.filter((n) => typeof n === 'number'), report?.skipped ?? 0]).toEqual([1, 3, sink.values.length === 3 ? 0 : 1]);
  });
});

test('a function that breaks in an aggregate of a count window stops the run and says so', async () => {
  const made = pipeline('panes')
    .from(values([1, 2, 3, 4]))
    .window('pairs', tumblingCount(2))
    .aggregate({ n: count(), total: sum((n: number) => broken(n)) })
    .to(keeping());
  const { code, error } = await runToEnd(made);
  expect(code).toBe('HR_OPERATOR_FAILED');
  expect((error as HeadraceError).message).toContain('three is too many');
});

test('a test of split that breaks follows the pipeline', async () => {
  for (const onError of ['stop', 'skip', 'deadLetter'] as const) {
    const made = pipeline('split', { onError });
    const [small, large] = [keeping<number>({ id: 'small' }), keeping<number>({ id: 'large' })];
    const letters = keeping<DeadLetter>({ id: 'letters' });
    const branches = made.from(values([1, 2, 3, 40])).split({ small: (n) => broken(n) < 10, large: () => true });
    branches.small.to(small);
    branches.large.to(large);
    if (onError === 'deadLetter') made.deadLetters().to(letters);
    const { code } = await runToEnd(made);
    expect(code).toBe(onError === 'stop' ? 'HR_OPERATOR_FAILED' : undefined);
    expect(small.values).toEqual([1, 2]);
    expect(large.values).toEqual(onError === 'stop' ? [] : [40]);
    expect(letters.values.map((letter) => letter.value)).toEqual(onError === 'deadLetter' ? [3] : []);
  }
});
