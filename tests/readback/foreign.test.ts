import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, pipeline, run } from 'headrace';
import { npy } from 'headrace/connectors/arrays';
import { fileSource } from 'headrace/connectors/files';
import { parquet } from 'headrace/connectors/parquet';
import { afterAll, expect, test } from 'vitest';
import { installPeers } from '../../bench/peers/install.ts';
import { csv } from '../../src/codecs/csv.ts';
import type { Codec } from '../../src/core/codec.ts';
import type { FileFormat } from '../../src/core/format.ts';
import { connect, hasDuckdb } from './duckdb.ts';
import { installPython, python } from './python.ts';
import { cellsOf, columns, type Row, rowsOf } from './rows.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
if (isFull) {
  installPeers();
  installPython();
}
const folder = mkdtempSync(join(tmpdir(), 'headrace-foreign-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = rowsOf(500);

async function read<T>(path: string, format: Codec<T> | FileFormat<T>): Promise<T[]> {
  const sink = collect<T>();
  await run(pipeline('read').from(fileSource(path, format)).to(sink), { signals: false });
  return [...sink.values];
}

async function check(path: string, expected: readonly Row[]): Promise<void> {
  expect((await read(path, parquet({ columns }))).map(cellsOf)).toEqual(expected.map(cellsOf));
  // The same, and no row that does not fit.
  const some = parquet({ columns, only: { land: { in: ['CH', 'FR'] }, id: { from: -20_000_000, to: 300_000_000 } } });
  const fitting = expected.filter(({ land, id }) => land !== 'DE' && id >= -20_000_000 && id < 300_000_000);
  expect((await read(path, some)).map(cellsOf)).toEqual(fitting.map(cellsOf));
  // Without columns all integers are bigints.
  const plain = (await read(path, parquet())) as unknown as (Omit<Row, 'id'> & { readonly id: bigint })[];
  expect(plain.map((row) => cellsOf({ ...row, id: Number(row.id) }))).toEqual(expected.map(cellsOf));
}

// Made once by write.py and make-foreign.ts, so that files of others are read where nobody has installed the others.
const kept = join(import.meta.dirname, 'foreign');
for (const name of readdirSync(kept).filter((each) => each.endsWith('.parquet'))) {
  test(`${name}, as another program wrote it, is read`, async () => {
    await check(join(kept, name), name.includes('empty') ? [] : rowsOf(60));
  });
}

const made = isFull ? (python('write.py', { folder, rows: rows.map(cellsOf) }) as { readonly parquet: readonly string[] }) : undefined;
test.skipIf(made === undefined)('pyarrow and pandas were asked to write (skipped: they belong to the full form)', () => {
  expect(made!.parquet.length).toBeGreaterThan(28);
});

for (const name of made?.parquet ?? []) {
  test(`what pyarrow and pandas write is read: ${name}`, async () => {
    await check(join(folder, name), name.includes('empty') ? [] : rows);
  });
}

test.skipIf(made === undefined)('what pyarrow writes as CSV is read (skipped: it belongs to the full form)', async () => {
  const { at: _, ...timeless } = columns;
  const found = await read(join(folder, 'arrow.csv'), csv({ columns: timeless }));
  expect(found.map((row) => cellsOf({ ...row, at: null }))).toEqual(rows.map((row) => cellsOf({ ...row, at: null })));
});

test.skipIf(made === undefined)('what numpy writes is read (skipped: it belongs to the full form)', async () => {
  const floats = await read(join(folder, 'float32.npy'), npy({ dtype: 'float32', row: [3] }) as FileFormat<Float32Array>);
  expect(floats.map((row) => [...row])).toEqual(
    Array.from({ length: 8 }, (__, i) => [0, 1, 2].map((k) => Math.fround(Math.fround(3 * i + k) / 7))),
  );
  expect(await read(join(folder, 'int64.npy'), npy({ dtype: 'int64' }) as FileFormat<bigint>)).toEqual([
    2n ** 63n - 1n,
    -(2n ** 63n),
    0n,
    5n,
  ]);
});

const duckdb = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'].flatMap((codec) =>
  ['V1', 'V2'].map((version) => ({ codec, version })),
);
for (const { codec, version } of duckdb) {
  test.skipIf(!hasDuckdb())(
    `what DuckDB writes is read: ${codec}, ${version}${hasDuckdb() ? '' : ' (skipped: it is installed by the benches and the full form)'}`,
    async () => {
      const connection = await connect();
      const source = join(folder, 'source.parquet');
      if (!existsSync(source))
        await connection.run(`COPY (SELECT * FROM read_parquet('${join(kept, 'duckdb-source.parquet')}')) TO '${source}'`);
      const path = join(folder, `duckdb-${codec}-${version}.parquet`);
      await connection.run(
        `COPY (SELECT * FROM read_parquet('${source}')) TO '${path}' (FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048)`,
      );
      await check(path, rowsOf(60));
    },
  );
}
