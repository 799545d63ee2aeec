import { expect, test } from 'vitest';
import { testSink } from '../testing/sink-kit.ts';
import { chunkOf, openSink } from '../testing/sink-writing.ts';
import { testSource } from '../testing/source-kit.ts';
import { bufferSink, bufferSource } from './ends.ts';
import { StreamBuffer } from './stream-buffer.ts';

const numbers = Array.from({ length: 30 }, (_, i) => i);
const broken = new Error('the writer broke');

function filled<T extends {} | null>(values: readonly T[]): StreamBuffer<T> {
  const buffer = new StreamBuffer<T>();
  for (const value of values) buffer.tryWrite(value);
  return buffer;
}

testSource({
  test,
  name: 'StreamBuffer as a source',
  make() {
    const buffer = filled(numbers);
    buffer.close();
    return { source: buffer, values: numbers };
  },
  quiet: () => ({ source: new StreamBuffer<number>(), values: [] }),
  broken() {
    const buffer = filled(numbers);
    buffer.close(broken);
    return { source: buffer, values: numbers };
  },
});

testSink<number>({
  test,
  name: 'StreamBuffer as a sink',
  make() {
    const buffer = new StreamBuffer<number>();
    const seen: number[] = [];
    return { sink: buffer, values: numbers, seen: () => (seen.push(...(buffer.items > 0 ? buffer.tryReadBatch(1000) : [])), seen) };
  },
  broken() {
    const buffer = new StreamBuffer<number>();
    buffer.close();
    return { sink: buffer, values: numbers, seen: () => [] };
  },
  stuck() {
    const buffer = new StreamBuffer<number>({ items: 10 });
    const seen: number[] = [];
    let reading: Promise<void> = Promise.resolve();
    const readAll = async (): Promise<void> => {
      for await (const n of buffer) seen.push(n);
    };
    return {
      sink: buffer,
      values: numbers,
      seen: () => reading.then(() => seen),
      release() {
        reading = readAll();
      },
    };
  },
});

test('a pipeline that ends closes the buffer it wrote to, and one that fails closes it with the error', async () => {
  const good = new StreamBuffer<number>();
  const { writer } = await openSink<number>({ sink: good, values: [], seen: () => [] });
  await writer.write(chunkOf([1]));
  await writer.close();
  expect([good.isClosed, await good.read(), await good.read()]).toEqual([true, 1, undefined]);
  const bad = new StreamBuffer<number>();
  const failing = await openSink<number>({ sink: bad, values: [], seen: () => [] });
  await failing.writer.write(chunkOf([1]));
  await failing.writer.close(broken);
  expect(await bad.read()).toBe(1);
  await expect(bad.read()).rejects.toBe(broken);
});

test('a sink may leave the buffer open, and both ends may have names of their own', async () => {
  const buffer = new StreamBuffer<number>({ name: 'b' });
  const sink = bufferSink(buffer, { close: false, name: 'in' });
  const { writer } = await openSink<number>({ sink, values: [], seen: () => [] });
  await writer.close();
  expect([buffer.isClosed, buffer.id, sink.id, bufferSource(buffer, { name: 'out' }).id]).toEqual([
    false,
    'buffer:b',
    'buffer:in',
    'buffer:out',
  ]);
});
