import { PassThrough, Readable, Writable } from 'node:stream';
import { ReadableStream, WritableStream } from 'node:stream/web';
import { expect, test } from 'vitest';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf, openSink } from '../../testing/sink-writing.ts';
import { testSource } from '../../testing/source-kit.ts';
import { open } from '../../testing/source-reading.ts';
import { fromNode } from './from-node.ts';
import { fromWeb } from './from-web.ts';
import { toNode } from './to-node.ts';
import { toWeb } from './to-web.ts';

const numbers = Array.from({ length: 30 }, (_, i) => i);
const broken = new Error('the stream broke');

async function* failing(): AsyncGenerator<number> {
  yield 1;
  yield 2;
  throw broken;
}

/** A writable that keeps what it gets, or nothing until it is released. */
class Shelf extends Writable {
  readonly kept: number[] = [];
  #isStuck: boolean;
  #held: (() => void) | undefined;

  constructor(isStuck = false) {
    super({ objectMode: true, highWaterMark: 4 });
    this.#isStuck = isStuck;
  }

  override _write(value: number, _encoding: string, done: () => void): void {
    this.kept.push(value);
    if (this.#isStuck) this.#held = done;
    else setImmediate(done);
  }

  release(): void {
    this.#isStuck = false;
    this.#held?.();
  }
}

testSource({
  test,
  name: 'fromNode',
  make: () => ({ source: fromNode<number>(Readable.from(numbers)), values: numbers }),
  quiet: () => ({ source: fromNode<number>(new PassThrough({ objectMode: true })), values: [] }),
});

testSource({
  test,
  name: 'fromWeb',
  make: () => ({ source: fromWeb<number>(ReadableStream.from(numbers)), values: numbers }),
  quiet: () => ({ source: fromWeb<number>(new ReadableStream<number>()), values: [] }),
  broken: () => ({ source: fromWeb<number>(ReadableStream.from(failing())), values: [1, 2] }),
});

testSink<number>({
  test,
  name: 'toNode',
  make() {
    const shelf = new Shelf();
    return { sink: toNode<number>(shelf), values: numbers, seen: () => shelf.kept };
  },
  broken: () => ({
    sink: toNode<number>(new Writable({ objectMode: true, write: (_value, _encoding, done) => done(broken) })),
    values: numbers,
    seen: () => [],
  }),
  stuck() {
    const shelf = new Shelf(true);
    return { sink: toNode<number>(shelf), values: numbers, seen: () => shelf.kept, release: () => shelf.release() };
  },
});

testSink<number>({
  test,
  name: 'toWeb',
  make() {
    const seen: number[] = [];
    const stream = new WritableStream<number>({ write: (n) => void seen.push(n) });
    return { sink: toWeb<number>(stream), values: numbers, seen: () => seen };
  },
  broken() {
    const stream = new WritableStream<number>({
      write() {
        throw broken;
      },
    });
    return { sink: toWeb<number>(stream), values: numbers, seen: () => [] };
  },
  stuck() {
    const seen: number[] = [];
    const gate = Promise.withResolvers<void>();
    const stream = new WritableStream<number>({
      async write(n) {
        await gate.promise;
        seen.push(n);
      },
    });
    return { sink: toWeb<number>(stream), values: numbers, seen: () => seen, release: () => gate.resolve() };
  },
});

test('a Readable that fails gives its error, translated, and is closed', async () => {
  const stream = new PassThrough({ objectMode: true });
  const { reader, reading } = await open<number>({ source: fromNode<number>(stream, { name: 'feed' }), values: [] });
  const answer = Promise.resolve(reader.read(10, reading.signal));
  stream.destroy(broken);
  await expect(answer).rejects.toMatchObject({ code: 'HR_STREAM_FAILED', where: 'node:feed', cause: broken });
  await reader.close();
  expect(stream.closed).toBe(true);
});

test('a Readable that is destroyed before its end is not taken for an end', async () => {
  const stream = new PassThrough({ objectMode: true });
  const { reader, reading } = await open<number>({ source: fromNode<number>(stream), values: [] });
  const answer = Promise.resolve(reader.read(10, reading.signal));
  stream.destroy();
  await expect(answer).rejects.toMatchObject({ code: 'HR_STREAM_CLOSED' });
  await reader.close();
});

test('a Readable is read no further than asked and destroyed when it is left', async () => {
  let made = 0;
  const stream = new Readable({
    objectMode: true,
    highWaterMark: 4,
    read() {
      this.push(made++);
    },
  });
  const { reader, reading } = await open<number>({ source: fromNode<number>(stream), values: [] });
  while (((await reader.read(3, reading.signal)).values?.length ?? 0) === 0);
  expect(made).toBeLessThanOrEqual(12);
  await reader.close();
  expect(stream.destroyed).toBe(true);
});

test('a Web stream is cancelled when it is left, and read no further than asked', async () => {
  let pulled = 0;
  let isCancelled = false;
  const stream = new ReadableStream<number>({
    pull: (controller) => controller.enqueue(pulled++),
    cancel() {
      isCancelled = true;
    },
  });
  const { reader, reading } = await open<number>({ source: fromWeb<number>(stream), values: [] });
  await reader.read(3, reading.signal);
  expect(pulled).toBeLessThanOrEqual(6);
  await reader.close();
  expect(isCancelled).toBe(true);
});

test('a run that fails destroys the Writable with its error and aborts the Web stream', async () => {
  const shelf = new Shelf();
  shelf.on('error', () => {});
  const node = await openSink<number>({ sink: toNode<number>(shelf), values: [], seen: () => [] });
  await node.writer.write(chunkOf([1]));
  await node.writer.close(broken);
  expect([shelf.destroyed, shelf.errored, shelf.writableFinished]).toEqual([true, broken, false]);
  let reason: unknown;
  const stream = new WritableStream<number>({
    abort(given) {
      reason = given;
    },
  });
  const web = await openSink<number>({ sink: toWeb<number>(stream), values: [], seen: () => [] });
  await web.writer.write(chunkOf([1]));
  await web.writer.close(broken);
  expect(reason).toBe(broken);
});

test('a Writable may be left open', async () => {
  const shelf = new Shelf();
  const { writer } = await openSink<number>({ sink: toNode<number>(shelf, { end: false }), values: [], seen: () => [] });
  await writer.write(chunkOf(numbers));
  await writer.close();
  expect([shelf.kept, shelf.writableEnded, shelf.destroyed]).toEqual([numbers, false, false]);
});

test('a stream that somebody else reads or writes is refused with a code', async () => {
  const readable = new ReadableStream<number>();
  readable.getReader();
  await expect(open({ source: fromWeb<number>(readable), values: [] })).rejects.toMatchObject({ code: 'HR_STREAM_FAILED' });
  const writable = new WritableStream<number>();
  writable.getWriter();
  await expect(openSink<number>({ sink: toWeb<number>(writable), values: [], seen: () => [] })).rejects.toMatchObject({
    code: 'HR_STREAM_FAILED',
  });
});
