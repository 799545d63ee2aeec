import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import type { Overflow } from './options.ts';
import { StreamBuffer } from './stream-buffer.ts';

const broken = new Error('the writer broke');

function filled<T extends {} | null>(values: readonly T[]): StreamBuffer<T> {
  const buffer = new StreamBuffer<T>();
  for (const value of values) buffer.tryWrite(value);
  return buffer;
}

/** What a promise has come to by now, without waiting for it. */
async function now<T>(promise: Promise<T>): Promise<T | 'waiting'> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return Promise.race([promise, Promise.resolve('waiting' as const)]);
}

test('a write answers undefined while there is room and a promise only while full', async () => {
  const buffer = new StreamBuffer<string>({ items: 2 });
  expect(buffer.write('a')).toBeUndefined();
  expect(buffer.write('b')).toBeUndefined();
  const third = buffer.write('c');
  expect(third).toBeInstanceOf(Promise);
  expect(await now(third!)).toBe('waiting');
  expect(buffer.tryRead()).toBe('a');
  await third;
  expect([buffer.items, await buffer.read(), await buffer.read()]).toEqual([2, 'b', 'c']);
});

test('it is bounded in bytes as well as in items', () => {
  const buffer = new StreamBuffer<string>({ bytes: 10, overflow: 'wait' });
  expect([buffer.tryWrite('ab'), buffer.tryWrite('cd'), buffer.tryWrite('ef')]).toEqual([true, true, false]);
  expect([buffer.items, buffer.bytes]).toEqual([2, 8]);
});

test('sizeOf says how large an item is, and nonsense from it is refused', () => {
  const buffer = new StreamBuffer<{ size: number }>({ bytes: 100, sizeOf: (item) => item.size });
  expect([buffer.tryWrite({ size: 60 }), buffer.tryWrite({ size: 60 }), buffer.bytes]).toEqual([true, false, 60]);
  expect(() => buffer.tryWrite({ size: Number.NaN })).toThrow(/sizeOf answered NaN/);
});

test('an item larger than the whole bound is held when it is alone', () => {
  const buffer = new StreamBuffer<string>({ bytes: 4 });
  expect(buffer.tryWrite('larger')).toBe(true);
  expect(buffer.tryWrite('x')).toBe(false);
});

test.each<[Overflow, number[], number]>([
  ['dropOldest', [2, 3], 1],
  ['dropNewest', [1, 2], 1],
])('%s drops an item, counts it, and never waits', (overflow, kept, dropped) => {
  const buffer = new StreamBuffer<number>({ items: 2, overflow });
  for (const n of [1, 2, 3]) expect(buffer.write(n)).toBeUndefined();
  expect(buffer.dropped).toBe(dropped);
  expect(buffer.tryReadBatch(9)).toEqual(kept);
});

test('throw refuses the item with a code', () => {
  const buffer = new StreamBuffer<number>({ items: 1, overflow: 'throw', name: 'small' });
  buffer.tryWrite(1);
  expect(() => buffer.write(2)).toThrow(expect.objectContaining({ code: 'HR_BUFFER_FULL', where: 'buffer:small' }));
  expect(buffer.tryWrite(2)).toBe(false);
});

test('readers and writers that wait are served in the order they came', async () => {
  const buffer = new StreamBuffer<number>({ items: 1 });
  const reads = [buffer.read(), buffer.readBatch(5), buffer.read()];
  for (const n of [1, 2, 3]) buffer.tryWrite(n);
  expect(await Promise.all(reads)).toEqual([1, [2], 3]);
  buffer.tryWrite(0);
  const order: number[] = [];
  const writes = [1, 2, 3].map((n) => buffer.write(n)!.then(() => order.push(n)));
  expect(buffer.tryWrite(9)).toBe(false);
  expect([await buffer.read(), await buffer.read(), await buffer.read(), await buffer.read()]).toEqual([0, 1, 2, 3]);
  await Promise.all(writes);
  expect(order).toEqual([1, 2, 3]);
});

test('nobody overtakes: neither a small item a large one that waits, nor a read a batch that waits', async () => {
  const buffer = new StreamBuffer<string>({ bytes: 10 });
  buffer.tryWrite('ab');
  const large = buffer.write('large');
  expect(buffer.tryWrite('x')).toBe(false);
  expect(buffer.tryRead()).toBe('ab');
  await large;
  const slow = new StreamBuffer<number>();
  const batch = slow.batches(3).next();
  slow.tryWrite(1);
  const read = slow.read();
  for (const n of [2, 3]) slow.tryWrite(n);
  expect((await batch).value).toEqual([1, 2, 3]);
  slow.tryWrite(4);
  expect(await read).toBe(4);
});

test('when the first in line leaves, who stood behind is content with what is there', async () => {
  const buffer = new StreamBuffer<number>();
  const run = new AbortController();
  const batch = buffer.batches(3, { signal: run.signal }).next();
  buffer.tryWrite(1);
  const read = buffer.read();
  run.abort(broken);
  await expect(batch).rejects.toBe(broken);
  expect(await read).toBe(1);
});

test('a batch larger than the buffer is as large as the buffer', async () => {
  const buffer = new StreamBuffer<number>({ items: 2 });
  const batch = buffer.batches(256).next();
  for (const n of [1, 2]) buffer.tryWrite(n);
  expect((await batch).value).toEqual([1, 2]);
});

test('close lets the rest be read, also what waiting writers bring, and then readers get undefined', async () => {
  const buffer = new StreamBuffer<number>({ items: 1 });
  buffer.tryWrite(1);
  const late = buffer.write(2);
  buffer.close();
  expect([buffer.isClosed, buffer.isEnded]).toEqual([true, false]);
  expect([await buffer.read(), await buffer.read(), await buffer.read(), await buffer.readBatch(3)]).toEqual([1, 2, undefined, []]);
  await late;
  expect(buffer.isEnded).toBe(true);
  expect(() => buffer.write(3)).toThrow(expect.objectContaining({ code: 'HR_BUFFER_CLOSED' }));
  expect(() => buffer.tryWrite(3)).toThrow(expect.objectContaining({ code: 'HR_BUFFER_CLOSED' }));
});

test('close ends readers that wait', async () => {
  const buffer = new StreamBuffer<number>();
  const waiting = [buffer.read(), buffer.readBatch(2), buffer[Symbol.asyncIterator]().next(), buffer.batches(2).next()];
  buffer.close();
  expect(await Promise.all(waiting)).toEqual([undefined, [], { done: true, value: undefined }, { done: true, value: undefined }]);
});

test('close with an error gives what is inside and then the error', async () => {
  const buffer = filled([1]);
  buffer.close(broken);
  expect(await buffer.read()).toBe(1);
  await expect(buffer.read()).rejects.toBe(broken);
  expect(() => buffer.tryRead()).toThrow(broken);
});

test('an abort after a close drops the rest', async () => {
  const buffer = filled([1, 2]);
  buffer.close(new Error('later'));
  buffer.abort(broken);
  expect([buffer.items, buffer.dropped]).toEqual([0, 2]);
  await expect(buffer.read()).rejects.toBe(broken);
});

test('abort fails everybody who waits and who comes later, and counts what it drops', async () => {
  const full = new StreamBuffer<number>({ items: 1 });
  full.tryWrite(1);
  const written = full.write(2)!;
  full.abort(broken);
  await expect(written).rejects.toBe(broken);
  expect([full.items, full.bytes, full.dropped, full.isClosed]).toEqual([0, 0, 1, true]);
  const empty = new StreamBuffer<number>();
  const waiting = [empty.read(), empty.readBatch(2), empty[Symbol.asyncIterator]().next()];
  empty.abort(broken);
  for (const one of [...waiting, empty.read(), empty.readBatch(1), empty.batches(2).next()]) await expect(one).rejects.toBe(broken);
  expect(() => empty.write(1)).toThrow(broken);
});

test('waits that nobody awaits reject without ending the process', async () => {
  const buffer = new StreamBuffer<number>();
  void buffer.read();
  void buffer[Symbol.asyncIterator]().next();
  buffer.abort(broken);
  void buffer.read();
  await now(Promise.resolve()); // vitest fails a run with an unhandled rejection.
});

test('a signal calls a wait off, which takes and writes nothing', async () => {
  const buffer = new StreamBuffer<number>({ items: 1 });
  const run = new AbortController();
  const read = buffer.read({ signal: run.signal });
  const next = buffer.read();
  run.abort(broken);
  await expect(read).rejects.toBe(broken);
  buffer.tryWrite(1);
  expect(await next).toBe(1);
  buffer.tryWrite(2);
  const again = new AbortController();
  const write = buffer.write(3, { signal: again.signal })!;
  again.abort(broken);
  await expect(write).rejects.toBe(broken);
  expect(buffer.tryReadBatch(9)).toEqual([2]);
});

test('leaving a loop keeps what remains, does not put back what was taken, and does not close', async () => {
  const buffer = filled([1, 2, 3, 4, 5]);
  for await (const n of buffer) if (n === 2) break;
  expect([buffer.items, buffer.isClosed]).toEqual([3, false]);
  for await (const batch of buffer.batches(2)) {
    expect(batch).toEqual([3, 4]);
    break;
  }
  expect(await buffer.read()).toBe(5);
});

test('a next that waits when its loop is left takes nothing along', async () => {
  const buffer = new StreamBuffer<number>();
  const loop = buffer.batches(2);
  const next = loop.next();
  buffer.tryWrite(1);
  await loop.return!();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(buffer.tryRead()).toBe(1);
});

test('batches are full ones, and the last has the rest', async () => {
  const buffer = filled([1, 2, 3, 4, 5]);
  buffer.close();
  const seen: number[][] = [];
  for await (const batch of buffer.batches(2)) seen.push(batch);
  expect(seen).toEqual([[1, 2], [3, 4], [5]]);
});

test('a batch waits to be full, and within limits the wait from its first item on', async () => {
  const world = virtualWorld();
  const buffer = new StreamBuffer<number>({ world });
  const batch = buffer.batches(3, { within: '1s' }).next();
  await world.advance(10_000);
  expect(world.clock.pendingTimers).toBe(0);
  buffer.tryWrite(1);
  await world.advance(900);
  buffer.tryWrite(2);
  expect(await now(batch)).toBe('waiting');
  await world.advance(100);
  expect(await batch).toEqual({ done: false, value: [1, 2] });
  expect(world.clock.pendingTimers).toBe(0);
});

test('a batch that is full in time leaves no timer', async () => {
  const world = virtualWorld();
  const buffer = new StreamBuffer<number>({ world });
  const batch = buffer.batches(2, { within: '1s' }).next();
  buffer.tryWrite(1);
  expect(world.clock.pendingTimers).toBe(1);
  buffer.tryWrite(2);
  expect(world.clock.pendingTimers).toBe(0);
  expect((await batch).value).toEqual([1, 2]);
});

test('a reader of batches gets what there is before a writer waits or an item is dropped', async () => {
  for (const overflow of ['wait', 'dropOldest', 'dropNewest', 'throw'] as const) {
    const buffer = new StreamBuffer<string>({ bytes: 8, overflow });
    const batch = buffer.batches(100).next();
    for (const item of ['ab', 'cd', 'ef']) expect(buffer.write(item)).toBeUndefined();
    expect((await batch).value).toEqual(['ab', 'cd']);
    expect([buffer.dropped, buffer.items]).toEqual([0, 1]);
  }
});

test('null is an item, undefined is refused', async () => {
  const buffer = new StreamBuffer<null>();
  buffer.tryWrite(null);
  expect(await buffer.read()).toBeNull();
  expect(() => buffer.tryWrite(undefined as never)).toThrow(expect.objectContaining({ code: 'HR_BUFFER_UNDEFINED' }));
});

test('calls that are never awaited cannot pile up without end', () => {
  const buffer = new StreamBuffer<number>({ items: 1, waiters: 3 });
  for (let n = 0; n < 4; n++) void buffer.write(n);
  expect(() => buffer.write(4)).toThrow(expect.objectContaining({ code: 'HR_BUFFER_CROWDED' }));
});
