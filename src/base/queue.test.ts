import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedQueue } from './queue.ts';
import { loopTurn } from './scheduler.ts';

test('items leave in the order they came', () => {
  const queue = new BoundedQueue<number>({ items: 100, bytes: 1000 });
  for (let i = 0; i < 100; i++) queue.push(i, 1);
  expect(Array.from({ length: 101 }, () => queue.shift())).toEqual([...Array(100).keys(), undefined]);
});

test('it refuses what goes over the bound in items, and what goes over the bound in bytes', () => {
  const byItems = new BoundedQueue<string>({ items: 2, bytes: Number.POSITIVE_INFINITY });
  expect([byItems.push('a', 1e9), byItems.push('b', 1e9), byItems.push('c', 0), byItems.items]).toEqual([true, true, false, 2]);
  const byBytes = new BoundedQueue<string>({ items: 10, bytes: 100 });
  expect([byBytes.push('a', 60), byBytes.push('b', 41), byBytes.push('c', 40), byBytes.push('d', 0), byBytes.bytes]).toEqual([
    true,
    false,
    true,
    true,
    100,
  ]);
});

test('an item larger than the whole bound is taken when the queue is empty, so that nobody waits for ever', () => {
  const queue = new BoundedQueue<string>({ items: 10, bytes: 100 });
  expect(queue.push('huge', 5000)).toBe(true);
  expect(queue.push('small', 1)).toBe(false);
  queue.shift();
  queue.push('small', 1);
  expect(queue.push('huge', 5000)).toBe(false);
  expect([queue.makeRoom(5000), queue.push('huge', 5000)]).toEqual([1, true]);
});

test('making room drops the oldest, no more than needed, and shows each of them', () => {
  const queue = new BoundedQueue<string>({ items: 10, bytes: 100 });
  for (const name of ['a', 'b', 'c', 'd']) queue.push(name, 25);
  const dropped: string[] = [];
  expect(queue.makeRoom(30, (name) => dropped.push(name))).toBe(2);
  expect(dropped).toEqual(['a', 'b']);
  expect(queue.push('e', 30)).toBe(true);
  expect(queue.makeRoom(1)).toBe(0);
});

test('undefined is an item like any other', () => {
  const queue = new BoundedQueue<undefined>({ items: 2, bytes: 10 });
  queue.push(undefined, 3);
  expect([queue.items, queue.bytes, queue.isEmpty]).toEqual([1, 3, false]);
  queue.shift();
  expect(queue.isEmpty).toBe(true);
});

test('sizes that are not whole leave nothing behind', () => {
  const queue = new BoundedQueue<number>({ items: 10, bytes: 1 });
  for (let i = 0; i < 3; i++) queue.push(i, 0.1);
  while (!queue.isEmpty) queue.shift();
  expect(queue.bytes).toBe(0);
});

test('a size that is no size is a bug of ours', () => {
  const queue = new BoundedQueue<number>({ items: 10, bytes: 10 });
  for (const bytes of [Number.NaN, -1]) expect(() => queue.push(1, bytes)).toThrow('broke its own rule');
  expect(() => new BoundedQueue({ items: 10, bytes: Number.NaN })).toThrow('broke its own rule');
});

test('it does what an array does, through every order of calls', () => {
  const call = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ name: fc.constant('push' as const), bytes: fc.nat({ max: 40 }), times: fc.integer({ min: 1, max: 60 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ name: fc.constant('shift' as const), bytes: fc.constant(0), times: fc.integer({ min: 1, max: 120 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        name: fc.constantFrom('clear' as const, 'makeRoom' as const, 'shiftMany' as const),
        bytes: fc.nat({ max: 3000 }),
        times: fc.constant(1),
      }),
    },
  );
  fc.assert(
    fc.property(
      fc.array(call, { maxLength: 60 }),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 1, max: 5000 }),
      (calls, maxItems, maxBytes) => {
        const queue = new BoundedQueue<number>({ items: maxItems, bytes: maxBytes });
        let model: { value: number; bytes: number }[] = [];
        const sum = (): number => model.reduce((total, item) => total + item.bytes, 0);
        const fits = (bytes: number): boolean => model.length === 0 || (model.length < maxItems && sum() + bytes <= maxBytes);
        let next = 0;
        for (const { name, bytes, times } of calls) {
          for (let i = 0; i < times; i++) {
            if (name === 'push') {
              const taken = fits(bytes);
              expect(queue.push(next, bytes)).toBe(taken);
              if (taken) model.push({ value: next, bytes });
              next++;
            } else if (name === 'shift') {
              expect(queue.shift()).toBe(model.shift()?.value);
            } else if (name === 'shiftMany') {
              expect(queue.shiftMany(bytes)).toEqual(model.splice(0, bytes).map(({ value }) => value));
            } else if (name === 'clear') {
              queue.clear();
              model = [];
            } else {
              const gone: number[] = [];
              while (!fits(bytes)) gone.push(model.shift()!.value);
              const shown: number[] = [];
              expect(queue.makeRoom(bytes, (value) => shown.push(value))).toBe(gone.length);
              expect(shown).toEqual(gone);
            }
          }
          expect([queue.items, queue.bytes, queue.peek(), queue.peekBytes()]).toEqual([
            model.length,
            sum(),
            model[0]?.value,
            model[0]?.bytes ?? 0,
          ]);
          expect([queue.at(0), queue.at(model.length - 1), queue.at(model.length), queue.at(-1)]).toEqual([
            model[0]?.value,
            model.at(-1)?.value,
            undefined,
            undefined,
          ]);
        }
      },
    ),
  );
});

/** What the process holds, once that does not change any more: V8 gives array buffers back on a thread of its own, some turns after the collection that found them. */
async function memoryHeld(): Promise<number> {
  let held = Number.POSITIVE_INFINITY;
  for (let turn = 0, calm = 0; turn < 100 && calm < 5; turn++) {
    globalThis.gc?.();
    await loopTurn();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    calm = Math.abs(held - heapUsed - arrayBuffers) < 10_000 ? calm + 1 : 0;
    held = heapUsed + arrayBuffers;
  }
  return held;
}

test('a million items later it holds no item that left and no memory of its fullest day', async () => {
  const queue = new BoundedQueue<object>({ items: 1_000_000, bytes: 1e9 });
  const gone = new WeakRef(fill(queue));
  while (queue.items > 1) queue.shift();
  const before = await memoryHeld();
  queue.clear();
  expect(before - (await memoryHeld())).toBeLessThan(200_000);
  expect(gone.deref()).toBeUndefined();
});

test('a queue that was emptied at one stroke does not hold the memory of its fullest day', async () => {
  const memory = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().arrayBuffers;
  };
  const before = memory();
  const queue = new BoundedQueue<number>({ items: 1_000_000, bytes: 1e9 });
  for (let i = 0; i < 1_000_000; i++) queue.push(i, 1);
  expect(memory() - before).toBeGreaterThan(7_000_000);
  expect(queue.shiftMany(1_000_000)).toHaveLength(1_000_000);
  // V8 gives array buffers back on a thread of its own, some turns after the collection that found them.
  for (let turn = 0; turn < 100 && memory() - before >= 100_000; turn++) await loopTurn();
  expect(memory() - before).toBeLessThan(100_000);
  expect(queue.items).toBe(0);
});

test('an item that left is not held by its slot', async () => {
  const queue = new BoundedQueue<object>({ items: 10, bytes: 10 });
  const gone = pass(queue);
  queue.push({}, 1);
  await loopTurn();
  globalThis.gc?.();
  expect(gone.deref()).toBeUndefined();
});

function pass(queue: BoundedQueue<object>): WeakRef<object> {
  queue.push({}, 1);
  queue.push({}, 1);
  queue.shift();
  return new WeakRef(queue.shift()!);
}

function fill(queue: BoundedQueue<object>): object {
  const first = {};
  queue.push(first, 1);
  const same = {};
  for (let i = 1; i < 1_000_000; i++) queue.push(same, 1);
  return first;
}
