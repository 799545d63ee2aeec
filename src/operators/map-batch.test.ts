import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { HeadraceError } from '../core/error.ts';
import { fail } from '../core/failure.ts';
import type { BatchFn } from './batch-calls.ts';
import { mapBatch, type MapBatchOptions } from './map-batch.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

function rigOf<T, U>(fn: BatchFn<T, U>, options: MapBatchOptions, rig: RigOptions = {}) {
  return new StationRig(mapBatch(fn, options), rig);
}

const codeOf = (error: unknown) => (error instanceof HeadraceError ? error.code : error);

test('one call gets max values, across chunks, and the rest at the end; each answer keeps its record', async () => {
  const calls: number[] = [];
  const table = new InternedKeys();
  const rig = rigOf(async (many: readonly number[]) => (calls.push(many.length), many.map((n) => n * 10)), { max: 4 });
  await rig.feed(...chunksOf(numbers(10), 3, { table, key: (n) => `k${n % 2}` }));
  await rig.finish();
  expect(calls).toEqual([4, 4, 2]);
  expect(rig.values).toEqual(numbers(10).map((n) => n * 10));
  expect(rig.ids).toEqual(numbers(10).map((n) => `s/0/${n}`));
  expect(rig.emitted.flatMap(({ values, keys, keyIds }) => values.map((_, i) => keys!.keyAt(keyIds![i]!)))).toEqual(
    numbers(10).map((n) => `k${n % 2}`),
  );
});

test('a partial batch leaves within the time from its first record', async () => {
  const at: number[] = [];
  const rig: StationRig<number, number> = rigOf(async (many: readonly number[]) => (at.push(rig.clock.monotonic()), many), {
    max: 100,
    within: '20ms',
  });
  await rig.clock.advance(5);
  rig.give(chunkOf([1]));
  await rig.clock.advance(15);
  rig.give(chunkOf([2]));
  await rig.clock.advance(100);
  expect(at).toEqual([25]);
  expect(rig.values).toEqual([1, 2]);
  await rig.finish();
});

test('while all calls are under way a batch that is due goes on growing', async () => {
  const sizes: number[] = [];
  const rig: StationRig<number, number> = rigOf(
    (many: readonly number[]) => (
      sizes.push(many.length), new Promise<readonly number[]>((resolve) => rig.clock.after(100, () => resolve(many)))
    ),
    { max: 50, within: 1, concurrency: 1 },
  );
  for (const n of numbers(10)) {
    await rig.feed(chunkOf([n], { first: n }));
    await rig.clock.advance(5);
  }
  await rig.finish();
  expect(sizes).toEqual([1, 9]);
});

test('an answer of the wrong length names both numbers and refuses the records of that call', async () => {
  for (const answer of [[1], undefined, 'text']) {
    const rig = rigOf(async () => answer as readonly number[], { max: 3, retry: 2 });
    await rig.feed(chunkOf(numbers(3)));
    await rig.finish();
    expect(rig.refused.map(({ error }) => codeOf(error))).toEqual(['HR_BATCH_LENGTH', 'HR_BATCH_LENGTH', 'HR_BATCH_LENGTH']);
    expect((rig.refused[0]!.error as Error).message).toContain('got 3 values and gave');
  }
});

test('a refusal at one position stays with that record', async () => {
  const rig = rigOf((many: readonly number[]) => many.map((n) => (n === 2 ? fail('two') : n)), { max: 4 });
  await rig.feed(chunkOf(numbers(5)));
  await rig.finish();
  expect(rig.values).toEqual([0, 1, 3, 4]);
  expect(rig.refused.map(({ id }) => id)).toEqual(['s/0/2']);
});

test('a list of promises is refused with what to write instead, and their rejections end nothing', async () => {
  const rig = rigOf((many: readonly number[]) => many.map((n) => Promise.reject(new Error(String(n)))) as never, { max: 2 });
  await rig.feed(chunkOf(numbers(2)));
  await rig.finish();
  expect(rig.refused.map(({ error }) => codeOf(error))).toEqual(['HR_PROMISE_NOT_ALLOWED', 'HR_PROMISE_NOT_ALLOWED']);
});

test('a failing call refuses all of its records, and no others', async () => {
  const rig = rigOf(async (many: readonly number[]) => (many.includes(5) ? Promise.reject(new Error('no')) : many), { max: 4 });
  await rig.feed(chunkOf(numbers(10)));
  await rig.finish();
  expect(rig.values).toEqual([0, 1, 2, 3, 8, 9]);
  expect(rig.refused.map(({ value }) => value)).toEqual([4, 5, 6, 7]);
});

test('with isolate only the bad records are refused, found in about 2 log2(n) calls', async () => {
  let calls = 0;
  const rig = rigOf(async (many: readonly number[]) => (calls++, many.includes(77) ? Promise.reject(new Error('no')) : many), {
    max: 128,
    isolate: true,
  });
  await rig.feed(chunkOf(numbers(128)));
  await rig.finish();
  expect(rig.refused.map(({ value }) => value)).toEqual([77]);
  expect(rig.values).toEqual(numbers(128).filter((n) => n !== 77));
  expect(calls).toBe(15);
});

test('a deadline is over for the halves too: nothing is asked again after it', async () => {
  let calls = 0;
  const rig = rigOf<number, number>(() => (calls++, new Promise<readonly number[]>(() => {})), {
    max: 8,
    isolate: true,
    timeout: '400ms',
    deadline: '1s',
  });
  await rig.feed(chunkOf(numbers(8)));
  await rig.finish();
  // One call, its two halves, their four.
  expect([calls, rig.clock.monotonic()]).toEqual([7, 1000]);
  expect(rig.refused).toHaveLength(8);
});

test('a call is repeated as a whole, with its time-outs', async () => {
  let calls = 0;
  const rig: StationRig<number, number> = rigOf(
    (many: readonly number[]) => (++calls === 1 ? new Promise<readonly number[]>(() => {}) : many),
    { max: 3, timeout: '1s', retry: 1 },
  );
  await rig.feed(chunkOf(numbers(3)));
  await rig.finish();
  expect([calls, rig.values]).toEqual([2, [0, 1, 2]]);
});

test('an abort frees a call that never settles', async () => {
  let told = false;
  const rig = rigOf(
    (_many: readonly number[], signal) => (signal.addEventListener('abort', () => (told = true)), new Promise<readonly number[]>(() => {})),
    { max: 2 },
  );
  rig.give(chunkOf(numbers(5)));
  expect(rig.held).toBe(5);
  rig.abort();
  expect(told).toBe(true);
});

test('a barrier sends a partial batch on its way and lets nothing overtake it', async () => {
  const rig = rigOf(async (many: readonly number[]) => many, { max: 100 });
  await rig.feed(chunkOf(numbers(3), { control: { barrier: 7 } }), chunkOf([3], { first: 3 }));
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control?.barrier])).toEqual([
    [[0, 1, 2], 7],
    [[3], undefined],
  ]);
});

test('whatever fails, with isolate exactly the bad records are refused, whatever the chunks, the order and the pauses', async () => {
  const bads = fc.uniqueArray(fc.integer({ min: 0, max: 79 }), { maxLength: 12 });
  const order = fc.constantFrom('input' as const, 'key' as const, 'completion' as const);
  const pauses = fc.array(fc.constantFrom(0, 0, 3, 20), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      bads,
      order,
      fc.integer({ min: 0, max: 80 }),
      fc.constantFrom(1, 7, 1024),
      fc.integer({ min: 1, max: 33 }),
      fc.constantFrom(1, 3),
      pauses,
      async (bad, order, n, size, max, concurrency, pauses) => {
        let calls = 0;
        let emits = 0;
        const rig: StationRig<number, number> = rigOf(
          (many: readonly number[]) =>
            new Promise<readonly number[]>((resolve, reject) => {
              const fails = many.some((value) => bad.includes(value));
              rig.clock.after((calls++ * 7) % 11, () => (fails ? reject(new Error('bad')) : resolve(many)));
            }),
          { max, order, concurrency, isolate: true, within: 5 },
          { closesFor: () => pauses[emits++ % pauses.length]!, chunkLimit: 50 },
        );
        const table = new InternedKeys();
        await rig.feed(...chunksOf(numbers(n), size, { table, key: (value) => `k${value % 3}` }));
        await rig.finish();
        const good = numbers(n).filter((value) => !bad.includes(value));
        expect([...rig.values].sort((a, b) => a - b)).toEqual(good);
        expect(new Set(rig.refused.map(({ value }) => value))).toEqual(new Set(numbers(n).filter((value) => bad.includes(value))));
        if (order === 'input') expect(rig.values).toEqual(good);
        if (order === 'key')
          for (const k of [0, 1, 2]) expect(rig.values.filter((value) => value % 3 === k)).toEqual(good.filter((value) => value % 3 === k));
        expect(rig.ids).toEqual(rig.values.map((value) => `s/0/${value}`));
      },
    ),
    { numRuns: 100 },
  );
});
