import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import type { RecordInfo } from '../core/chunk.ts';
import { fail } from '../core/failure.ts';
import type { Cell } from '../core/operator.ts';
import type { Source } from '../core/source.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import type { Stream } from '../pipeline/stream.ts';
import { embedded } from '../runtime/embedded.ts';
import { run } from '../runtime/run.ts';
import { scan } from './scan.ts';

/** Runs a part over values in both forms of the loop and answers what came out, which must be the same. */
async function through<T, U>(input: readonly T[], part: (stream: Stream<T>) => Stream<U>): Promise<readonly U[]> {
  const outputs: (readonly U[])[] = [];
  for (const codegen of ['always', 'never'] as const) {
    const out = collect<U>();
    await run(
      pipeline('steps', { onError: 'skip' })
        .from(values([...input]))
        .through(part)
        .to(out),
      { runtime: embedded({ codegen, chunk: 3 }) },
    );
    outputs.push(out.values);
  }
  expect(outputs[1]).toEqual(outputs[0]);
  return outputs[0]!;
}

test('scan folds into one state without keys and into one per key behind keyBy', async () => {
  expect(
    await through([1, 2, 3, 4], (s) =>
      s.scan(
        'sum',
        () => 0,
        (sum, n) => sum + n,
      ),
    ),
  ).toEqual([1, 3, 6, 10]);
  const perParity = await through([1, 2, 3, 4], (s) =>
    s
      .keyBy((n) => n % 2)
      .scan(
        'sum',
        (key) => key * 100,
        (sum, n) => sum + n,
      ),
  );
  expect(perParity).toEqual([101, 2, 104, 6]);
});

test('scan keeps its state when the fold throws', async () => {
  const sums = await through([1, 2, 3], (s) =>
    s.scan(
      'sum',
      () => 0,
      (sum, n) => {
        if (n === 2) throw new Error('no twos');
        return sum + n;
      },
    ),
  );
  expect(sums).toEqual([1, 4]);
});

test('a fold that refuses with fail() leaves the state as it was', async () => {
  const sums = await through([1, 2, 3], (s) =>
    s.scan(
      'sum',
      () => 0,
      (sum: number, n) => (n === 2 ? (fail('two') as never) : sum + n),
    ),
  );
  expect(sums).toEqual([1, 4]);
});

test('distinct lets the first of each through, and forgets the oldest beyond its bound', async () => {
  expect(await through(['a', 'b', 'a', 'c', 'b'], (s) => s.distinct((word) => word))).toEqual(['a', 'b', 'c']);
  const bounded = await through(['a', 'b', 'c', 'a'], (s) => s.distinct((word) => word, { keep: { items: 2 } }));
  expect(bounded).toEqual(['a', 'b', 'c', 'a']);
});

test('distinct tells 1 from "1" and takes 0 and -0 for one', async () => {
  expect(await through<number | string, number | string>([1, '1', 0, -0], (s) => s.distinct((value) => value))).toEqual([1, '1', 0]);
});

test('distinct with a time lets a value through again when its event time is that much later', async () => {
  const timed: Source<number> = {
    kind: 'timed',
    id: 'timed',
    partitions: () => [0],
    open: () => ({ read: () => ({ values: [7, 7, 7], times: [0, 999, 1000], positions: { first: 0 }, resume: 3, end: true }), close() {} }),
  };
  const out = collect<string>();
  await run(
    pipeline('again')
      .from(timed)
      .distinct((n) => n, { keep: { for: '1s' } })
      .map((_n, record) => record.position)
      .to(out),
  );
  expect(out.values).toEqual(['0', '2']);
});

test('take ends the stream, skip holds back the first', async () => {
  expect(await through([1, 2, 3, 4, 5], (s) => s.skip(1).take(3))).toEqual([2, 3, 4]);
  expect(await through([1, 2], (s) => s.take(0))).toEqual([]);
});

test('take counts only what it lets through, not what fails before it', async () => {
  expect(await through([1, 2, 3, 4], (s) => s.map((n) => (n === 2 ? fail('two') : n)).take(2))).toEqual([1, 3]);
});

test('statistics equal a two-pass computation, also far from zero', async () => {
  const input = [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16];
  const [last] = await through(input, (s) => s.statistics('all', (x) => x, { every: 4 }));
  expect(last).toEqual({ count: 4, mean: 1e9 + 10, variance: 22.5, stddev: Math.sqrt(22.5), min: 1e9 + 4, max: 1e9 + 16, range: 12 });
});

test('statistics refuse what is not a finite number and go on unspoiled', async () => {
  const out = await through([1, Number.NaN, 3], (s) => s.statistics('all', (x) => x));
  expect(out.map((s) => [s.count, s.mean])).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

test('flatMap takes any iterable, and what a generator gave before it threw is taken back', async () => {
  const words = await through([1, 2, 3], (s) =>
    s.flatMap(function* (n) {
      yield `${n}a`;
      if (n === 2) throw new Error('half way');
      yield `${n}b`;
    }),
  );
  expect(words).toEqual(['1a', '1b', '3a', '3b']);
});

test('children know their ordinal and keep the key of their parent', async () => {
  const ids = await through(['xy', 'z'], (s) =>
    s
      .keyBy((word) => word.length)
      .flatMap((word) => [...word])
      .map((letter, record) => `${letter} ${record.key} ${record.id}`),
  );
  expect(ids).toEqual(['x 2 values/0/0/0', 'y 2 values/0/0/1', 'z 1 values/0/1/0']);
});

test('a keyBy behind a flatMap gives each child a key of its own and does not leak it to the sibling', async () => {
  const keys = await through(['ab'], (s) =>
    s
      .keyBy((word) => word)
      .flatMap((word) => [...word])
      .map((letter, record) => `${letter}:${record.key}`)
      .keyBy((text) => text[0] ?? '')
      .map((text, record) => `${text}:${record.key}`),
  );
  expect(keys).toEqual(['a:ab:a', 'b:ab:b']);
});

test('a chain with more levels of flatMap than one loop holds still gives every child its path', async () => {
  const twice = (n: string) => [n, n];
  const out = await through(['x'], (s) =>
    s
      .flatMap(twice)
      .flatMap(twice)
      .flatMap(twice)
      .flatMap(twice)
      .flatMap(twice)
      .map((_x, record) => record.id),
  );
  expect(out).toHaveLength(32);
  expect(out[31]).toBe('values/0/0/1/1/1/1/1');
  expect(new Set(out).size).toBe(32);
});

test('scan keeps its state as it is, so that numbers are numbers in a cell, and an undefined state is one too', () => {
  const kept: unknown[] = [];
  const cell = { get: (): unknown => kept.at(-1), set: (state: unknown) => void kept.push(state), clear() {} };
  const record = { key: 'k' } as RecordInfo;
  const total = scan<number, number>(
    'total',
    () => 10,
    (sum, n) => sum + n,
  );
  for (const n of [1, 2]) total.step(n, cell as Cell<never>, () => {}, record);
  expect(kept).toEqual([11, 13]);
  kept.length = 0;
  let begun = 0;
  const odd = scan<number, number | undefined>(
    'odd',
    () => ++begun,
    (_state, n) => (n % 2 === 1 ? n : undefined),
  );
  const emitted: unknown[] = [];
  for (const n of [2, 4, 3]) odd.step(n, cell as Cell<never>, (out) => void emitted.push(out), record);
  expect([emitted, begun]).toEqual([[undefined, undefined, 3], 1]);
  expect(odd.pack!.unpack!(odd.pack!.pack!(kept[0] as never), 'k')).toBe(kept[0]);
});
