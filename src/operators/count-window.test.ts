import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { timeOf } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import { count, rate } from '../windows/aggregates/count.ts';
import { max, min } from '../windows/aggregates/extremes.ts';
import { variance } from '../windows/aggregates/moments.ts';
import { mean, sum } from '../windows/aggregates/sum.ts';
import { type CountWindows, slidingCount, tumblingCount } from '../windows/count.ts';
import { countWindow } from './count-window.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

async function resultOf<T, Out>(operator: StationOperator<T, Out>, values: readonly T[], size = 1024): Promise<Out[]> {
  const rig = new StationRig(operator);
  await rig.feed(...chunksOf(values, size));
  await rig.finish();
  return rig.values;
}

test('sliding windows of 5 every 2 over 0..19 are 8 full windows', async () => {
  const windows = await resultOf(countWindow<number>('w', slidingCount(5, 2)).toArray(), numbers(20));
  expect(windows).toHaveLength(8);
  expect([windows[0], windows[1], windows[7]]).toEqual([
    [0, 1, 2, 3, 4],
    [2, 3, 4, 5, 6],
    [14, 15, 16, 17, 18],
  ]);
});

test('with partial the end of the data also emits what has begun, shorter; a stop does not', async () => {
  const operator = countWindow<number>('w', slidingCount(5, 2, { partial: true })).toArray();
  expect((await resultOf(operator, numbers(20))).slice(8)).toEqual([
    [16, 17, 18, 19],
    [18, 19],
  ]);
  const rig = new StationRig(operator);
  await rig.feed(chunkOf(numbers(20)));
  await rig.finish('stop', { keepsOpen: true });
  expect(rig.values).toHaveLength(8);
  expect(rig.held).toBe(4);
});

test('aggregates come in one pass, with window and pane, and the types of each', async () => {
  const operator = countWindow<{ ms: number }, string>('load', tumblingCount(4)).aggregate({
    n: count(),
    total: sum((call) => call.ms),
    mean: mean((call) => call.ms),
    spread: variance((call) => call.ms),
    least: min((call) => call.ms),
    most: max((call) => call.ms),
  });
  const calls = [1, 2, 3, 6, 5, 5, 5, 5, 9].map((ms) => ({ ms }));
  const panes = await resultOf(operator, calls, 3);
  expect(panes).toEqual([
    {
      key: undefined,
      window: { start: 0, end: 4 },
      pane: { index: 0, timing: 'onTime' },
      n: 4,
      total: 12,
      mean: 3,
      spread: 3.5,
      least: 1,
      most: 6,
    },
    {
      key: undefined,
      window: { start: 4, end: 8 },
      pane: { index: 0, timing: 'onTime' },
      n: 4,
      total: 20,
      mean: 5,
      spread: 0,
      least: 5,
      most: 5,
    },
  ]);
  expectTypeOf(panes[0]!.total).toEqualTypeOf<number>();
  expectTypeOf(panes[0]!.key).toEqualTypeOf<string>();
});

test('each key has its own windows and ordinals; a pane has the key and the time of its last record, and an id of its own', async () => {
  const table = new InternedKeys();
  const rig = new StationRig(
    countWindow<number, string>('w', slidingCount(2, 1)).reduce(
      () => 0,
      (total, n) => total + n,
    ),
  );
  await rig.feed(...chunksOf(numbers(6), 2, { table, key: (n) => (n < 4 ? (n % 2 === 0 ? 'a' : 'b') : 'a/b') }));
  await rig.finish();
  expect(rig.values.map(({ key, window, value }) => [key, window.start, window.end, value])).toEqual([
    ['a', 0, 2, 2],
    ['b', 0, 2, 4],
    ['a/b', 0, 2, 9],
  ]);
  expect(rig.ids).toEqual(['rig/"a"/0/0', 'rig/"b"/0/0', 'rig/"a/b"/0/0']);
  expect(rig.emitted.flatMap((chunk) => chunk.values.map((_, i) => [chunk.keys!.keyAt(chunk.keyIds![i]!), timeOf(chunk, i)]))).toEqual([
    ['a', 2],
    ['b', 3],
    ['a/b', 5],
  ]);
});

test('keys that were numbered apart and merged fall in one window', async () => {
  const [one, two] = [new InternedKeys(), new InternedKeys()];
  one.idOf('x');
  const rig = new StationRig(countWindow<number, string>('w', tumblingCount(2)).toArray());
  const b = (n: number, keys: InternedKeys) => chunkOf([n], { first: n, keys, keyIds: Int32Array.of(keys.idOf('b')) });
  await rig.feed(b(1, one), b(2, two));
  await rig.finish();
  expect(rig.values).toEqual([[1, 2]]);
});

test('a record that a function refuses is in no window, and nothing of it stays in any aggregate', async () => {
  const operator = countWindow<number>('w', tumblingCount(2)).aggregate({
    n: count(),
    total: sum((x) => x),
    odd: max((x) => (x === 2 ? Number.NaN : x)),
  });
  const rig = new StationRig(operator);
  await rig.feed(chunkOf(numbers(5)));
  await rig.finish();
  expect(rig.values.map(({ window, n, total, odd }) => [window.start, n, total, odd])).toEqual([
    [0, 2, 1, 1],
    [2, 2, 7, 4],
  ]);
  expect(rig.refused.map(({ value }) => value)).toEqual([2]);
});

test('a step that throws in one of several open windows changes none of them', async () => {
  const step = (all: readonly number[], n: number) => {
    if (n === 3 && all.length === 0) throw new Error('no');
    return [...all, n];
  };
  const rig = new StationRig(countWindow<number>('w', slidingCount(3, 1)).reduce((): readonly number[] => [], step));
  await rig.feed(chunkOf(numbers(7)));
  await rig.finish();
  expect(rig.values.map(({ value }) => value)).toEqual([
    [0, 1, 2],
    [1, 2, 4],
    [2, 4, 5],
    [4, 5, 6],
  ]);
});

test('a step that answers a promise is refused with what to write instead', async () => {
  const rig = new StationRig(countWindow<number>('w', tumblingCount(1)).reduce(() => 0, (() => Promise.reject(new Error('x'))) as never));
  await rig.feed(chunkOf([1]));
  await rig.finish();
  expect(rig.refused.map(({ error }) => (error as { code: string }).code)).toEqual(['HR_PROMISE_NOT_ALLOWED']);
});

test('when a refusal stops the run, panes before it leave and none after it', async () => {
  const rig = new StationRig(countWindow<number>('w', tumblingCount(2)).aggregate({ total: sum((n) => (n === 5 ? Number.NaN : n)) }), {
    stopsAt: () => true,
  });
  await rig.feed(chunkOf(numbers(10)));
  await rig.finish();
  expect(rig.values.map(({ total }) => total)).toEqual([1, 5]);
});

test('a watermark passes behind the panes of its chunk, and partial panes at the end are not late under it', async () => {
  const rig = new StationRig(countWindow<number>('w', tumblingCount(2, { partial: true })).toArray());
  await rig.feed(chunkOf(numbers(3), { control: { watermark: 100 } }), chunkOf([], { control: { watermark: 200 } }));
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control?.watermark])).toEqual([
    [[[0, 1]], 100],
    [[], 200],
    [[[2]], undefined],
  ]);
  expect(timeOf(rig.emitted[2]!, 0)).toBe(200);
});

test('names that a pane has already, and windows that leave records out, are refused', () => {
  expect(() => countWindow<number>('w', tumblingCount(2)).aggregate({ key: count() })).toThrow("'key'");
  expect(() => countWindow<number>('w', tumblingCount(2)).aggregate({ ['__proto__']: count() })).toThrow("'__proto__'");
  expect(() => countWindow<number>('w', tumblingCount(2)).aggregate({ each: rate() })).toThrow("'each' divides by the length");
  expect(() => slidingCount(2, 3)).toThrow('leave out 1 of 3');
  expect(() => tumblingCount(0)).toThrow('tumblingCount');
});

/** The oracle: the records of each key, and every window cut out of them. */
function expected(
  values: readonly number[],
  keyOf: (n: number) => string,
  { size, every, partial }: CountWindows,
): Map<string, number[][]> {
  const byKey = new Map<string, number[]>();
  for (const n of values) byKey.set(keyOf(n), [...(byKey.get(keyOf(n)) ?? []), n]);
  const windows = new Map<string, number[][]>();
  for (const [key, all] of byKey) {
    const of: number[][] = [];
    for (let start = 0; start < all.length; start += every)
      if (partial || start + size <= all.length) of.push(all.slice(start, start + size));
    windows.set(key, of);
  }
  return windows;
}

test('windows of every kind equal those cut out of the whole, whatever the chunks and the pauses', async () => {
  const pauses = fc.array(fc.constantFrom(0, 0, 5), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 120 }),
      fc.integer({ min: 1, max: 24 }),
      fc.nat(),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(1, 7, 1024),
      fc.constantFrom(1, 5, 1024),
      pauses,
      async (n, size, slide, partial, keyCount, chunk, chunkLimit, pauses) => {
        const windows = slidingCount(size, (slide % size) + 1, { partial });
        const keyOf = (value: number) => `k${(value * 7) % keyCount}`;
        const number = (value: number) => Math.sin(value) * 1000;
        const oracle = expected(numbers(n), keyOf, windows);
        const run = async <Out>(operator: StationOperator<number, Out>) => {
          let emits = 0;
          const options: RigOptions = { chunkLimit, closesFor: () => pauses[emits++ % pauses.length]! };
          const rig = new StationRig(operator, options);
          await rig.feed(...chunksOf(numbers(n), chunk, { table: new InternedKeys(), key: keyOf }));
          await rig.finish();
          const keys = rig.emitted.flatMap(({ values, keys, keyIds }) => values.map((_, i) => keys!.keyAt(keyIds![i]!) as string));
          expect(new Set(rig.ids).size).toBe(rig.ids.length);
          return rig.values.map((value, i) => [keys[i]!, value] as const);
        };
        const w = countWindow<number, string>('w', windows);
        const lists = await run(w.toArray());
        const folded = await run(
          w.reduce(
            (): readonly number[] => [],
            (all, value) => [...all, value],
          ),
        );
        const panes = await run(
          w.aggregate({ n: count(), sum: sum(number), mean: mean(number), variance: variance(number), min: min(number), max: max(number) }),
        );
        for (const [key, all] of oracle) {
          expect(lists.filter(([k]) => k === key).map(([, list]) => list)).toEqual(all);
          expect(folded.filter(([k]) => k === key).map(([, { value }]) => value)).toEqual(all);
          const mine = panes.filter(([k]) => k === key).map(([, pane]) => pane);
          expect(mine).toHaveLength(all.length);
          for (const [i, pane] of mine.entries()) {
            const xs = all[i]!.map(number);
            const total = xs.reduce((a, b) => a + b, 0);
            const start = i * windows.every;
            expect([pane.key, pane.window, pane.n, pane.min, pane.max]).toEqual([
              key,
              { start, end: start + xs.length },
              xs.length,
              Math.min(...xs),
              Math.max(...xs),
            ]);
            expect(pane.sum).toBeCloseTo(total, 6);
            expect(pane.mean).toBeCloseTo(total / xs.length, 6);
            expect(pane.variance).toBeCloseTo(xs.reduce((a, x) => a + (x - total / xs.length) ** 2, 0) / xs.length, 4);
          }
        }
        expect(lists.length).toBe([...oracle.values()].reduce((a, all) => a + all.length, 0));
      },
    ),
    { numRuns: 120 },
  );
});
