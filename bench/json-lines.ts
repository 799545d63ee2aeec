import { createReadStream } from 'node:fs';
import { json } from 'headrace';
import { fileSource } from 'headrace/connectors/files';
import { allOf, ask, threeOf, TYPES } from './peers/duckdb.ts';
import { ALL, AllTotals, type Row, ROWS, tableFile, THREE, type Three, ThreeTotals, totalled } from './files/table.ts';
import type { Outcome, Question } from './kit/question.ts';

const file = (records: number): string => tableFile('jsonl', records).path;
const table = (records: number): string => `read_json('${file(records)}', format = 'newline_delimited', columns = ${TYPES})`;

async function three(records: number): Promise<Outcome> {
  return await totalled(fileSource(file(records), json({ columns: THREE })), new ThreeTotals());
}

async function all(records: number): Promise<Outcome> {
  return await totalled(fileSource(file(records), json({ columns: ALL })), new AllTotals());
}

async function whole(records: number): Promise<Outcome> {
  return await totalled(fileSource(file(records), json<Row>()), new AllTotals());
}

/** As one would by hand: lines out of large pieces, each parsed whole. */
async function byHand(records: number, give: (row: Row) => void): Promise<void> {
  let left: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(file(records), { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
    const bytes = left.length === 0 ? piece : Buffer.concat([left, piece]);
    let from = 0;
    for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
      give(JSON.parse(bytes.toString('utf8', from, to)) as Row);
      from = to + 1;
    }
    left = bytes.subarray(from);
  }
}

async function parsedThree(records: number): Promise<Outcome> {
  const totals = new ThreeTotals();
  await byHand(records, totals.add as (row: Three) => void);
  return { answer: totals.answer };
}

async function parsedAll(records: number): Promise<Outcome> {
  const totals = new AllTotals();
  await byHand(records, totals.add);
  return { answer: totals.answer };
}

export const jsonLines: Question = {
  name: 'json-lines',
  asks: 'how fast are rows read from lines of JSON?',
  unit: 'row',
  contests: [
    {
      title: '3 of 18 members',
      ours: { name: 'headrace', records: ROWS, run: three },
      peers: [
        {
          name: 'DuckDB, one thread',
          records: ROWS,
          atLeast: 3,
          reached: 2,
          run: async (records) => ({ answer: await ask(threeOf(table(records))) }),
        },
        { name: 'JSON.parse a line', records: ROWS / 4, atLeast: 7, reached: 4.5, run: parsedThree },
      ],
      rounds: 5,
      expected: (records) => tableFile('jsonl', records).three,
    },
    {
      title: 'all 18 members',
      ours: { name: 'headrace, declared', records: ROWS / 4, run: all },
      peers: [
        { name: 'headrace, json()', records: ROWS / 4, run: whole },
        { name: 'DuckDB, one thread', records: ROWS / 4, run: async (records) => ({ answer: await ask(allOf(table(records))) }) },
        { name: 'JSON.parse a line', records: ROWS / 4, run: parsedAll },
      ],
      rounds: 5,
      expected: (records) => tableFile('jsonl', records).all,
    },
  ],
};
