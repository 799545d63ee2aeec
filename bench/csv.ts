import { createReadStream } from 'node:fs';
import { csv } from 'headrace';
import { fileSource } from 'headrace/connectors/files';
import { allOf, ask, fourOf, TYPES } from './peers/duckdb.ts';
import { csvParse, papaparse, udsv } from './peers/csv.ts';
import { ALL, AllTotals, FOUR, FourTotals, type Row, ROWS, tableFile, totalled } from './files/table.ts';
import type { Outcome, Question } from './kit/question.ts';

const file = (records: number): string => tableFile('csv', records).path;
const table = (records: number): string => `read_csv('${file(records)}', header = true, delim = ',', quote = '"', columns = ${TYPES})`;

async function four(records: number): Promise<Outcome> {
  return await totalled(fileSource(file(records), csv({ columns: FOUR })), new FourTotals());
}

async function all(records: number): Promise<Outcome> {
  return await totalled(fileSource(file(records), csv({ columns: ALL })), new AllTotals());
}

/** Rows from text, as the peers give them, with the types we give. */
async function peer(records: number, parse: (stream: NodeJS.ReadableStream, row: (row: Row) => void) => Promise<void>): Promise<Outcome> {
  const totals = new AllTotals();
  await parse(createReadStream(file(records), { highWaterMark: 2 ** 18 }), totals.add);
  return { answer: totals.answer };
}

export const csvQuestion: Question = {
  name: 'csv',
  asks: 'how fast are rows read from CSV, of which every tenth has quotes?',
  unit: 'row',
  contests: [
    {
      title: '4 of 18 columns',
      ours: { name: 'headrace', records: ROWS, run: four },
      peers: [
        {
          name: 'DuckDB, one thread',
          records: ROWS,
          atLeast: 3,
          reached: 1.2,
          run: async (records) => ({ answer: await ask(fourOf(table(records))) }),
        },
      ],
      rounds: 5,
      expected: (records) => tableFile('csv', records).four,
    },
    {
      title: 'all 18 columns',
      ours: { name: 'headrace', records: ROWS, run: all },
      peers: [
        {
          name: 'DuckDB, one thread',
          records: ROWS,
          atLeast: 1.5,
          reached: 1,
          run: async (records) => ({ answer: await ask(allOf(table(records))) }),
        },
        { name: 'udsv', records: ROWS / 4, atLeast: 1.5, run: (records) => peer(records, udsv) },
        { name: 'papaparse', records: ROWS / 10, run: (records) => peer(records, papaparse) },
        { name: 'csv-parse', records: ROWS / 10, atLeast: 10, run: (records) => peer(records, csvParse) },
      ],
      rounds: 5,
      expected: (records) => tableFile('csv', records).all,
    },
  ],
};
