import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { expect, test } from 'vitest';
import { fill } from './bridges.ts';
import { StreamBuffer } from './stream-buffer.ts';

const numbers = Array.from({ length: 100 }, (_, i) => i);

async function all<T extends {} | null>(buffer: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of buffer) seen.push(item);
  return seen;
}

async function* counted(): AsyncGenerator<number> {
  yield* numbers;
}

test.each<[string, () => Iterable<number> | AsyncIterable<number>]>([
  ['an array', () => numbers],
  ['an async generator', counted],
  ['a Node Readable', () => Readable.from(numbers)],
  ['a Web ReadableStream', () => ReadableStream.from<number>(numbers)],
])('a buffer is filled from %s and closed at its end', async (_name, from) => {
  const buffer = new StreamBuffer<number>({ items: 7 });
  const filling = fill(buffer, from());
  expect(await all(buffer)).toEqual(numbers);
  await filling;
});

test('a full buffer holds the iterable back', async () => {
  let asked = 0;
  async function* endless(): AsyncGenerator<number> {
    for (;;) yield asked++;
  }
  const buffer = new StreamBuffer<number>({ items: 3 });
  const run = new AbortController();
  const filling = fill(buffer, endless(), { signal: run.signal });
  for (let i = 0; i < 50; i++) await Promise.resolve();
  expect([asked, buffer.items]).toEqual([4, 3]);
  run.abort(new Error('enough'));
  await expect(filling).rejects.toThrow('enough');
});

test('a failing iterable gives what came before, then its error', async () => {
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new Error('it broke');
  }
  const buffer = new StreamBuffer<number>();
  await expect(fill(buffer, failing())).rejects.toThrow('it broke');
  expect(await buffer.read()).toBe(1);
  await expect(buffer.read()).rejects.toThrow('it broke');
});

test('a buffer becomes a Node and a Web stream by itself', async () => {
  const filled = (): StreamBuffer<number> => {
    const buffer = new StreamBuffer<number>();
    for (const n of numbers) buffer.tryWrite(n);
    buffer.close();
    return buffer;
  };
  expect(await all(Readable.from(filled()))).toEqual(numbers);
  expect(await all(ReadableStream.from<number>(filled()))).toEqual(numbers);
});
