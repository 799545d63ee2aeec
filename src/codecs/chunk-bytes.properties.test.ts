import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { Chunk, type Control, type Lineage, type Origin } from '../core/chunk.ts';
import type { Key } from '../core/keys.ts';
import { MixedOrigin, pieceOf } from '../core/mixed-origin.ts';
import { OwnRecord } from '../core/record-of.ts';
import { BatchOrigin } from '../operators/batch-origin.ts';
import { ReadOrigin } from '../runtime/read-origin.ts';
import { PaneOrigin } from '../windows/pane-origin.ts';
import { failure, recordsOf } from './codec-rig.ts';
import { CHUNK_FORMAT, decodeChunk, encodeChunk } from './chunk-bytes.ts';

const name = fc.oneof(fc.constantFrom('', '0', 'file:a.txt', 'a/b', 'kafka:ü', '7'), fc.string({ maxLength: 5 }));
const time = fc.oneof(fc.integer({ min: 0, max: 2e12 }), fc.double(), fc.constantFrom(Number.NaN, -0, 0, 1e300, 2 ** 53));
const headers = fc.option(fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 3 }), { nil: undefined });
const positions = (count: number): fc.Arbitrary<{ first: number } | (string | number)[]> =>
  fc.oneof(
    fc.constantFrom(0, 5, 2 ** 40, 2 ** 52, 2 ** 53 - 2000).map((first) => ({ first })),
    fc.array(fc.nat(), { minLength: count, maxLength: count }),
    fc.array(fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom('007', '-1', '1e3', '', '9'.repeat(15), '9'.repeat(16)), fc.string()), {
      minLength: count,
      maxLength: count,
    }),
  );

const all = <T>(of: fc.Arbitrary<T>, count: number): fc.Arbitrary<T[]> => fc.array(of, { minLength: count, maxLength: count });
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });

const ROWS = 12;

const readOrigin: fc.Arbitrary<Origin> = fc
  .tuple(
    name,
    name,
    fc.record({
      positions: positions(ROWS),
      times: maybe(all(time, ROWS)),
      headers: maybe(all(headers, ROWS)),
      lines: maybe(all(fc.oneof(fc.nat(), fc.constant(2 ** 40)), ROWS)),
    }),
    maybe(fc.double({ min: 0, noNaN: true })),
  )
  .map(([source, partition, read, readAt]) => new ReadOrigin(source, partition, read, readAt));

const paneOrigin: fc.Arbitrary<Origin> = fc.tuple(name, all(fc.nat(), ROWS), all(time, ROWS)).map(([operator, starts, times]) => {
  const keys = new InternedKeys();
  return new PaneOrigin(operator, { keys, keyIds: starts.map((start) => keys.idOf(`k${start % 3}`)), starts, indexes: starts, times });
});

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.integer({ min: -3, max: 3 }),
  fc.bigInt(),
  fc.boolean(),
  fc.tuple(fc.string({ maxLength: 2 }), fc.nat({ max: 3 })),
);

const values: fc.Arbitrary<unknown[]> = fc.oneof(
  all(fc.double(), ROWS),
  all(fc.string({ unit: 'binary', maxLength: 40 }), ROWS),
  all(fc.uint8Array({ maxLength: 9 }), ROWS),
  all(fc.record({ id: fc.integer(), name: fc.string(), tags: fc.array(fc.nat()) }, { noNullPrototype: true }), ROWS),
  all(fc.record({ id: fc.integer(), name: fc.string() }, { requiredKeys: ['id'], noNullPrototype: true }), ROWS),
  all(
    fc.oneof(fc.anything({ withDate: true, withBigInt: true, withMap: true, withSet: true, withTypedArray: true }), fc.constant({})),
    ROWS,
  ),
);

const levels = maybe(fc.array(all(fc.nat({ max: 100_000 }), ROWS), { maxLength: 3 }));

const lineage: fc.Arbitrary<Lineage> = fc
  .tuple(maybe(all(fc.nat({ max: ROWS - 1 }), ROWS)), levels, maybe(all(time, ROWS)), maybe(all(maybe(key), ROWS)))
  .map(([rows, paths, times, keyed]) => {
    const keys = keyed && new InternedKeys();
    return {
      rows: rows && Int32Array.from(rows),
      paths: paths?.map((path) => Int32Array.from(path)),
      times: times && Float64Array.from(times),
      keys,
      keyIds: keyed && Int32Array.from(keyed, (each) => (each === undefined ? -1 : keys!.idOf(each))),
    };
  });

const control: fc.Arbitrary<Control | undefined> = maybe(
  fc.record(
    {
      watermark: fc.oneof(fc.integer(), fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
      partitions: fc.array(
        fc.oneof(
          fc.record(
            { source: name, partition: name, state: fc.constantFrom('open' as const, 'ended' as const, 'awake' as const) },
            { noNullPrototype: true },
          ),
          fc.record(
            { source: name, partition: name, state: fc.constant('silent' as const), ms: fc.double({ noNaN: true }) },
            { noNullPrototype: true },
          ),
        ),
        {
          maxLength: 3,
        },
      ),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const simple: fc.Arbitrary<Chunk> = fc
  .tuple(values, fc.oneof(readOrigin, paneOrigin), lineage, control, fc.nat({ max: ROWS }))
  .map(([given, origin, around, marks, count]) => new Chunk(given.slice(0, count), origin, around, marks));

/** Of several chunks, as asynchronous steps and batches make them. */
const composed: fc.Arbitrary<Chunk> = fc
  .tuple(
    fc.array(
      simple.filter((chunk) => chunk.values.length > 0),
      { minLength: 1, maxLength: 3 },
    ),
    values,
    lineage,
    fc.boolean(),
    all(fc.nat(), ROWS),
  )
  .map(([chunks, given, around, isBatch, dice]) => {
    const picks = dice.map((die) => {
      const piece = die % chunks.length;
      return [piece, die % chunks[piece]!.values.length] as const;
    });
    const batches = new BatchOrigin();
    for (const [piece, index] of picks) batches.add(pieceOf(chunks[piece]!), index, 1 + index);
    const pieces = Int32Array.from(picks, ([piece]) => piece);
    const indexes = Int32Array.from(picks, ([, index]) => index);
    return new Chunk(given, isBatch ? batches : new MixedOrigin(chunks.map(pieceOf), pieces, indexes), around);
  });

const isPlain = (chunk: Chunk): boolean => failure(() => encodeChunk(chunk)) === undefined;

test('all that is known of the records of any chunk survives, through one hop and through two', () => {
  fc.assert(
    fc.property(fc.oneof(simple, composed), fc.boolean(), (chunk, hasTable) => {
      fc.pre(isPlain(chunk));
      const table = hasTable ? new InternedKeys() : undefined;
      table?.idOf('there before');
      const once = decodeChunk(encodeChunk(chunk), undefined, table);
      deepStrictEqual(recordsOf(once), recordsOf(chunk));
      deepStrictEqual(once.control, chunk.control === undefined || Object.keys(chunk.control).length === 0 ? undefined : chunk.control);
      expect(once.origin.source).toBe(chunk.values.length === 0 ? chunk.origin.source : new OwnRecord(chunk, 0).source);
      if (table !== undefined && once.keys !== undefined) expect(once.keys).toBe(table);
      const twice = decodeChunk(encodeChunk(once), undefined, undefined);
      deepStrictEqual(recordsOf(twice), recordsOf(chunk));
    }),
    { numRuns: 1500 },
  );
});

test('damaged bytes give a chunk or HR_DECODE_FAILED, and what they are asked afterwards is answered', () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }), keep: fc.nat() });
  fc.assert(
    fc.property(fc.oneof(simple, composed), fc.array(change, { minLength: 1, maxLength: 3 }), (chunk, changes) => {
      fc.pre(isPlain(chunk));
      let bytes = encodeChunk(chunk);
      for (const { at, to, keep } of changes) {
        bytes[at % bytes.length] = to;
        if (keep % 5 === 0) bytes = bytes.slice(0, 1 + (keep % bytes.length));
      }
      const table = new InternedKeys();
      let decoded: Chunk | undefined;
      const error = failure(() => (decoded = decodeChunk(bytes, undefined, table)));
      if (decoded === undefined) {
        expect(error).toMatchObject({ name: 'HeadraceError', code: 'HR_DECODE_FAILED', action: 'stop', where: CHUNK_FORMAT });
      } else expect(recordsOf(decoded).length).toBe(decoded.values.length);
    }),
    { numRuns: 4000 },
  );
});
