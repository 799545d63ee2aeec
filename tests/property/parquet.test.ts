import fc from 'fast-check';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { parquet } from '../../src/connectors/parquet/parquet.ts';
import { bytesFile, encoded, readAll } from '../../src/connectors/parquet/parquet-rig.ts';
import { isHeadraceError } from '../../src/core/error.ts';
import type { PageFile } from '../../src/core/format.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const asked = Number(process.env['HEADRACE_CASES'] ?? 0);
const runs = (quick: number, full: number): number => asked || (isFull ? full : quick);

const columns = {
  id: 'integer',
  big: 'bigint?',
  name: 'string?',
  land: { as: 'string?', oneOf: ['CH', 'DE', 'ÖS'] },
  price: 'number?',
  ok: 'boolean?',
  at: { as: 'time?', unit: 'us' },
} as const;

const row = fc.record({
  id: fc.maxSafeInteger(),
  big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  name: fc.option(fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('', 'a', 'b'))),
  land: fc.option(fc.constantFrom('CH', 'DE', 'ÖS')),
  price: fc.option(fc.double()),
  ok: fc.option(fc.boolean()),
  at: fc.option(fc.integer({ min: -1e12, max: 1e12 }).map((us) => us / 1000)),
});

test('what is written is what is read, whatever the groups, the reads and where reading begins', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 60, size: 'max' }),
      fc.record({ groupRows: fc.integer({ min: 1, max: 70 }), limit: fc.integer({ min: 1, max: 70 }), from: fc.nat(60) }),
      fc.constantFrom('none' as const, 'snappy' as const, 'zstd' as const),
      async (rows, { groupRows, limit, from }, compression) => {
        const format = parquet({ columns, groupRows, compression });
        const fromRow = Math.min(from, rows.length);
        const read = await readAll(format, encoded(format, rows), { limit, fromRow });
        expect(read.rows).toEqual(rows.slice(fromRow));
        expect(read.at).toEqual(rows.slice(fromRow).map((_, i) => fromRow + i));
      },
    ),
    { numRuns: runs(60, 1500) },
  );
});

test('the rows of a wish are those that a filter by hand leaves', async () => {
  const bound = fc.integer({ min: -5, max: 15 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ n: fc.option(fc.integer({ min: 0, max: 10 })), t: fc.option(fc.constantFrom('', 'a', 'ab', 'b', '\uFFFF', '🎈')) }),
        { maxLength: 40, size: 'max' },
      ),
      fc.record({
        from: fc.option(bound, { nil: undefined }),
        to: bound,
        limit: fc.integer({ min: 1, max: 50 }),
        groupRows: fc.integer({ min: 1, max: 20 }),
      }),
      fc.uniqueArray(fc.constantFrom<string[]>('', 'a', 'ab', 'c', '\uFFFF', '🎈'), { minLength: 1 }),
      async (rows, { from, to, limit, groupRows }, texts) => {
        const kinds = { n: 'integer?', t: 'string?' } as const;
        const bytes = encoded(parquet({ columns: kinds, groupRows }), rows);
        const n = from === undefined ? { to } : { from, to };
        const read = await readAll(parquet({ columns: kinds, only: { n, t: { in: texts } } }), bytes, { limit });
        const fitting = rows.flatMap((each, at) =>
          each.n !== null && each.n >= (from ?? -100) && each.n < to && each.t !== null && texts.includes(each.t) ? [{ each, at }] : [],
        );
        expect(read.rows).toEqual(fitting.map(({ each }) => each));
        expect(read.at).toEqual(fitting.map(({ at }) => at));
      },
    ),
    { numRuns: runs(150, 3000) },
  );
});

/** Small files with everything in them that a reader has to understand. */
const files: readonly Buffer[] = [
  ...(['none', 'snappy', 'gzip', 'zstd', 'brotli'] as const).map((compression) =>
    encoded(
      parquet({ columns, compression, groupRows: 40 }),
      Array.from({ length: 90 }, (_, i) => ({
        id: i,
        big: i % 3 === 0 ? null : BigInt(i) << 50n,
        name: i % 5 === 0 ? null : `nämé ${i}`,
        land: i % 4 === 0 ? null : (['CH', 'DE', 'ÖS'] as const)[i % 3]!,
        price: i % 7 === 0 ? null : i / 3,
        ok: i % 6 === 0 ? null : i % 2 === 0,
        at: i % 8 === 0 ? null : 1e12 + i / 8,
      })),
    ),
  ),
  ...(['DELTA_BYTE_ARRAY', 'DELTA_LENGTH_BYTE_ARRAY', 'RLE_DICTIONARY'] as const).map((encoding) => {
    const writer = new ByteWriter();
    const texts = Array.from({ length: 90 }, (_, i) => `user ${i % 30}`);
    const numbers = Array.from({ length: 90 }, (_, i) => (i % 4 === 0 ? null : i * i));
    const lists = texts.map((text, i) => (i % 5 === 0 ? null : Array.from({ length: i % 4 }, () => text)));
    const schema = [
      { name: 'root', num_children: 4 },
      { name: 't', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'n', type: 'INT32', repetition_type: 'OPTIONAL' },
      {
        name: 'd',
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: 9,
        converted_type: 'DECIMAL',
        scale: 3,
        precision: 18,
        repetition_type: 'OPTIONAL',
      },
      { name: 'l', converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ];
    const columnData = [
      { name: 't', data: texts, encoding },
      { name: 'n', data: numbers, encoding: encoding === 'RLE_DICTIONARY' ? encoding : 'DELTA_BINARY_PACKED' },
      { name: 'd', data: numbers.map((n) => (n === null ? null : BigInt(n) ** 3n)) },
      { name: 'l', data: lists, encoding },
    ];
    void parquetWrite({ writer, schema: schema as never, columnData: columnData as never, pageSize: 90, rowGroupSize: 50 });
    return Buffer.from(writer.getBytes());
  }),
];

const [PIECE, MEGABYTE] = [8 * 1024 * 1024, 1024 * 1024];

test(
  'a damaged file gives rows or an error with a code, in bounded memory and time',
  async () => {
    const damage = fc.array(
      fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), byte: fc.nat(255), isFooter: fc.boolean() }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        damage,
        fc.record({ fromRow: fc.nat(100), keep: fc.double({ min: 0, max: 20, noNaN: true }) }),
        async (file, places, { fromRow, keep }) => {
          const bytes = Buffer.from(file);
          const footerAt = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
          for (const { at, byte, isFooter } of places)
            bytes[isFooter ? footerAt + Math.floor(at * (bytes.length - footerAt)) : Math.floor(at * bytes.length)] = byte;
          const damaged = keep < 1 ? bytes.subarray(0, Math.floor(keep * bytes.length)) : bytes;
          const before = process.memoryUsage().arrayBuffers;
          let most = 0;
          const whole = bytesFile(damaged);
          const watched: PageFile = {
            bytes: whole.bytes,
            async read(at, length) {
              most = Math.max(most, process.memoryUsage().arrayBuffers - before, length);
              return await whole.read(at, length);
            },
          };
          try {
            await readAll(parquet(), watched, { fromRow, pieceBytes: PIECE, mostRows: 10_000 });
          } catch (error) {
            if (!isHeadraceError(error)) throw error;
            expect(error.code).toMatch(/^HR_PARQUET_/);
            expect(error.where).toMatch(/^file:made/);
          }
          expect(Math.max(most, process.memoryUsage().arrayBuffers - before)).toBeLessThan(8 * PIECE + 32 * MEGABYTE);
        },
      ),
      { numRuns: runs(600, 20_000) },
    );
  },
  asked > 0 || isFull ? 600_000 : 20_000,
);
