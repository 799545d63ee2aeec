import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, pipeline, run, values } from 'headrace';
import { npy } from 'headrace/connectors/arrays';
import { fileSink } from 'headrace/connectors/files';
import { parquet } from 'headrace/connectors/parquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPeers } from '../../bench/peers/install.ts';
import { csv } from '../../src/codecs/csv.ts';
import type { Codec } from '../../src/core/codec.ts';
import type { FileFormat } from '../../src/core/format.ts';
import { cellsIn, connect, hasDuckdb } from './duckdb.ts';
import { installPython, python } from './python.ts';
import { cellsOf, columns, type Row, rowsOf } from './rows.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
if (isFull) {
  installPeers();
  installPython();
}
const noDuckdb = hasDuckdb() ? '' : ' (skipped: DuckDB is installed by the benches and the full form)';
const noPython = isFull ? '' : ' (skipped: pandas, pyarrow and numpy belong to the full form)';

const folder = mkdtempSync(join(tmpdir(), 'headrace-readback-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of ours, and what others read of it. */
interface Written {
  readonly name: string;
  readonly format: Codec<Row> | FileFormat<Row>;
  readonly compression?: 'gzip' | 'zstd';
  /** JSON has no whole numbers beyond what a double holds. */
  readonly hasNoBigs?: boolean;
  /** The function of DuckDB that reads it. */
  readonly duckdb: string;
  readonly python: readonly string[];
}

const types = "{id: 'BIGINT', big: 'BIGINT', name: 'VARCHAR', land: 'VARCHAR', price: 'DOUBLE', open: 'BOOLEAN'";
const csvFormat = csv({ columns: { ...columns, at: 'time?' } }) as Codec<Row>;
const csvRead = `read_csv('?', header = true, quote = '"', escape = '"', columns = ${types}, 'at': 'TIMESTAMPTZ'}, nullstr = '', allow_quoted_nulls = false)`;
const jsonRead = `(SELECT * EXCLUDE ("at"), make_timestamptz(round("at" * 1000)::BIGINT) AS "at" FROM read_json('?', format = 'newline_delimited', columns = ${types}, 'at': 'DOUBLE'}))`;

const files: readonly Written[] = [
  ...(['none', 'snappy', 'gzip', 'zstd', 'brotli'] as const).map((compression) => ({
    name: `rows-${compression}.parquet`,
    format: parquet({ columns, compression, groupRows: 150 }),
    duckdb: "read_parquet('?')",
    python: ['arrow parquet', 'pandas parquet'],
  })),
  { name: 'rows.csv', format: csvFormat, duckdb: csvRead, python: ['arrow csv', 'pandas csv'] },
  { name: 'rows.csv.gz', format: csvFormat, compression: 'gzip', duckdb: csvRead, python: ['arrow csv'] },
  { name: 'rows.csv.zst', format: csvFormat, compression: 'zstd', duckdb: csvRead, python: ['arrow csv'] },
  { name: 'rows.jsonl', format: json<Row>(), hasNoBigs: true, duckdb: jsonRead, python: ['python json', 'arrow json'] },
  { name: 'rows.jsonl.gz', format: json<Row>(), compression: 'gzip', hasNoBigs: true, duckdb: jsonRead, python: ['python json'] },
  { name: 'rows.jsonl.zst', format: json<Row>(), compression: 'zstd', hasNoBigs: true, duckdb: jsonRead, python: ['python json'] },
];

interface Case extends Written {
  readonly path: string;
  readonly rows: readonly Row[];
}

const cases: readonly Case[] = files.flatMap((file) =>
  // A JSON or CSV file without rows is a file without anything but perhaps a header, which not all take for a table.
  (file.name.endsWith('.parquet') ? [500, 0] : [500]).map((count) => ({
    ...file,
    path: join(folder, `${count}-${file.name}`),
    rows: rowsOf(count).map((row) => (file.hasNoBigs === true ? { ...row, big: null } : row)),
  })),
);

const floats = [Float32Array.of(1, 2.5, -3), Float32Array.of(Number.NaN, 0, 1e-38)];
const longs = [2n ** 63n - 1n, -(2n ** 63n), 0n];
const arrays: readonly {
  readonly name: string;
  readonly format: FileFormat<any>;
  readonly rows: readonly unknown[];
  readonly read: unknown;
}[] = [
  {
    name: 'float32.npy',
    format: npy({ dtype: 'float32', row: [3] }),
    rows: floats,
    read: { dtype: '<f4', shape: [2, 3], bytes: Buffer.concat(floats.map(({ buffer }) => Buffer.from(buffer))).toString('hex') },
  },
  {
    name: 'int64.npy',
    format: npy({ dtype: 'int64' }),
    rows: longs,
    read: { dtype: '<i8', shape: [3], bytes: Buffer.from(BigInt64Array.from(longs).buffer).toString('hex') },
  },
  { name: 'empty.npy', format: npy({ dtype: 'float64' }), rows: [], read: { dtype: '<f8', shape: [0], bytes: '' } },
];

/** What each program in Python has read, by its name and the path. One process for all: starting one takes seconds. */
const inPython = new Map<string, unknown>();

beforeAll(async () => {
  for (const { path, format, rows, compression } of cases)
    await run(
      pipeline('write')
        .from(values(rows))
        .to(fileSink(path, format, compression === undefined ? {} : { compression })),
      { signals: false },
    );
  for (const { name, format, rows } of arrays)
    await run(
      pipeline('write')
        .from(values(rows))
        .to(fileSink<unknown>(join(folder, name), format)),
      { signals: false },
    );
  if (!isFull) return;
  const asked = [
    ...cases.flatMap(({ path, python: readers }) => readers.map((reader) => ({ reader, path }))),
    ...arrays.map(({ name }) => ({ reader: 'numpy', path: join(folder, name) })),
  ];
  const answers = python('read.py', asked) as unknown[];
  for (const [i, { reader, path }] of asked.entries()) inPython.set(`${reader} ${path}`, answers[i]);
}, 120_000);

for (const { name, path, rows, duckdb, python: readers } of cases) {
  const expected = rows.map(cellsOf);
  test.skipIf(noDuckdb !== '')(`DuckDB reads ${rows.length} rows of ${name} as they were written${noDuckdb}`, async () => {
    expect(await cellsIn(await connect(), duckdb.replace('?', path))).toEqual(expected);
  });

  for (const reader of readers) {
    test.skipIf(!isFull)(`${reader} reads ${rows.length} rows of ${name} as they were written${noPython}`, () => {
      // pandas takes a quoted empty place for an empty one.
      const known = reader === 'pandas csv' ? expected.map((row) => row.map((cell) => (cell === '' ? null : cell))) : expected;
      expect(inPython.get(`${reader} ${path}`)).toEqual(known);
    });
  }
}

for (const { name, read } of arrays) {
  test.skipIf(!isFull)(`numpy reads ${name} as it was written${noPython}`, () => {
    expect(inPython.get(`numpy ${join(folder, name)}`)).toEqual(read);
  });
}
