import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import type { Reader, Source } from '../../core/source.ts';
import { testSource } from '../../testing/source-kit.ts';
import { values } from './values.ts';

const numbers = Array.from({ length: 30 }, (_, i) => i);
const signal = new AbortController().signal;

function* counted(): Generator<number> {
  yield* numbers;
}

async function* countedSlowly(): AsyncGenerator<number> {
  yield* numbers;
}

async function* failing(): AsyncGenerator<number> {
  yield 1;
  yield 2;
  throw new Error('the generator broke');
}

testSource({ test, name: 'values of an array', replay: true, make: () => ({ source: values(numbers), values: numbers }) });
testSource({
  test,
  name: 'values of a typed array',
  replay: true,
  make: () => ({ source: values(Float64Array.from(numbers)), values: numbers }),
});
testSource({
  test,
  name: 'values of a generator',
  make: () => ({ source: values(counted()), values: numbers }),
  broken: () => ({
    source: values(
      (function* () {
        yield 1;
        yield 2;
        throw new Error('the generator broke');
      })(),
    ),
    values: [1, 2],
  }),
});
testSource({ test, name: 'values of a set', make: () => ({ source: values(new Set(numbers)), values: numbers }) });
testSource({
  test,
  name: 'values of an async generator',
  make: () => ({ source: values(countedSlowly()), values: numbers }),
  broken: () => ({ source: values(failing()), values: [1, 2] }),
  quiet: () => ({ source: values(forever()), values: [] }),
});

function forever(): AsyncIterable<number> {
  return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
}

async function opened<T>(source: Source<T>): Promise<{ reader: Reader<T>; settle: () => Promise<void> }> {
  const world = virtualWorld();
  return { reader: await source.open(0, undefined, { world, signal }), settle: () => world.settle() };
}

test('an async iterable answers as soon as one value is there', async () => {
  let give: (value: number) => void = () => {};
  const iterator = {
    next: () =>
      new Promise<IteratorResult<number>>((resolve) => {
        give = (value) => resolve({ done: false, value });
      }),
  };
  const { reader, settle } = await opened(values({ [Symbol.asyncIterator]: () => iterator }));
  const answer = reader.read(1024, signal);
  give(7);
  await settle();
  expect(await answer).toMatchObject({ values: [7], end: false });
});

test('what arrives within one turn of the event loop comes in one answer', async () => {
  const { reader, settle } = await opened(values(countedSlowly()));
  const answer = reader.read(1024, signal);
  await settle();
  expect((await answer).values).toEqual(numbers);
});

test('an async iterable is not asked for more than one read wants', async () => {
  let asked = 0;
  const endless = { next: async () => ({ done: false as const, value: asked++ }) };
  const { reader, settle } = await opened(values({ [Symbol.asyncIterator]: () => endless }));
  expect(asked).toBe(0);
  await reader.read(10, signal);
  await settle();
  expect(asked).toBe(10);
});

test('a generator is not asked for more than one read wants, and is told when it is left', async () => {
  let asked = 0;
  let isLeft = false;
  function* endless(): Generator<number> {
    try {
      for (;;) yield asked++;
    } finally {
      isLeft = true;
    }
  }
  const { reader } = await opened(values(endless()));
  await reader.read(10, signal);
  expect(asked).toBe(10);
  await reader.close();
  expect(isLeft).toBe(true);
});

test('an async iterable left in the middle of its next is told and not waited for', async () => {
  let returned = 0;
  const iterator = {
    next: () => new Promise<never>(() => {}),
    return: () => {
      returned += 1;
      return new Promise<never>(() => {});
    },
  };
  const { reader } = await opened(values({ [Symbol.asyncIterator]: () => iterator }));
  const reading = new AbortController();
  const answer = reader.read(10, reading.signal);
  reading.abort();
  expect(await answer).toMatchObject({ values: [], end: false });
  await reader.close();
  expect(returned).toBe(1);
});

test('a value that was on its way when a read was aborted comes with the next read', async () => {
  let give: (value: number) => void = () => {};
  const iterator = {
    next: () =>
      new Promise<IteratorResult<number>>((resolve) => {
        give = (value) => resolve({ done: false, value });
      }),
  };
  const { reader, settle } = await opened(values({ [Symbol.asyncIterator]: () => iterator }));
  const reading = new AbortController();
  const aborted = reader.read(10, reading.signal);
  reading.abort();
  await aborted;
  give(5);
  await settle();
  expect(await reader.read(10, signal)).toMatchObject({ values: [5], positions: { first: 0 }, resume: 1 });
});

test('a function makes its iterable anew for every run', async () => {
  const source = values(() => counted());
  for (let run = 0; run < 2; run++) {
    const { reader } = await opened(source);
    expect((await reader.read(1024, signal)).values).toEqual(numbers);
  }
});

test('arrays say that they can be read again, iterators that they cannot', () => {
  expect(values([1]).replay).toBe(true);
  expect(values(counted()).replay).toBe(false);
});

test('a text is read letter by letter', async () => {
  const { reader } = await opened(values('abc'));
  expect((await reader.read(10, signal)).values).toEqual(['a', 'b', 'c']);
});
