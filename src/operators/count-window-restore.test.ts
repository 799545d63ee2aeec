import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import type { Key } from '../core/keys.ts';
import { idOf, timeOf } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import { count } from '../windows/aggregates/count.ts';
import { distinct } from '../windows/aggregates/distinct.ts';
import { first } from '../windows/aggregates/ends.ts';
import { maxBy } from '../windows/aggregates/extremes-by.ts';
import { max, min } from '../windows/aggregates/extremes.ts';
import { variance } from '../windows/aggregates/moments.ts';
import { quantile } from '../windows/aggregates/quantile.ts';
import { mean, sum } from '../windows/aggregates/sum.ts';
import { toArray } from '../windows/aggregates/to-array.ts';
import { topK } from '../windows/aggregates/top-k.ts';
import { type CountWindows, slidingCount, tumblingCount } from '../windows/count.ts';
import { countWindow } from './count-window.ts';
import { chunkOf, type RigSnapshot, StationRig } from './station-rig.ts';

type Windowing = (windows: CountWindows) => StationOperator<number, unknown>;

const kinds: Readonly<Record<string, Windowing>> = {
  aggregate: (windows) =>
    countWindow<number>('w', windows).aggregate({ n: count(), total: sum(), mean: mean(), spread: variance(), least: min(), most: max() }),
  'sketches and values': (windows) =>
    countWindow<number>('w', windows).aggregate({
      n: count(),
      middle: quantile(0.5),
      kinds: distinct(),
      top: topK(2, (n: number) => n, { capacity: 3 }),
      opening: first(),
      dearest: maxBy((n: number) => n),
      all: toArray(),
    }),
  reduce: (windows) =>
    countWindow<number, Key>('w', windows).reduce<{ readonly key: Key; readonly seen: readonly number[] }>(
      (key) => ({ key, seen: [] }),
      ({ key, seen }, n) => {
        if (!Number.isFinite(n)) throw new Error('no number');
        return { key, seen: [...seen, n] };
      },
    ),
  toArray: (windows) => countWindow<number>('w', windows).toArray(),
};

interface Entry {
  readonly key: string;
  readonly value: number;
}

const entries: fc.Arbitrary<readonly Entry[]> = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -9, max: 99 }) }, fc.constant(Number.NaN)),
  }),
  { maxLength: 40 },
);

const windows: fc.Arbitrary<CountWindows> = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), fc.boolean())
  .map(([size, every, partial]) => (every < size ? slidingCount(size, every, { partial }) : tumblingCount(size, { partial })));

const chunkFor = ({ key, value }: Entry, at: number, keys: InternedKeys | undefined) =>
  chunkOf([value], {
    first: at,
    control: { watermark: at - 3 },
    ...(keys === undefined ? {} : { keys, keyIds: Int32Array.of(keys.idOf(key)) }),
  });

/** Panes with all that tells them apart. At the end of the data keys come in the order of their numbers, which is nobody's promise. */
function panesOf(rig: StationRig<number, unknown>, from = 0): string[] {
  const panes = rig.emitted.flatMap((chunk) => chunk.values.map((value, i) => ({ id: idOf(chunk, i), time: timeOf(chunk, i), value })));
  return panes.slice(from).map((pane) => JSON.stringify(pane));
}

for (const [name, windowing] of Object.entries(kinds)) {
  for (const isKeyed of [true, false]) {
    test(`${name}, ${isKeyed ? 'by key' : 'without keys'}: restored at any record, windows go on as if nothing had happened`, async () => {
      await fc.assert(
        fc.asyncProperty(entries, windows, fc.constantFrom(1, 1024), async (records, shape, chunkLimit) => {
          const keys = isKeyed ? new InternedKeys() : undefined;
          const rig = new StationRig(windowing(shape), { chunkLimit, ...(keys && { keys }) });
          const snapshots: { readonly snapshot: RigSnapshot; readonly panes: readonly string[]; readonly held: number }[] = [];
          for (const [at, record] of records.entries()) {
            snapshots.push({ snapshot: rig.snapshot(), panes: panesOf(rig), held: rig.held });
            rig.give(chunkFor(record, at, keys));
          }
          await rig.finish();
          for (const [from, { snapshot, panes, held }] of snapshots.entries()) {
            const ownKeys = isKeyed ? new InternedKeys() : undefined;
            for (const key of ['c', 'other', 'b']) ownKeys?.idOf(key);
            const restored = new StationRig(windowing(shape), { chunkLimit, restored: snapshot, ...(ownKeys && { keys: ownKeys }) });
            // Whoever made a watermark says it again.
            restored.give(chunkOf<number>([], { control: { watermark: from === 0 ? Number.NEGATIVE_INFINITY : from - 4 } }));
            expect(restored.held).toBe(held);
            for (const [i, record] of records.slice(from).entries()) restored.give(chunkFor(record, from + i, ownKeys));
            await restored.finish();
            expect([...panes, ...panesOf(restored)].sort()).toEqual(panesOf(rig).sort());
          }
        }),
        { numRuns: 30 },
      );
    });
  }
}

async function snapshotOf(operator: StationOperator<number, unknown>): Promise<RigSnapshot> {
  const rig = new StationRig(operator);
  await rig.feed(chunkOf([1, 2, 3]));
  return rig.snapshot();
}

test('an aggregate that was added begins empty in windows that are open, and one that was removed is left behind', async () => {
  for (const shape of [tumblingCount(5), slidingCount(4, 2)]) {
    const restored = await snapshotOf(countWindow<number>('w', shape).aggregate({ total: sum(), gone: min() }));
    const rig = new StationRig(countWindow<number>('w', shape).aggregate({ fresh: count(), total: sum() }), { restored });
    await rig.feed(chunkOf([4, 5, 6]));
    expect(rig.values[0]).toMatchObject(shape.size === 5 ? { fresh: 2, total: 15 } : { fresh: 1, total: 10 });
  }
});

test('an aggregate that became another kind under its old name is refused', async () => {
  const restored = await snapshotOf(countWindow<number>('w', tumblingCount(5)).aggregate({ x: min() }));
  expect(() => new StationRig(countWindow<number>('w', tumblingCount(5)).aggregate({ x: max() }), { restored })).toThrow(
    "the aggregate 'x' was of another kind",
  );
});

test('a stop leaves windows in the cells; the end of the data leaves none', async () => {
  for (const how of ['stop', 'end'] as const) {
    const rig = new StationRig(countWindow<number>('w', tumblingCount(5)).toArray());
    await rig.feed(chunkOf([1, 2, 3]));
    await rig.finish(how, { keepsOpen: true });
    expect([...rig.snapshot().state.values()].flatMap((table) => table())).toHaveLength(how === 'stop' ? 1 : 0);
  }
});
