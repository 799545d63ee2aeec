import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { type Failure, fail } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { EnrichOptions } from './enrich.ts';
import { enrichRig, Table } from './enrich-rig.ts';
import { mapBatch } from './map-batch.ts';
import { chunkOf, chunksOf, numbers, StationRig } from './station-rig.ts';

test('without a cache a key is asked for again once its answer has come; with one it is not, until the answer is too old', async () => {
  for (const [cache, expected] of [
    [undefined, 3],
    [{ for: '1s' as const }, 2],
  ] as const) {
    const table = new Table();
    const rig = enrichRig(table, () => 'ann', cache === undefined ? {} : { cache });
    await rig.feed(chunkOf([0]));
    await rig.clock.advance(10); // The answer comes at 10 ms.
    await rig.clock.advance(999);
    await rig.feed(chunkOf([1], { first: 1 }));
    await rig.clock.advance(11);
    await rig.feed(chunkOf([2], { first: 2 }));
    await rig.finish();
    expect(table.calls).toHaveLength(expected);
    expect(rig.values).toEqual(['0<ann>', '1<ann>', '2<ann>']);
  }
});

test('using an answer does not make it younger', async () => {
  const table = new Table(0);
  const rig = enrichRig(table, () => 'ann', { cache: { for: 100 } });
  for (const n of numbers(6)) {
    await rig.feed(chunkOf([n], { first: n }));
    await rig.clock.advance(30);
  }
  await rig.finish();
  // At 0 and at 120: between them the answer of 0 served 30, 60 and 90.
  expect(table.calls).toHaveLength(2);
});

test('that there is nothing is an answer too, with a time of its own', async () => {
  const table = new Table(0, (key) => (key === 'eve' ? undefined : 'here'));
  const rig = enrichRig(table, (n) => (n % 2 === 0 ? 'ann' : 'eve'), { cache: { for: '1m', missingFor: '1s' } });
  for (const first of [0, 2, 4]) {
    await rig.feed(chunkOf([first, first + 1], { first }));
    await rig.clock.advance(700);
  }
  await rig.finish();
  expect(rig.values).toEqual(['0here', '1?', '2here', '3?', '4here', '5?']);
  expect(table.calls).toEqual([['ann', 'eve'], ['eve']]);
  const none = new Table(0, () => undefined);
  const kept = enrichRig(none, () => 'eve', { cache: { for: '1m', missingFor: 0 } });
  await kept.feed(chunkOf([0]));
  await kept.clock.settle();
  await kept.feed(chunkOf([1], { first: 1 }));
  await kept.finish();
  expect(none.calls).toHaveLength(2);
});

test('the answer that was used longest ago goes first, and one under way has no place to lose', async () => {
  const table = new Table(0);
  const rig = enrichRig(table, (n) => n % 10, { cache: { for: '1h', items: 2 } });
  const ask = async (...all: number[]): Promise<void> => {
    await rig.feed(chunkOf(all));
    await rig.clock.settle();
  };
  await ask(1, 2);
  await ask(1); // Now 2 is the oldest.
  await ask(3);
  expect([rig.cache.items, rig.cache.evicted]).toEqual([2, 1]);
  await ask(1);
  expect(table.calls).toEqual([[1, 2], [3]]);
  await ask(2);
  expect(table.calls.slice(2)).toEqual([[2]]);
  // Five answers in one call for a cache of two: everybody who waits gets his.
  await ask(4, 5, 6, 7, 8, 14, 18);
  expect(rig.values.slice(-7)).toEqual(['4<4>', '5<5>', '6<6>', '7<7>', '8<8>', '14<4>', '18<8>']);
  await ask(7, 8);
  expect(table.calls).toHaveLength(4);
  await rig.finish();
  expect(rig.cache.items).toBe(0);
});

test('a bound in bytes counts, also for one answer that is larger than it', async () => {
  const table = new Table(0, (key) => 'x'.repeat(key === 'big' ? 1000 : 50));
  const rig = enrichRig(table, (n) => (n === 9 ? 'big' : `k${n}`), { cache: { for: '1h', bytes: 600 } });
  for (const n of [1, 2, 3, 9]) {
    await rig.feed(chunkOf([n], { first: n }));
    await rig.clock.settle();
    expect(rig.cache.bytes).toBeLessThanOrEqual(600);
  }
  expect([rig.cache.items, rig.cache.bytes]).toEqual([0, 0]);
  await rig.finish();
  expect(rig.values).toHaveLength(4);
});

test('keys are told apart by type and value, -0 is 0, and tuples are the same when their parts are', async () => {
  const keys: Key[] = [1, '1', 1n, true, 0, -0, ['eu', 1], ['eu', 1], ['eu', '1'], ['eu'], 'eu', ['eu', -0], ['eu', 0]];
  const table = new Table(0);
  const rig = enrichRig(table, (n) => keys[n]!, { cache: { for: '1h' } });
  await rig.feed(chunkOf(numbers(keys.length)));
  await rig.clock.settle();
  await rig.feed(chunkOf(numbers(keys.length), { first: keys.length }));
  await rig.finish();
  expect(table.calls).toEqual([[1, '1', 1n, true, 0, ['eu', 1], ['eu', '1'], ['eu'], 'eu', ['eu', 0]]]);
});

test('no two tuples share an answer, however their parts are put together', async () => {
  const part = fc.oneof(
    fc.constantFrom('', 's', '1', '1n', '2s1n', 'true'),
    fc.constantFrom(0, 1, 12, -1.5, 1e21),
    fc.constantFrom(0n, 1n),
    fc.boolean(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 30 }), async (tuples) => {
      const table = new Table(0);
      const rig = enrichRig(table, (n) => tuples[n]!);
      await rig.feed(chunkOf(numbers(tuples.length)));
      await rig.finish();
      const plain = (tuple: Key): string => JSON.stringify([tuple].flat().map((one) => [typeof one, String(one)]));
      expect(table.asked.map(plain).sort()).toEqual([...new Set(tuples.map(plain))].sort());
    }),
  );
});

test('a tuple is kept as it was, whatever its owner does with the array', async () => {
  const table = new Table(5);
  const key = ['eu', 1];
  const rig = enrichRig(table, () => key as Key, { within: 5 });
  rig.give(chunkOf([0]));
  key[1] = 2;
  rig.give(chunkOf([1], { first: 1 }));
  await rig.finish();
  expect(table.calls).toEqual([
    [
      ['eu', 1],
      ['eu', 2],
    ],
  ]);
});

test('an answer that is there leaves at once where order lets it, past records that wait', async () => {
  for (const order of ['input', 'key', 'completion'] as const) {
    const table = new Table(100);
    const keyed = new InternedKeys();
    const rig = enrichRig(table, (n) => n % 10, { order, max: 1, concurrency: 1, cache: { for: '1h' } });
    const key = (n: number): string => `k${n % 10}`;
    rig.give(chunksOf([7], 1, { table: keyed, key })[0]!);
    await rig.clock.advance(100);
    // The one call is taken by 1; 2 to 6 wait for it, and the answer of 7 is known.
    rig.give(chunksOf([1, 2, 3, 4, 5, 6, 17, 27], 8, { table: keyed, key })[0]!);
    await rig.clock.advance(1);
    const early = order === 'input' ? [] : ['17<7>', '27<7>'];
    expect(rig.values).toEqual(['7<7>', ...early]);
    await rig.finish();
    expect([...rig.values].sort()).toEqual(['7<7>', '1<1>', '17<7>', '2<2>', '27<7>', '3<3>', '4<4>', '5<5>', '6<6>'].sort());
  }
});

test('whatever the keys, the bounds, the order and the pauses, it answers what a plain mapBatch answers, and asks for no key twice at a time', async () => {
  const shapes = fc.record({
    keys: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 0, max: 150 }),
    size: fc.constantFrom(1, 7, 1024),
    max: fc.integer({ min: 1, max: 9 }),
    concurrency: fc.constantFrom(1, 3),
    within: fc.constantFrom(0, 4),
    order: fc.constantFrom('input' as const, 'key' as const, 'completion' as const),
    isolate: fc.boolean(),
    cache: fc.option(
      fc.record({
        for: fc.integer({ min: 0, max: 60 }),
        missingFor: fc.integer({ min: 0, max: 60 }),
        items: fc.integer({ min: 1, max: 30 }),
      }),
      { nil: undefined },
    ),
    chunkLimit: fc.constantFrom(3, 1024),
    pauses: fc.array(fc.constantFrom(0, 0, 3, 20), { minLength: 1, maxLength: 5 }),
    gap: fc.constantFrom(0, 2, 13),
  });
  const of = (key: number): string | Failure | undefined => (key % 13 === 5 ? fail('bad') : key % 7 === 2 ? undefined : `<${key}>`);
  await fc.assert(
    fc.asyncProperty(shapes, async ({ keys, n, size, max, concurrency, within, order, isolate, cache, chunkLimit, pauses, gap }) => {
      const table = new Table(7, (key) => of(key as number));
      const by = (value: number): number => (value * 17 + (value >> 2)) % keys;
      let emits = 0;
      const options: EnrichOptions = { max, concurrency, within, order, isolate, ...(cache === undefined ? {} : { cache }) };
      const rig = enrichRig(table, by, options, { chunkLimit, closesFor: () => pauses[emits++ % pauses.length]! });
      for (const chunk of chunksOf(numbers(n), size, { table: new InternedKeys(), key: (value) => `k${value % 3}` })) {
        await rig.feed(chunk);
        await rig.clock.advance(gap);
        expect(rig.cache.items).toBeLessThanOrEqual(cache?.items ?? 0);
      }
      await rig.finish();
      const plain = new StationRig<number, string>(
        mapBatch(
          (many: readonly number[]) =>
            many.map((value) => {
              const found = of(by(value));
              return typeof found === 'object' ? found : `${value}${found ?? '?'}`;
            }),
          { max, order: 'input' },
        ),
        { chunkLimit },
      );
      await plain.feed(...chunksOf(numbers(n), size, { table: new InternedKeys(), key: (value) => `k${value % 3}` }));
      await plain.finish();
      const sorted = (all: readonly string[]): string[] => [...all].sort();
      expect(sorted(rig.values)).toEqual(sorted(plain.values));
      expect(rig.refused.map(({ id }) => id).sort()).toEqual(plain.refused.map(({ id }) => id).sort());
      if (order === 'input') expect(rig.values).toEqual(plain.values);
      if (order === 'key')
        for (const lane of [0, 1, 2]) {
          const own = (all: readonly string[]): string[] => all.filter((text) => Number.parseInt(text, 10) % 3 === lane);
          expect(own(rig.values)).toEqual(own(plain.values));
        }
      expect(table.twice).toEqual([]);
      expect(rig.cache.hits + rig.cache.misses + rig.cache.shared).toBe(n);
      expect(rig.cache.misses).toBe(table.asked.length);
    }),
    { numRuns: 80 },
  );
});
