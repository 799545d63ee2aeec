import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { timeOf } from '../core/record-of.ts';
import { batch, type BatchOptions } from './batch.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

function rigOf<T>(size: number, options: BatchOptions<T> = {}, rig: RigOptions = {}) {
  return new StationRig(batch<T>(size, options), rig);
}

test('100 values by 16 make 7 batches, whatever the chunks', async () => {
  for (const size of [1, 7, 1024]) {
    const rig = rigOf<number>(16);
    await rig.feed(...chunksOf(numbers(100), size));
    await rig.finish();
    expect(rig.values.map((many) => many.length)).toEqual([16, 16, 16, 16, 16, 16, 4]);
    expect(rig.values.flat()).toEqual(numbers(100));
  }
});

test('a batch has the id, time and position of its first record, and no key', async () => {
  const table = new InternedKeys();
  const rig = rigOf<number>(4);
  await rig.feed(...chunksOf(numbers(10), 3, { table, key: String }), chunkOf([10, 11], { source: 't', partition: '1', first: 50 }));
  await rig.finish();
  expect(rig.ids).toEqual(['s/0/0+4', 's/0/4+4', 's/0/8+4']);
  expect(rig.emitted.flatMap((chunk) => chunk.values.map((_, i) => timeOf(chunk, i)))).toEqual([0, 4, 8]);
  expect(rig.emitted.every(({ keys }) => keys === undefined)).toBe(true);
});

test('a batch leaves within the time from its first record, not from its last', async () => {
  const rig = rigOf<number>(100, { within: '20ms' });
  await rig.clock.advance(7);
  rig.give(chunkOf([1]));
  await rig.clock.advance(19);
  rig.give(chunkOf([2], { first: 1 }));
  expect(rig.values).toEqual([]);
  await rig.clock.advance(1);
  expect(rig.values).toEqual([[1, 2]]);
  rig.give(chunkOf([3], { first: 2 }));
  await rig.clock.advance(20);
  expect(rig.values).toEqual([[1, 2], [3]]);
  expect(rig.advances).toBe(2);
  await rig.finish();
});

test('without a time a batch waits for its records, and the end sends what there is', async () => {
  for (const how of ['end', 'stop'] as const) {
    const rig = rigOf<number>(3);
    await rig.feed(chunkOf(numbers(2)));
    await rig.clock.advance(86_400_000);
    expect([rig.values, rig.station.wakeAt, rig.held]).toEqual([[], undefined, 2]);
    await rig.finish(how);
    expect(rig.values).toEqual([[0, 1]]);
  }
});

test('a batch never holds more bytes than told, but for one record that is larger', async () => {
  const rig = rigOf<string>(100, { bytes: 20 });
  await rig.feed(chunkOf(['aaaa', 'bbbb', 'cccc', 'd'.repeat(50), 'ee', 'f'.repeat(10), 'g']));
  await rig.finish();
  expect(rig.values).toEqual([['aaaa', 'bbbb'], ['cccc'], ['d'.repeat(50)], ['ee'], ['f'.repeat(10)], ['g']]);
});

test('the bytes are those of sizeOf where it is given', async () => {
  const rig = rigOf<{ size: number }>(100, { bytes: '10B', sizeOf: ({ size }) => size });
  await rig.feed(chunkOf([{ size: 6 }, { size: 4 }, { size: 1 }]));
  await rig.finish();
  expect(rig.values.map((many) => many.map(({ size }) => size))).toEqual([[6, 4], [1]]);
});

test('a record whose size cannot be told is refused; when that stops the run, what came before it leaves', async () => {
  for (const stops of [false, true]) {
    const rig = rigOf<number>(2, { bytes: 100, sizeOf: (n) => (n === 3 ? Number.NaN : 1) }, { stopsAt: () => stops });
    await rig.feed(chunkOf(numbers(6)));
    await rig.finish();
    expect(rig.refused.map(({ value }) => value)).toEqual([3]);
    expect(rig.values).toEqual(stops ? [[0, 1], [2]] : [[0, 1], [2, 4], [5]]);
  }
});

test('while the way down is closed one chunk is taken and no more, and a batch that is due grows', async () => {
  const rig = rigOf<number>(4, { within: '10ms' });
  rig.canEmit = false;
  rig.give(chunkOf([0]));
  await rig.clock.advance(50);
  rig.give(chunkOf([1], { first: 1 }));
  expect(rig.station.isFull).toBe(false);
  expect(rig.station.wakeAt).toBeUndefined();
  rig.give(
    chunkOf(
      numbers(9).map((n) => n + 2),
      { first: 2 },
    ),
  );
  expect(rig.station.isFull).toBe(true);
  expect(rig.held).toBe(11);
  rig.canEmit = true;
  await rig.clock.settle();
  expect(rig.values).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  await rig.finish();
  expect(rig.values.at(-1)).toEqual([8, 9, 10]);
});

test('a watermark waits for the batch with the records before it; a barrier cuts the batch', async () => {
  const rig = rigOf<number>(4);
  await rig.feed(chunkOf([0, 1], { control: { watermark: 1 } }), chunkOf([2], { first: 2, control: { watermark: 2 } }));
  expect(rig.emitted).toEqual([]);
  await rig.feed(
    chunkOf([3, 4], { first: 3, control: { watermark: 4 } }),
    chunkOf([5], { first: 5, control: { barrier: 1 } }),
    chunkOf([], { control: { watermark: 9 } }),
  );
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control])).toEqual([
    [[[0, 1, 2, 3]], { watermark: 2 }],
    [[[4, 5]], { watermark: 4, barrier: 1 }],
    [[], { watermark: 9 }],
  ]);
});

test('an adaptive batch grows while the work is done in time and shrinks when it is not', async () => {
  const msEach = { now: 0.1 };
  const rig = rigOf<number>(
    10,
    { adaptive: { min: 10, max: 1000, target: '50ms' } },
    { closesFor: (chunk) => (chunk.values[0] as number[]).length * msEach.now },
  );
  await rig.feed(...chunksOf(numbers(40_000), 100));
  const sizes = () => rig.values.map((many) => many.length);
  const late = (all: readonly number[]) => all.slice(-20);
  // 0.1 ms a record: 500 of them take 50 ms.
  for (const size of late(sizes())) expect(size).toBeGreaterThan(400);
  for (const size of late(sizes())) expect(size).toBeLessThan(570);
  msEach.now = 1;
  await rig.feed(...chunksOf(numbers(10_000), 100));
  for (const size of late(sizes())) expect(size).toBeLessThan(115);
  msEach.now = 100;
  await rig.feed(...chunksOf(numbers(1000), 100));
  for (const size of sizes().slice(-5)) expect(size).toBe(10);
  await rig.finish();
});

test('an adaptive batch changes its size within a chunk too, and a stop in the middle of one loses nothing', async () => {
  const rig = rigOf<number>(
    4,
    { adaptive: { min: 4, max: 64, target: '50ms' } },
    { closesFor: (chunk) => (chunk.values[0] as number[]).length },
  );
  await rig.feed(...chunksOf(numbers(1000), 1000));
  await rig.finish();
  expect(rig.values.flat()).toEqual(numbers(1000));
  expect(Math.max(...rig.values.map((many) => many.length))).toBeGreaterThan(45);
  expect(rig.values.length).toBeLessThan(50);
});

test('the same times give the same adaptive sizes', async () => {
  const once = async () => {
    const rig = rigOf<number>(
      10,
      { adaptive: { min: 1, max: 64, target: 5 } },
      { closesFor: ({ values }) => ((values[0] as number[])[0]! * 13) % 17 },
    );
    await rig.feed(...chunksOf(numbers(500), 7));
    await rig.finish();
    expect(rig.values.flat()).toEqual(numbers(500));
    return rig.values.map((many) => many.length);
  };
  expect(await once()).toEqual(await once());
});

test('an abort forgets everything', () => {
  const rig = rigOf<number>(10, { within: 5 });
  rig.give(chunkOf(numbers(5)));
  rig.abort();
  expect([rig.station.isDone, rig.station.wakeAt]).toEqual([true, undefined]);
});

test('impossible options are refused by name', () => {
  expect(() => batch(0)).toThrow('batch(size)');
  expect(() => batch(1, { adaptive: { min: 5, max: 4, target: 1 } })).toThrow('batch adaptive max');
});

test('every record is in one batch, in order, and every batch but the last is full', async () => {
  const pauses = fc.array(fc.constantFrom(0, 0, 5), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(1, 7, 1024),
      fc.constantFrom(1, 3, 1024),
      pauses,
      async (n, size, chunk, chunkLimit, pauses) => {
        let emits = 0;
        const rig = rigOf<number>(size, {}, { chunkLimit, closesFor: () => pauses[emits++ % pauses.length]! });
        await rig.feed(...chunksOf(numbers(n), chunk));
        await rig.finish();
        expect(rig.values.flat()).toEqual(numbers(n));
        expect(rig.values.slice(0, -1).every((many) => many.length === size)).toBe(true);
        expect(rig.ids).toEqual(rig.values.map((many) => `s/0/${many[0]}+${many.length}`));
      },
    ),
    { numRuns: 100 },
  );
});
