import { existsSync, renameSync } from 'node:fs';
import { fileSource } from 'headrace/connectors/files';
import { parquet } from 'headrace/connectors/parquet';
import { ALL, AllTotals, FOUR, FourTotals, type Four, type Row, ROWS, tableFile, totalled } from './files/table.ts';
import type { Answer, Outcome, Question } from './kit/question.ts';
import { ask, fourOf, TYPES, write } from './peers/duckdb.ts';
import { chunks, objects } from './peers/hyparquet.ts';

/** The table as DuckDB writes it: snappy, groups of 122,880 rows, dictionaries where they pay. */
async function file(records: number): Promise<string> {
  const { path: from } = tableFile('csv', records);
  const path = from.replace(/csv$/, 'parquet');
  if (existsSync(path)) return path;
  await write(
    `SELECT * REPLACE (coalesce(note, '') AS note) FROM read_csv('${from}', header = true, delim = ',', quote = '"', columns = ${TYPES})`,
    `${path}.part`,
  );
  renameSync(`${path}.part`, path);
  return path;
}

async function four(records: number): Promise<Outcome> {
  const path = await file(records);
  // Times are whole numbers in this file.
  const columns = { ...FOUR, at: { as: 'integer' } } as const;
  const started = performance.now();
  const { answer } = await totalled(fileSource(path, parquet({ columns })), new FourTotals());
  return { answer, wallMs: performance.now() - started };
}

async function all(records: number): Promise<Outcome> {
  const columns = { ...ALL, at: { as: 'integer' } } as const;
  return await totalled(fileSource(await file(records), parquet({ columns })), new AllTotals());
}

/** Rows, as its users get them. */
async function bareRows(
  records: number,
  names: readonly string[],
  totals: { add(row: Four | Row): void; readonly answer: Answer },
): Promise<Outcome> {
  for (const row of await objects(await file(records), names)) totals.add(row as unknown as Row);
  return { answer: totals.answer };
}

/** Its columns as they come, without a row being made. */
async function bareColumns(records: number): Promise<Outcome> {
  let [rows, hours, amount, many, swiss] = [0, 0, 0, 0, 0];
  await chunks(await file(records), Object.keys(FOUR), (name, values) => {
    if (name === 'at') for (const at of values as readonly bigint[]) hours += Math.floor(Number(at) / 3_600_000) % 24;
    else if (name === 'country') for (const country of values) swiss += country === 'CH' ? 1 : 0;
    else if (name === 'f0') for (const f0 of values as readonly number[]) many += f0 > 0.5 ? 1 : 0;
    else for (const one of values as readonly number[]) amount += one;
    if (name === 'amount') rows += values.length;
  });
  return { answer: { rows, amount, many, swiss, hours } };
}

export const parquetQuestion: Question = {
  name: 'parquet',
  asks: 'how fast are rows read from Parquet?',
  unit: 'row',
  contests: [
    {
      title: '4 of 18 columns',
      ours: { name: 'headrace', records: ROWS, run: four },
      peers: [
        {
          name: 'hyparquet, rows',
          records: ROWS / 2,
          atLeast: 0.9,
          run: (records) => bareRows(records, Object.keys(FOUR), new FourTotals()),
        },
        { name: 'hyparquet, columns', records: ROWS / 2, atLeast: 0.9, run: bareColumns },
        {
          name: 'DuckDB, one thread',
          records: ROWS,
          run: async (records) => ({ answer: await ask(fourOf(`read_parquet('${await file(records)}')`)) }),
        },
      ],
      rounds: 5,
      expected: (records) => tableFile('csv', records).four,
    },
    {
      title: 'all 18 columns',
      ours: { name: 'headrace', records: ROWS / 4, run: all },
      peers: [{ name: 'hyparquet, rows', records: ROWS / 4, run: (records) => bareRows(records, Object.keys(ALL), new AllTotals()) }],
      rounds: 5,
      expected: (records) => tableFile('csv', records).all,
    },
  ],
};
