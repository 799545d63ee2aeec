import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { isHeadraceError } from '../core/error.ts';
import { fail } from '../core/failure.ts';
import { idOf, OwnRecord, timeOf } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import { join, type JoinKind, type JoinOptions } from './join.ts';
import { joinAsOf, type JoinAsOfOptions, type TableJoinKind } from './join-table.ts';
import { chunkOf, type RigOptions, type RigSnapshot, StationRig } from './station-rig.ts';
import type { Side, Sided } from './two-sides.ts';

interface Row {
  readonly side: Side;
  readonly key: string;
  readonly at: number;
  readonly n: number;
}

const DISORDER = 5;

/** Records of both sides as they arrive, none later than the disorder allows. */
const rows: fc.Arbitrary<readonly Row[]> = fc
  .array(
    fc.record({
      side: fc.constantFrom<Side>('left', 'right'),
      key: fc.constantFrom('a', 'b'),
      step: fc.integer({ min: 0, max: 6 }),
      behind: fc.integer({ min: 0, max: DISORDER }),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let newest = 0;
    return steps.map(({ side, key, step, behind }, n): Row => {
      newest += step;
      return { side, key, at: newest - behind, n };
    });
  });

class JoinRig {
  readonly rig: StationRig<Sided, unknown>;
  readonly #keys = new InternedKeys();
  #newest: number;

  constructor(operator: StationOperator<Sided>, options: Partial<RigOptions> = {}, newest = Number.NEGATIVE_INFINITY) {
    this.rig = new StationRig(operator, { keys: this.#keys, ...options });
    this.#newest = newest;
  }

  get newest(): number {
    return this.#newest;
  }

  async give(some: readonly Row[], watermark?: number): Promise<void> {
    for (const { at } of some) this.#newest = Math.max(this.#newest, at);
    const lineage = {
      keys: this.#keys,
      keyIds: Int32Array.from(some, ({ key }) => this.#keys.idOf(key)),
      times: Float64Array.from(some, ({ at }) => at),
    };
    const values = some.map((row): Sided => (row.side === 'left' ? { left: row } : { right: row }));
    const control = { watermark: watermark ?? this.#newest - DISORDER };
    await this.rig.feed(chunkOf(values, { first: some[0]?.n ?? 0, ...lineage, control }));
  }

  async giveAll(all: readonly Row[], size: number): Promise<void> {
    for (let from = 0; from < all.length; from += size) await this.give(all.slice(from, from + size));
  }

  take(): string[] {
    const told = this.rig.emitted.flatMap((chunk) =>
      chunk.values.map((value, i) => `${String(value)} @${timeOf(chunk, i)} ${String(new OwnRecord(chunk, i).key)} ${idOf(chunk, i)}`),
    );
    this.rig.emitted.length = 0;
    return told;
  }
}

const pair = (left: Row | undefined, right: Row | undefined): string => `${left?.n ?? '-'}:${right?.n ?? '-'}`;
const told = (left: Row | undefined, right: Row | undefined): string => {
  const at = left === undefined || right === undefined ? (left ?? right)!.at : Math.max(left.at, right.at);
  const id = (row: Row | undefined): string => (row === undefined ? '' : `s/0/${row.n}`);
  return `${pair(left, right)} @${at} ${(left ?? right)!.key} rig/${id(left)}&${id(right)}`;
};

/** All pairs there are, and what is in none. */
function bruteForce(all: readonly Row[], { before, after }: { readonly before: number; readonly after: number }, kind: JoinKind): string[] {
  const lefts = all.filter(({ side }) => side === 'left');
  const rights = all.filter(({ side }) => side === 'right');
  const meet = (left: Row, right: Row): boolean => left.key === right.key && right.at >= left.at - before && right.at <= left.at + after;
  const pairs = lefts.flatMap((left) => rights.filter((right) => meet(left, right)).map((right) => told(left, right)));
  const lonelyLefts = kind === 'inner' ? [] : lefts.filter((left) => !rights.some((right) => meet(left, right)));
  const lonelyRights = kind === 'full' ? rights.filter((right) => !lefts.some((left) => meet(left, right))) : [];
  return [...pairs, ...lonelyLefts.map((left) => told(left, undefined)), ...lonelyRights.map((right) => told(undefined, right))].sort();
}

const spans = fc.record({ before: fc.integer({ min: 0, max: 12 }), after: fc.integer({ min: 0, max: 12 }) });
const sizes = fc.constantFrom(1, 7, 1024);
const joined = (within: JoinOptions['within'], kind: JoinKind): StationOperator<Sided> => join('pairs', pair as never, { within, kind });

test('a join has all pairs that brute force finds, and what met nothing, for chunks of 1, 7 and 1,024, across a capture and restore', async () => {
  await fc.assert(
    fc.asyncProperty(
      rows,
      spans,
      fc.constantFrom<JoinKind>('inner', 'left', 'full'),
      sizes,
      fc.nat(60),
      async (all, within, kind, size, cut) => {
        const first = new JoinRig(joined(within, kind));
        await first.giveAll(all.slice(0, cut), size);
        const before = first.take();
        const restored: RigSnapshot = first.rig.snapshot();
        await first.giveAll(all.slice(cut), size);
        await first.rig.finish();
        expect([...before, ...first.take()].sort()).toEqual(bruteForce(all, within, kind));

        const second = new JoinRig(
          joined(within, kind),
          { restored, chunkLimit: 3, closesFor: () => 1 },
          Math.max(...all.slice(0, cut).map(({ at }) => at)),
        );
        await second.giveAll(all.slice(cut), size);
        await second.rig.finish();
        expect([...before, ...second.take()].sort()).toEqual(bruteForce(all, within, kind));
      },
    ),
  );
});

test('nothing that leaves a join is late for who comes behind it', async () => {
  await fc.assert(
    fc.asyncProperty(rows, spans, fc.constantFrom<JoinKind>('inner', 'left', 'full'), sizes, async (all, within, kind, size) => {
      const rig = new JoinRig(joined(within, kind));
      await rig.giveAll(all, size);
      await rig.rig.finish();
      let watermark = Number.NEGATIVE_INFINITY;
      for (const chunk of rig.rig.emitted) {
        for (const i of chunk.values.keys()) expect(timeOf(chunk, i)).toBeGreaterThanOrEqual(watermark);
        watermark = chunk.control?.watermark ?? watermark;
      }
    }),
  );
});

function latestBefore(all: readonly Row[], left: Row, forMs: number): Row | undefined {
  const known = all.filter(({ side, key, at }) => side === 'right' && key === left.key && at <= left.at && left.at - at <= forMs);
  return known.sort((a, b) => a.at - b.at || a.n - b.n).at(-1);
}

test('an as-of join gives each record the newest row that is not newer, for chunks of 1, 7 and 1,024, across a capture and restore', async () => {
  const kinds = fc.constantFrom<TableJoinKind>('inner', 'left');
  await fc.assert(
    fc.asyncProperty(rows, kinds, fc.constantFrom(3, 20, undefined), sizes, fc.nat(60), async (all, kind, forMs, size, cut) => {
      const options: JoinAsOfOptions = { kind, ...(forMs === undefined ? {} : { keep: { for: forMs } }) };
      const make = (): StationOperator<Sided> => joinAsOf('as-of', pair as never, options);
      const expected = all
        .filter(({ side }) => side === 'left')
        .map((left): readonly [Row, Row | undefined] => [left, latestBefore(all, left, forMs ?? Number.POSITIVE_INFINITY)])
        .filter(([, row]) => row !== undefined || kind === 'left')
        .sort(([a], [b]) => a.at - b.at || a.n - b.n)
        .map(([left, row]) => `${pair(left, row)} @${left.at} ${left.key} rig/s/0/${left.n}&${row === undefined ? '' : `s/0/${row.n}`}`);
      const first = new JoinRig(make());
      await first.giveAll(all.slice(0, cut), size);
      const before = first.take();
      const restored = first.rig.snapshot();
      await first.giveAll(all.slice(cut), size);
      await first.rig.finish();
      expect([...before, ...first.take()]).toEqual(expected);

      const second = new JoinRig(
        make(),
        { restored, chunkLimit: 3, closesFor: () => 1 },
        Math.max(...all.slice(0, cut).map(({ at }) => at)),
      );
      await second.giveAll(all.slice(cut), size);
      await second.rig.finish();
      expect([...before, ...second.take()]).toEqual(expected);
    }),
  );
});

const row = (side: Side, n: number, at: number, key = 'a'): Row => ({ side, key, at, n });

test('a left join lets go of a record when the watermark is beyond the last that it could meet, with the time of the record', async () => {
  const rig = new JoinRig(joined(10, 'left'));
  await rig.give([row('left', 0, 100), row('right', 1, 150, 'b')], 110);
  expect(rig.take()).toEqual([]);
  await rig.give([], 111);
  expect(rig.take()).toEqual(['0:- @100 a rig/s/0/0&']);
  expect(rig.rig.held).toBe(1);
  await rig.give([], 161);
  expect(rig.rig.held).toBe(0);
});

test('a record that comes behind the watermark is late: counted, and in no pair', async () => {
  const rig = new JoinRig(joined(10, 'full'));
  await rig.give([row('left', 0, 100)], 100);
  await rig.give([row('right', 1, 99), row('right', 2, 100)], 1000);
  expect(rig.take()).toEqual(['0:2 @100 a rig/s/0/0&s/0/2']);
  expect([...rig.rig.dropped]).toEqual([['late', 1]]);
});

test('a record for which the function fails is refused and leaves no trace, and one that leaves alone is refused alone', async () => {
  const picky = (left: Row | undefined, right: Row | undefined): unknown => {
    if (left?.n === 0 && right?.n === 3) throw new Error('not these two');
    if (left?.n === 5) return fail('nor this one');
    return pair(left, right);
  };
  const rig = new JoinRig(join('pairs', picky as never, { within: 10, kind: 'full' }));
  await rig.give([row('left', 0, 100), row('left', 1, 100), row('right', 3, 100), row('left', 5, 200), row('left', 4, 201)], 100);
  expect(rig.take()).toEqual([]);
  await rig.give([], 1000);
  expect(rig.take()).toEqual([
    told(row('left', 0, 100), undefined),
    told(row('left', 1, 100), undefined),
    told(row('left', 4, 201), undefined),
  ]);
  expect(rig.rig.refused).toMatchObject([
    { id: 's/0/2', value: { right: { n: 3 } } },
    { id: 's/0/3', value: { left: { n: 5 } } },
  ]);
  expect(rig.rig.held).toBe(0);
});

test('a join that keeps more than it may stops and says which option that is', async () => {
  const rig = new JoinRig(join('pairs', pair as never, { within: 1000, keep: { records: 3 } }));
  await rig.give([row('left', 0, 1), row('right', 1, 2), row('left', 2, 3)]);
  const told: unknown = await rig.give([row('left', 3, 4)]).catch((error: unknown) => error);
  expect(isHeadraceError(told) && [told.code, told.todo.includes('keep: { records, bytes }')]).toEqual(['HR_KEPT_FULL', true]);
  const large = new JoinRig(join('pairs', pair as never, { within: 1000, keep: { bytes: '1KiB' } }));
  await expect(large.give(Array.from({ length: 20 }, (_, n) => row('left', n, n)))).rejects.toMatchObject({ code: 'HR_KEPT_FULL' });
});

test('rows that no record asks for any more are let go of, and the last one is not', async () => {
  const rig = new JoinRig(joinAsOf('as-of', pair as never, {}));
  await rig.give(
    [1, 2, 3, 4].map((at) => row('right', at, at * 10)),
    25,
  );
  expect(rig.rig.held).toBe(3);
  await rig.give([], 1e9);
  expect(rig.rig.held).toBe(1);
  await rig.give([row('left', 9, 2e9)], 3e9);
  expect(rig.take()).toEqual(['9:4 @2000000000 a rig/s/0/9&s/0/4']);
});
