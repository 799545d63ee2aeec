import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import type { DictionaryColumn } from '../../core/columns.ts';
import type { FileFormat } from '../../core/format.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fileSource } from '../files/file-source.ts';
import { parquet } from './parquet.ts';
import { bytesFile, encoded, readAll } from './parquet-rig.ts';

const columns = {
  id: 'integer',
  big: 'bigint?',
  name: 'string?',
  land: { as: 'string', oneOf: ['CH', 'DE', 'FR'] },
  price: 'number?',
  isOpen: 'boolean?',
  at: 'time',
  seen: { as: 'time?', unit: 'us' },
} as const;

type Row = ReturnType<typeof rowAt>;

function rowAt(i: number) {
  return {
    id: i - 20,
    big: i % 3 === 0 ? null : 9_007_199_254_740_993n * BigInt(i),
    name: i % 5 === 0 ? null : `nämé ${i} 🎈`,
    land: (['CH', 'DE', 'FR'] as const)[i % 3]!,
    price: i % 4 === 0 ? null : i / 3,
    isOpen: i % 7 === 0 ? null : i % 2 === 0,
    at: 1_700_000_000_000 + i,
    seen: i % 9 === 0 ? null : 1_700_000_000_000 + i + 0.125,
  };
}

const rows: readonly Row[] = Array.from({ length: 250 }, (_, i) => rowAt(i));

/** Five groups of 50. */
const grouped = parquet({ columns, groupRows: 50 });
const bytes = encoded(grouped, rows);

for (const compression of ['none', 'snappy', 'gzip', 'zstd', 'brotli'] as const) {
  test(`what was written with ${compression} is read back`, async () => {
    const format = parquet({ columns, compression, groupRows: 100 });
    const read = await readAll(format, encoded(format, rows));
    expect(read.rows).toEqual(rows);
    expect(read.refused).toEqual([]);
  });
}

test('the type of a row is that of its columns', () => {
  const typed: FileFormat<{ readonly id: number; readonly land: 'CH' | 'DE' | null }> = parquet({
    columns: { id: 'integer', land: { as: 'string?', oneOf: ['CH', 'DE'] } },
  });
  // @ts-expect-error: an integer is a number
  const wrong: FileFormat<{ readonly id: string }> = parquet({ columns: { id: 'integer' } });
  expect([typed.kind, wrong.kind]).toEqual(['parquet', 'parquet']);
});

test('a file without rows has columns and no rows', async () => {
  const format = parquet({ columns });
  const read = await readAll(format, encoded(format, []));
  expect(read).toEqual({ rows: [], at: [], refused: [], pieces: [] });
});

test('reading goes on at any row, whatever the limit of a read', async () => {
  for (let fromRow = 0; fromRow <= rows.length; fromRow++) {
    const read = await readAll(grouped, bytes, { fromRow, limit: 1 + (fromRow % 60) });
    expect(read.rows).toEqual(rows.slice(fromRow));
    expect(read.at).toEqual(rows.slice(fromRow).map((_, i) => fromRow + i));
  }
});

test('only the columns asked for are read, and a page of them once', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
  const all = Object.fromEntries(names.map((name) => [name, 'number'] as const));
  const wide = parquet({ columns: all, compression: 'none' });
  const written = encoded(
    wide,
    Array.from({ length: 20_000 }, (_, i) => Object.fromEntries(names.map((name, at) => [name, i * at + 0.5]))),
  );
  const file = bytesFile(written);
  const read = await readAll(parquet({ columns: { c3: 'number', c7: 'number' } }), file, { limit: 10 });
  expect(read.rows[19_999]).toEqual({ c3: 19_999 * 3 + 0.5, c7: 19_999 * 7 + 0.5 });
  const pages = file.reads.filter(([at, length]) => at > 4 && at + length < written.length);
  const total = pages.reduce((sum, [, length]) => sum + length, 0);
  expect(total).toBeGreaterThan(2 * 160_000);
  expect(total).toBeLessThan(2 * 160_000 * 1.1);
});

test('strings of a dictionary are one string an entry, not one a row', async () => {
  const reader = await grouped.pages!.open(bytesFile(bytes), { where: 'file:made', fromRow: 0, pieceBytes: 1 << 20 });
  const { columns: read } = await reader.read(50, new AbortController().signal);
  const land = read!.columns[3] as DictionaryColumn;
  expect(land.kind).toBe('dictionary');
  expect([...land.entries].sort()).toEqual(['CH', 'DE', 'FR']);
});

const pruning = [
  { only: { id: { from: 0, to: 10 } }, keeps: (row: Row) => row.id >= 0 && row.id < 10, groups: 1 },
  { only: { at: { from: 1_700_000_000_120 } }, keeps: (row: Row) => row.at >= 1_700_000_000_120, groups: 3 },
  { only: { seen: { to: 1_700_000_000_010.125 } }, keeps: (row: Row) => row.seen !== null && row.seen < 1_700_000_000_010.125, groups: 1 },
  { only: { big: { in: [9_007_199_254_740_993n * 7n, 5n] } }, keeps: (row: Row) => row.big === 9_007_199_254_740_993n * 7n, groups: 1 },
  { only: { land: { in: ['DE'] }, isOpen: { in: [true] } }, keeps: (row: Row) => row.land === 'DE' && row.isOpen === true, groups: 5 },
  { only: { land: { in: ['DE'] }, id: { in: [3, 150] } }, keeps: (row: Row) => row.land === 'DE' && [3, 150].includes(row.id), groups: 2 },
  {
    only: { name: { from: 'nämé 3', to: 'nämé 31' } },
    keeps: (row: Row) => row.name !== null && row.name >= 'nämé 3' && row.name < 'nämé 31',
    groups: 5,
  },
  // The greatest of the first group, and the least of the second.
  { only: { id: { from: 29, to: 30 } }, keeps: (row: Row) => row.id === 29, groups: 1 },
  { only: { id: { from: 30, to: 31 } }, keeps: (row: Row) => row.id === 30, groups: 1 },
  { only: { price: { from: 1e9 } }, keeps: () => false, groups: 0 },
  { only: { id: { from: 500 } }, keeps: () => false, groups: 0 },
] as const;

for (const { only, keeps, groups } of pruning) {
  test(`only ${JSON.stringify(only, (_, value) => (typeof value === 'bigint' ? String(value) : value))} gives exactly those rows and opens ${groups} groups`, async () => {
    const expected = rows.flatMap((row, at) => (keeps(row) ? [{ row, at }] : []));
    for (const limit of [1, 7, 1000]) {
      const file = bytesFile(bytes);
      const read = await readAll(parquet({ columns, only }), file, { limit });
      expect(read.rows).toEqual(expected.map(({ row }) => row));
      expect(read.at).toEqual(expected.map(({ at }) => at));
      // A read of a group has all its columns.
      const opened = file.reads.filter(([at, length]) => at > 0 && at + length < bytes.length);
      expect(opened.length / Object.keys(columns).length).toBeLessThanOrEqual(groups);
    }
    for (const fromRow of [1, 50, 77, 249]) {
      const read = await readAll(parquet({ columns, only }), bytes, { fromRow });
      expect(read.at).toEqual(expected.map(({ at }) => at).filter((at) => at >= fromRow));
    }
  });
}

test('where to go on does not depend on rows that were passed over', async () => {
  const format = parquet({ columns, only: { id: { in: [-20, 5] } } });
  for (const limit of [1, 6, 30, 1000]) {
    const reader = await format.pages!.open(bytesFile(bytes), { where: 'file:made', fromRow: 0, pieceBytes: 1 << 20 });
    const first = await reader.read(limit, new AbortController().signal);
    expect(first.nextRow).toBe(limit < 26 ? 1 : 26);
  }
});

test('wishes that make no sense are refused when the format is made', () => {
  // @ts-expect-error: no such column
  expect(() => parquet({ columns, only: { nothing: { in: [1] } } })).toThrow(/'nothing' is none of the columns/);
  expect(() => parquet({ columns, only: { id: {} } })).toThrow(/asked for nothing/);
  expect(() => parquet({ columns, only: { id: { from: Number.NaN } } })).toThrow(/asked for NaN/);
  // @ts-expect-error: an integer is no text
  expect(() => parquet({ columns, only: { id: { in: ['1'] } } })).toThrow(/asked for a string/);
});

test('a row with a place that is not as declared is refused alone, with its row and column', async () => {
  const loose = parquet({ columns: { id: 'bigint?', land: 'string?', price: 'number?' }, groupRows: 3 });
  const strict = parquet({ columns: { id: 'integer', land: { as: 'string', oneOf: ['CH', 'DE'] }, price: 'number?' } });
  const written = encoded(loose, [
    { id: 1n, land: 'CH', price: 1 },
    { id: null, land: 'CH', price: 2 },
    { id: 3n, land: 'XX', price: 3 },
    { id: 2n ** 53n, land: 'CH', price: 4 },
    { id: 5n, land: 'DE', price: null },
    { id: 6n, land: null, price: 6 },
  ]);
  for (const limit of [1, 2, 10]) {
    const read = await readAll(strict, written, { limit });
    expect(read.rows).toEqual([
      { id: 1, land: 'CH', price: 1 },
      { id: 5, land: 'DE', price: null },
    ]);
    expect(read.at).toEqual([0, 4]);
    expect(read.refused.map(({ before, position }) => [before, position])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 5],
    ]);
    expect(read.refused.map(({ error }) => error.message)).toEqual([
      'there is no value (file:made, row 1, column "id"). Declare the column with a question mark behind its kind (as in \'integer?\') if it may be empty.',
      '"XX" is not one of the strings declared (file:made, row 2, column "land"). Add it to oneOf, or correct the writer.',
      'about 9007199254740992 is beyond what a number holds exactly (file:made, row 3, column "id"). Declare the column as \'bigint\'.',
      'there is no value (file:made, row 5, column "land"). Declare the column with a question mark behind its kind (as in \'integer?\') if it may be empty.',
    ]);
    expect(new Set(read.refused.map(({ error }) => `${error.code} ${error.action}`))).toEqual(new Set(['HR_DECODE_FAILED deadLetter']));
    expect(Buffer.from(read.refused[1]!.bytes!).toString()).toBe('{"id":3,"land":"XX","price":3}');
  }
});

const mismatches = [
  {
    wish: { nothing: 'string' },
    says: 'there is no column "nothing" (file:made). The file has id, big, name, land, price, isOpen, at, seen.',
  },
  { wish: { id: 'string' }, says: 'the column "id" is wanted as string and is INT64' },
  { wish: { name: 'number' }, says: 'the column "name" is wanted as number and is BYTE_ARRAY (string)' },
  { wish: { price: 'integer' }, says: 'the column "price" is wanted as integer and is DOUBLE' },
  { wish: { id: 'time' }, says: "is INT64 (file:made). Say in what it counts: { as: 'time', unit: 'ms' }." },
  { wish: { at: 'boolean' }, says: 'the column "at" is wanted as boolean and is INT64 (timestamp in ms)' },
] as const;

for (const { wish, says } of mismatches) {
  test(`columns that are not in the file are an error when it is opened: ${says}`, async () => {
    const failed = readAll(parquet({ columns: wish }), bytes);
    await expect(failed).rejects.toMatchObject({ code: 'HR_PARQUET_COLUMN', action: 'stop', message: expect.stringContaining(says) });
  });
}

test('without columns all columns are read as they stand in the file', async () => {
  const read = await readAll(parquet(), bytes, { fromRow: 248 });
  expect(read.rows[1]).toEqual({ ...rowAt(249), id: 229n });
});

test('a column may have another name in the file, and whole numbers may be times', async () => {
  const written = encoded(parquet({ columns: { t: 'integer', 'a b': 'integer' } }), [{ t: 1_700_000_000, 'a b': 7 }]);
  const format = parquet({ columns: { at: { as: 'time', unit: 's', from: 't' }, n: { as: 'number', from: 'a b' } } });
  expect((await readAll(format, written)).rows).toEqual([{ at: 1_700_000_000_000, n: 7 }]);
});

testSource({
  test,
  name: 'fileSource of Parquet',
  replay: true,
  async make() {
    return { source: fileSource('rows.parquet', grouped), values: [...rows], world: await worldWith() };
  },
});

const some = { columns, only: { land: { in: ['CH', 'FR'] }, id: { from: 3, to: 190 } } } as const;
testSource({
  test,
  name: 'fileSource of some rows of Parquet',
  replay: true,
  async make() {
    const values = rows.filter(({ land, id }) => land !== 'DE' && id >= 3 && id < 190);
    return { source: fileSource('rows.parquet', parquet(some)), values, world: await worldWith() };
  },
});

async function worldWith() {
  const world = virtualWorld();
  const file = await world.files.open('rows.parquet', 'create');
  await file.write(bytes, 0);
  await file.close();
  return world;
}
