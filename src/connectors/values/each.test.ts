import { expect, test } from 'vitest';
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

test('what a plain function answers is of no interest', async () => {
  const seen: number[] = [];
  const sink = each<number>((n) => seen.push(n) as unknown as void);
  const { writer } = await openSink({ sink, values: [], seen: () => [] });
  expect(writer.write(chunkOf(numbers))).toBeUndefined();
  expect(seen).toEqual(numbers);
});
