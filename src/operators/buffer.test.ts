import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buffer, type BufferOptions } from './buffer.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

function rigOf<T>(options: BufferOptions<T> = {}, rig: RigOptions = {}) {
  return new StationRig(buffer<T>(options), rig);
}

test('while the way down is free chunks pass as they are', async () => {
  const rig = rigOf<number>();
  const chunk = chunkOf(numbers(5));
  rig.give(chunk);
  expect(rig.emitted).toEqual([chunk]);
  expect(rig.emitted[0]).toBe(chunk);
  await rig.finish();
});

test('what comes before runs ahead until the buffer is full, then waits', async () => {
  const rig = rigOf<number>({ items: 10 });
  rig.canEmit = false;
  const chunks = chunksOf(numbers(30), 4);
  let given = 0;
  while (!rig.station.isFull) rig.give(chunks[given++]!);
  expect([given, rig.held]).toEqual([3, 12]);
  rig.canEmit = true;
  await rig.feed(...chunks.slice(given));
  await rig.finish();
  expect(rig.values).toEqual(numbers(30));
  expect(rig.ids).toEqual(numbers(30).map((n) => `s/0/${n}`));
  expect(rig.dropped.size).toBe(0);
});

test('the bound is 1,024 records or 8 MiB unless told', () => {
  const rig = rigOf<string>();
  rig.canEmit = false;
  for (let i = 0; i < 8; i++) rig.give(chunkOf(['x'.repeat(512 * 1024)]));
  expect([rig.station.isFull, rig.heldBytes]).toEqual([true, 8 * 1024 * 1024]);
  const many = rigOf<number>();
  many.canEmit = false;
  many.give(chunkOf(numbers(1023)));
  expect(many.station.isFull).toBe(false);
  many.give(chunkOf([1]));
  expect(many.station.isFull).toBe(true);
});

test('dropOldest keeps exactly the newest and counts the others', async () => {
  for (const size of [1, 7, 1024]) {
    const rig = rigOf<number>({ items: 1000, overflow: 'dropOldest' });
    rig.canEmit = false;
    await rig.feed(...chunksOf(numbers(5000), size));
    expect([rig.held, rig.dropped.get('overflow')]).toEqual([1000, 4000]);
    rig.canEmit = true;
    await rig.finish();
    expect(rig.values).toEqual(numbers(5000).slice(4000));
  }
});

test('dropNewest keeps what came first and counts the others', async () => {
  for (const size of [1, 7, 1024]) {
    const rig = rigOf<number>({ items: 1000, overflow: 'dropNewest' });
    rig.canEmit = false;
    await rig.feed(...chunksOf(numbers(5000), size));
    rig.canEmit = true;
    await rig.finish();
    expect(rig.values).toEqual(numbers(1000));
    expect(rig.dropped.get('overflow')).toBe(4000);
  }
});

test('nothing is dropped that can leave at once, however large the chunk', async () => {
  for (const overflow of ['dropOldest', 'dropNewest', 'throw'] as const) {
    const rig = rigOf<number>({ items: 10, overflow });
    await rig.feed(chunkOf(numbers(1000)));
    await rig.finish();
    expect(rig.values).toEqual(numbers(1000));
    expect(rig.dropped.size).toBe(0);
  }
});

test('bytes bound it too, and one record larger than all of them is taken alone', async () => {
  const rig = rigOf<string>({ bytes: 20, overflow: 'dropOldest' });
  rig.canEmit = false;
  rig.give(chunkOf(['aaaa', 'bbbb', 'cccc', 'dddd']));
  expect([rig.held, rig.heldBytes, rig.dropped.get('overflow')]).toEqual([2, 16, 2]);
  rig.give(chunkOf(['e'.repeat(100)]));
  expect([rig.held, rig.heldBytes]).toEqual([1, 200]);
  rig.abort();
});

test("overflow 'throw' stops with a code", () => {
  const rig = rigOf<number>({ items: 3, overflow: 'throw' });
  rig.canEmit = false;
  rig.give(chunkOf(numbers(3)));
  expect(() => rig.give(chunkOf([4]))).toThrow(expect.objectContaining({ code: 'HR_BUFFER_FULL', action: 'stop' }));
});

test('a control is never dropped and stands where it stood', async () => {
  const rig = rigOf<number>({ items: 2, overflow: 'dropOldest' });
  rig.canEmit = false;
  rig.give(chunkOf([0, 1], { control: { watermark: 1 } }));
  rig.give(chunkOf([2], { first: 2, control: { watermark: 2 } }));
  rig.give(chunkOf([3], { first: 3, control: { barrier: 1 } }));
  rig.give(chunkOf([4, 5], { first: 4, control: { watermark: 5 } }));
  rig.give(chunkOf([], { control: { watermark: 6 } }));
  rig.canEmit = true;
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control])).toEqual([
    [[], { watermark: 2, barrier: 1 }],
    [[4, 5], { watermark: 6 }],
  ]);
});

test('controls of a stream that is dropped for hours do not pile up', () => {
  for (const overflow of ['dropOldest', 'dropNewest'] as const) {
    const rig = rigOf<number>({ items: 2, overflow });
    rig.canEmit = false;
    rig.give(chunkOf([-1], { control: { barrier: 1 } }));
    for (const n of numbers(1000)) rig.give(chunkOf([n], { first: n, control: { watermark: n } }));
    rig.canEmit = true;
    return rig.finish().then(() => expect(rig.emitted.length).toBeLessThan(5));
  }
  return undefined;
});

test('a record whose size cannot be told is refused, its neighbours pass', async () => {
  const rig = rigOf<number>({
    sizeOf: (n) => {
      if (n === 2) throw new Error('no size');
      return n === 4 ? -1 : 1;
    },
  });
  await rig.feed(chunkOf(numbers(6), { control: { watermark: 9 } }));
  await rig.finish();
  expect(rig.values).toEqual([0, 1, 3, 5]);
  expect(rig.ids).toEqual(['s/0/0', 's/0/1', 's/0/3', 's/0/5']);
  expect(rig.refused.map(({ value }) => value)).toEqual([2, 4]);
  expect(rig.emitted.at(-1)!.control).toEqual({ watermark: 9 });
});

test('an abort forgets everything', () => {
  const rig = rigOf<number>();
  rig.canEmit = false;
  rig.give(chunkOf(numbers(5)));
  rig.abort();
  expect(rig.station.isDone).toBe(true);
});

/** The oracle: a plain array that is written to and read from in the same turns. */
function expected(turns: readonly (number | 'read')[], items: number, overflow: 'dropOldest' | 'dropNewest'): number[] {
  const out: number[] = [];
  let inside: number[] = [];
  let next = 0;
  for (const turn of [...turns, 'read' as const]) {
    if (turn === 'read') {
      out.push(...inside);
      inside = [];
      continue;
    }
    for (let i = 0; i < turn; i++, next++) {
      if (overflow === 'dropOldest') inside = [...inside, next].slice(-items);
      else if (inside.length < items) inside.push(next);
    }
  }
  return out;
}

test('it drops what a plain array would', async () => {
  const turns = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('read' as const)), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      turns,
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom('dropOldest' as const, 'dropNewest' as const),
      fc.constantFrom(1, 3, 1024),
      async (turns, items, overflow, chunkLimit) => {
        const rig = rigOf<number>({ items, overflow }, { chunkLimit });
        rig.canEmit = false;
        let next = 0;
        for (const turn of turns) {
          if (turn === 'read') {
            rig.canEmit = true;
            await rig.clock.settle();
            rig.canEmit = false;
          } else {
            const values = numbers(turn).map((n) => n + next);
            rig.give(chunkOf(values, { first: next }));
            next += turn;
          }
        }
        rig.canEmit = true;
        await rig.finish();
        expect(rig.values).toEqual(expected(turns, items, overflow));
        expect(rig.ids).toEqual(rig.values.map((n) => `s/0/${n}`));
        expect(rig.values.length + (rig.dropped.get('overflow') ?? 0)).toBe(next);
      },
    ),
    { numRuns: 200 },
  );
});
