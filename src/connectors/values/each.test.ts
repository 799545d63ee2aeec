import { expect, test } from 'vitest';
import { Chunk } from '../../core/chunk.ts';
import { ColumnRows } from '../../core/column-rows.ts';
import type { Columns } from '../../core/columns.ts';
import { HeadraceError } from '../../core/error.ts';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf, openSink } from '../../testing/sink-writing.ts';
import { each } from './each.ts';

const numbers = Array.from({ length: 30 }, (_, i) => i);
const refusal = new HeadraceError({ code: 'HR_TEST', what: 'it broke', todo: 'Mend it.' });

testSink({
  test,
  name: 'each with a function',
  make() {
    const seen: number[] = [];
    return { sink: each<number>((n) => void seen.push(n)), values: numbers, seen: () => seen };
  },
  broken() {
    const sink = each<number>(() => {
      throw refusal;
    });
    return { sink, values: numbers, seen: () => [] };
  },
});

testSink({
  test,
  name: 'each with an async function',
  make() {
    const seen: number[] = [];
    const sink = each<number>(async (n) => {
      await Promise.resolve();
      seen.push(n);
    });
    return { sink, values: numbers, seen: () => seen };
  },
  broken: () => ({ sink: each<number>(() => Promise.reject(refusal)), values: numbers, seen: () => [] }),
});

test('async calls never overlap', async () => {
  let open = 0;
  let most = 0;
  const sink = each<number>(async () => {
    most = Math.max(most, ++open);
    await Promise.resolve();
    open -= 1;
  });
  const { writer } = await openSink({ sink, values: [], seen: () => [] });
  await writer.write(chunkOf(numbers));
  expect(most).toBe(1);
});

const columns: Columns = {
  length: 4,
  names: ['n', 'word'],
  columns: [
    { kind: 'number', values: Float64Array.of(1, 2, 3, 4) },
    { kind: 'dictionary', ids: Int32Array.of(1, 0, 1, 0), entries: ['even', 'odd'] },
  ],
};
const rows = [1, 2, 3, 4].map((n) => ({ n, word: n % 2 === 0 ? 'even' : 'odd' }));
const origin = chunkOf([]).origin;

test('of columns it sees rows, and the rows themselves where somebody has made them', async () => {
  const seen: unknown[] = [];
  const { writer } = await openSink({ sink: each<unknown>((row) => void seen.push(row)), values: [], seen: () => [] });
  expect(writer.write(new Chunk<unknown>(new ColumnRows(columns), origin))).toBeUndefined();
  expect(seen).toEqual(rows);
  const shared = new Chunk<unknown>(new ColumnRows(columns), origin);
  const made = shared.values;
  await writer.write(shared);
  expect(seen[4]).toBe(made[0]);
});

test('of columns too a promise is awaited before the next row is shown', async () => {
  const seen: string[] = [];
  const sink = each<{ n: number }>(async ({ n }) => {
    seen.push(`${n} begins`);
    await Promise.resolve();
    seen.push(`${n} ends`);
  });
  const { writer } = await openSink({ sink, values: [], seen: () => [] });
  await writer.write(new Chunk<{ n: number }>(new ColumnRows(columns), origin));
  expect(seen).toEqual([1, 2, 3, 4].flatMap((n) => [`${n} begins`, `${n} ends`]));
});

test('what a plain function answers is of no interest', async () => {
  const seen: number[] = [];
  const sink = each<number>((n) => seen.push(n) as unknown as void);
  const { writer } = await openSink({ sink, values: [], seen: () => [] });
  expect(writer.write(chunkOf(numbers))).toBeUndefined();
  expect(seen).toEqual(numbers);
});
