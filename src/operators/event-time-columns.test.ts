import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chunk } from '../core/chunk.ts';
import { ColumnRows } from '../core/column-rows.ts';
import { fail } from '../core/failure.ts';
import { timeOf } from '../core/record-of.ts';
import { eventTime } from './event-time.ts';
import { chunkOf, StationRig } from './station-rig.ts';

interface Tick {
  readonly at: number;
  readonly who: string | null;
}

const NAMES = ['a', 'b'];

/** The same records as values and as columns. */
function chunksOf(ticks: readonly Tick[], first: number): readonly [values: Chunk<Tick>, columns: Chunk<Tick>] {
  const values = chunkOf(ticks, { first });
  const columns = new ColumnRows({
    length: ticks.length,
    names: ['at', 'who'],
    columns: [
      { kind: 'number', values: Float64Array.from(ticks, ({ at }) => at) },
      {
        kind: 'dictionary',
        entries: NAMES,
        ids: Int32Array.from(ticks, ({ who }) => Math.max(0, NAMES.indexOf(who ?? ''))),
        nulls: Uint8Array.from(ticks, ({ who }) => (who === null ? 1 : 0)),
      },
    ],
  });
  return [values, new Chunk<Tick>(columns, values.origin)];
}

/** One that is refused in each of the ways there are, and one that is dropped. */
function timeOfTick({ at, who }: Tick, { id }: { readonly id: string }): number {
  if (at === 13) throw new Error(`not ${id}`);
  return at === 14 ? (fail('never') as never) : at === 15 ? Number.NaN : who === null ? at + 1 : at;
}

function rigOf(chunkLimit: number): StationRig<Tick, Tick> {
  const future = { beyond: 40, of: 'watermark', fate: 'drop' } as const;
  return new StationRig(eventTime<Tick>(timeOfTick, { disorder: 3, future }), { chunkLimit });
}

/** What comes out, chunk by chunk. */
function out({ emitted, refused, dropped, ids }: StationRig<Tick, Tick>): unknown {
  const chunks = emitted.map((chunk) => [chunk.values, chunk.values.map((_, i) => timeOf(chunk, i)), chunk.control]);
  return { chunks, ids, refused: refused.map(({ error, id }) => [String(error), id]), dropped: [...dropped] };
}

test('columns have the times, the watermarks and the refusals of values', async () => {
  const tick = fc.record({ at: fc.integer({ min: 0, max: 60 }), who: fc.constantFrom('a', 'b', null) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(tick, { maxLength: 9 }), { maxLength: 6 }),
      fc.constantFrom(2, 7, 1024),
      async (reads, chunkLimit) => {
        const [values, columns] = [rigOf(chunkLimit), rigOf(chunkLimit)];
        let first = 0;
        for (const ticks of reads) {
          const [asValues, asColumns] = chunksOf(ticks, first);
          await values.feed(asValues);
          await columns.feed(asColumns);
          first += ticks.length;
        }
        for (const rig of [values, columns]) await rig.finish();
        expect(out(columns)).toEqual(out(values));
      },
    ),
    { numRuns: 60 },
  );
});

test('columns leave as columns, also where a late record cuts them', async () => {
  const rig = rigOf(1024);
  const ticks = [20, 30, 21, 31].map((at) => ({ at, who: 'a' }));
  await rig.feed(chunksOf(ticks, 0)[1]);
  expect(rig.emitted.map(({ columns, control }) => [columns?.length, control?.watermark])).toEqual([
    [2, 27],
    [2, 28],
  ]);
  expect(rig.values).toEqual(ticks);
});
