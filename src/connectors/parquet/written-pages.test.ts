import { isDeepStrictEqual } from 'node:util';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import type { RowOf } from '../../codecs/column-kinds.ts';
import { parquet } from './parquet.ts';
import { encoded, readAll } from './parquet-rig.ts';

const columns = {
  id: 'integer',
  big: 'bigint?',
  text: 'string?',
  land: 'string?',
  turning: 'number?',
  at: { as: 'time?', unit: 'us' },
  ok: 'boolean?',
  none: 'string?',
} as const;

type Row = RowOf<typeof columns>;

/** Pages of all forms: some columns have a dictionary, some give it up at once and some late, some have several pages. */
function* rows(count: number): Generator<Row> {
  for (let i = 0; i < count; i++)
    yield {
      id: i % 2 === 0 ? i : -(2 ** 53) + 1 + i,
      big: i % 11 === 0 ? null : (BigInt(i) << 47n) - 2n ** 62n,
      text: i % 7 === 0 ? null : `${i} ${'é'.repeat(i % 600)}`,
      land: i % 5 === 0 ? null : `land ${i % 16}`,
      // Comes again at first, and then no more.
      turning: i % 13 === 0 ? null : i < 1500 ? i % 3 : i / 7,
      at: i % 3 === 0 ? null : 1.7e12 + i,
      ok: i % 17 === 0 ? null : i % 100 < 60,
      none: null,
    };
}

/** The first row that differs is shown, and not thousands. */
function same(read: readonly unknown[], written: readonly unknown[]): void {
  const at = read.findIndex((row, i) => !isDeepStrictEqual({ ...(row as object) }, written[i]));
  expect([at, read[at]]).toEqual([-1, undefined]);
  expect(read.length).toBe(written.length);
}

for (const compression of ['none', 'snappy', 'zstd'] as const) {
  test(`every page is read back, by us and by others: ${compression}`, async () => {
    const written = [...rows(3000)];
    const bytes = encoded(parquet({ columns, compression, groupRows: 2500 }), written);
    same((await readAll(parquet({ columns }), bytes)).rows, written);
    const { row_groups } = parquetMetadata(new Uint8Array(bytes).buffer);
    const forms = row_groups[0]!.columns.map(({ meta_data }) => [
      meta_data!.dictionary_page_offset !== undefined,
      meta_data!.encoding_stats!.at(-1)!.count,
    ]);
    expect(forms).toEqual([
      [false, 1],
      [false, 1],
      [false, 2],
      [true, 1],
      [false, 1],
      [false, 1],
      [false, 1],
      [false, 1],
    ]);
    if (compression === 'zstd') return; // hyparquet leaves it to another package.
    const others = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    same(
      others,
      written.map((row) => ({ ...row, id: BigInt(row.id), at: row.at === null ? null : new Date(row.at) })),
    );
  });
}

test('a dictionary that is full is given up, and nothing of it is lost', async () => {
  const format = parquet({ columns: { n: 'integer?' } });
  const numbers = Array.from({ length: 36_000 }, (_, i) => ({ n: i % 9 === 0 ? null : i < 1500 ? i % 3 : i }));
  expect((await readAll(format, encoded(format, numbers))).rows.findIndex(({ n }, i) => n !== numbers[i]!.n)).toBe(-1);
});

test('both zeros and NaN come back from a dictionary', async () => {
  const format = parquet({ columns: { n: 'number' } });
  const numbers = Array.from({ length: 3000 }, (_, i) => ({ n: [0, -0, Number.NaN][i % 3]! }));
  const bytes = encoded(format, numbers);
  expect(parquetMetadata(new Uint8Array(bytes).buffer).row_groups[0]!.columns[0]!.meta_data!.dictionary_page_offset).toBeDefined();
  const { rows: read } = await readAll(format, bytes);
  expect(read.every(({ n }, i) => Object.is(n, numbers[i]!.n))).toBe(true);
});

test('the bounds of texts are those of their bytes, and long ones are cut so that nothing lies outside', async () => {
  const format = (only = {}): ReturnType<typeof parquet<{ t: 'string' }>> => parquet({ columns: { t: 'string' }, groupRows: 2, only });
  const long = 'long '.repeat(40);
  const texts = ['\uFFFF', '🎈', `${long}a`, `${long}b`, `${'\u{10FFFF}'.repeat(30)}`, 'a'];
  const bytes = encoded(
    format(),
    texts.map((t) => ({ t })),
  );
  const bounds = parquetMetadata(new Uint8Array(bytes).buffer).row_groups.map(({ columns: [column] }) => column!.meta_data!.statistics!);
  expect(bounds.map(({ min_value, max_value }) => [min_value, max_value])).toEqual([
    ['\uFFFF', '🎈'],
    [long.slice(0, 64), `${long.slice(0, 63)}h`],
    // Nothing is greater than the greatest character, so nothing is said.
    ['a', undefined],
  ]);
  expect(bounds.map((each) => [each.is_min_value_exact, each.is_max_value_exact])).toEqual([
    [true, true],
    [false, false],
    [true, undefined],
  ]);
  for (const t of texts) expect((await readAll(format({ t: { in: [t] } }), bytes)).rows).toEqual([{ t }]);
});

test('a file without rows, and a column without values, are whole', async () => {
  const format = parquet({ columns: { a: 'string?', n: 'number?' } });
  expect((await readAll(format, encoded(format, []))).rows).toEqual([]);
  const empty = Array.from({ length: 2000 }, () => ({ a: null, n: null }));
  const bytes = encoded(format, empty);
  expect((await readAll(format, bytes)).rows).toEqual(empty);
  expect(await parquetReadObjects({ file: new Uint8Array(bytes).buffer })).toEqual(empty);
});
