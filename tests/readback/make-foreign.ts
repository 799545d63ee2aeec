// Makes the files of tests/readback/foreign, which are read in every form: `HEADRACE_TEST=full node --conditions=headrace-source
// tests/readback/make-foreign.ts`. They are kept as they are; a newer writer gets files of its own.
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from './duckdb.ts';
import { installPython, python } from './python.ts';
import { cellsOf, rowsOf } from './rows.ts';

const WANTED = [
  'arrow-none-v1-plain',
  'arrow-snappy-v1-dictionary',
  'arrow-gzip-v2-plain',
  'arrow-brotli-v1-dictionary',
  'arrow-zstd-v2-dictionary',
  'arrow-lz4-v1-plain',
  'arrow-int96',
  'arrow-deltas',
  'arrow-nanos',
  'arrow-empty',
  'pandas',
];

installPython();
const folder = mkdtempSync(join(tmpdir(), 'headrace-foreign-'));
const kept = join(import.meta.dirname, 'foreign');
mkdirSync(kept, { recursive: true });
python('write.py', { folder, rows: rowsOf(60).map(cellsOf) });
for (const name of WANTED) copyFileSync(join(folder, `${name}.parquet`), join(kept, `${name}.parquet`));
const connection = await connect();
const from = `read_parquet('${join(folder, 'arrow-none-v1-plain.parquet')}')`;
await connection.run(`COPY (SELECT * FROM ${from}) TO '${join(kept, 'duckdb-source.parquet')}' (FORMAT parquet)`);
await connection.run(
  `COPY (SELECT * FROM ${from}) TO '${join(kept, 'duckdb-lz4.parquet')}' (FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION V2)`,
);
