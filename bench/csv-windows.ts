import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { count, csv, each, max, mean, min, pipeline, run, tumbling, variance } from 'headrace';
import { fileSource } from 'headrace/connectors/files';
import { ALL, ROWS, type Row, rows, tableFile } from './files/table.ts';
import { versionOf } from './files/version.ts';
import type { Answer, Contest, Outcome, Peer, Question } from './kit/question.ts';
import { rowsOf, TYPES } from './peers/duckdb.ts';

const { at, user, country, amount, f0, f1, f5 } = ALL;
const SCORED = { at, amount, f0, f1, f5 } as const;

/** Half of the rows. */
function isMuch({ f0 }: Pick<Row, 'f0'>): boolean {
  return f0 > 0.5;
}

function scoreOf({ amount, f0, f1, f5 }: Pick<Row, 'amount' | 'f0' | 'f1' | 'f5'>): number {
  return 1 / (1 + Math.exp(-(0.3 * f0 - 0.2 * f1 + 0.05 * f5 - 0.001 * amount)));
}

const SCORE = '1 / (1 + exp(-(0.3 * f0 - 0.2 * f1 + 0.05 * f5 - 0.001 * amount)))';

/** By whom, and how long a window is. */
interface Windowed {
  readonly by: 'country' | 'user';
  readonly sizeMs: number;
}

interface Scores {
  readonly n: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly variance: number;
}

/** What is looked at of the rows that come out. */
class Totals {
  #panes = 0;
  #n = 0;
  #sum = 0;

  readonly add = ({ n, mean, min, max, variance }: Scores): void => {
    this.#panes++;
    this.#n += n;
    this.#sum += mean + min + max + variance;
  };

  get answer(): Answer {
    return { panes: this.#panes, n: this.#n, sum: this.#sum };
  }
}

async function ours({ by, sizeMs }: Windowed, records: number): Promise<Outcome> {
  const totals = new Totals();
  const { path } = tableFile('csv', records);
  const rows =
    by === 'country'
      ? pipeline('scores')
          .from(fileSource(path, csv({ columns: { ...SCORED, country } })))
          .eventTime((row) => row.at, { disorder: '1s' })
          .filter(isMuch)
          .map((row) => ({ key: row.country, score: scoreOf(row) }))
      : pipeline('scores')
          .from(fileSource(path, csv({ columns: { ...SCORED, user } })))
          .eventTime((row) => row.at, { disorder: '1s' })
          .filter(isMuch)
          .map((row) => ({ key: row.user, score: scoreOf(row) }));
  await run(
    rows
      .keyBy(({ key }) => key)
      .window('scores', tumbling(sizeMs))
      .aggregate({
        n: count(),
        mean: mean(({ score }) => score),
        min: min(({ score }) => score),
        max: max(({ score }) => score),
        variance: variance(({ score }) => score),
      })
      .to(each(totals.add)),
  );
  return { answer: totals.answer };
}

async function duckdb({ by, sizeMs }: Windowed, records: number): Promise<Outcome> {
  const totals = new Totals();
  const file = `read_csv('${tableFile('csv', records).path}', header = true, delim = ',', quote = '"', columns = ${TYPES})`;
  const aggregates = 'count(*)::INTEGER AS n, avg(score) AS mean, min(score) AS min, max(score) AS max, var_pop(score) AS variance';
  for (const row of await rowsOf(
    `SELECT "${by}" AS key, ("at" // ${sizeMs} * ${sizeMs})::DOUBLE AS start, ${aggregates}
     FROM (SELECT "${by}", "at", ${SCORE} AS score FROM ${file} WHERE f0 > 0.5) GROUP BY ALL`,
  ))
    totals.add(row as unknown as Scores);
  return { answer: totals.answer };
}

/** Kept beside the file: a process that is measured must not have done the work once already. */
function expected(windowed: Windowed, records: number): Answer {
  const { by, sizeMs } = windowed;
  const told = `${tableFile('csv', records).path}-${by}-${sizeMs}-${versionOf(import.meta.filename)}.json`;
  if (!existsSync(told)) writeFileSync(told, JSON.stringify(byDefinition(windowed, records)));
  return JSON.parse(readFileSync(told, 'utf8')) as Answer;
}

function byDefinition({ by, sizeMs }: Windowed, records: number): Answer {
  const groups = new Map<string, number[]>();
  for (const row of rows(records)) {
    if (!isMuch(row)) continue;
    const name = `${Math.floor(row.at / sizeMs)} ${row[by]}`;
    const scores = groups.get(name);
    if (scores === undefined) groups.set(name, [scoreOf(row)]);
    else scores.push(scoreOf(row));
  }
  const totals = new Totals();
  for (const scores of groups.values()) {
    const mean = scores.reduce((a, b) => a + b) / scores.length;
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
    totals.add({ n: scores.length, mean, min: Math.min(...scores), max: Math.max(...scores), variance });
  }
  return totals.answer;
}

function contest(title: string, windowed: Windowed, peer: Pick<Peer, 'records' | 'reached'>): Contest {
  const { records } = peer;
  return {
    title,
    ours: { name: 'headrace', records, run: (count) => ours(windowed, count) },
    peers: [{ name: 'DuckDB, one thread, rows', ...peer, atLeast: 1.1, run: (count) => duckdb(windowed, count) }],
    rounds: 5,
    expected: (count) => expected(windowed, count),
  };
}

export const csvWindows: Question = {
  name: 'csv-windows',
  asks: 'what does it cost to filter and score rows of CSV and to sum scores up in windows by key?',
  unit: 'row',
  contests: [
    contest('by country, windows of a minute', { by: 'country', sizeMs: 60_000 }, { records: ROWS }),
    contest(
      'by user, windows of an hour: a pane for nearly every record',
      { by: 'user', sizeMs: 3_600_000 },
      { records: ROWS / 2, reached: 0.75 },
    ),
  ],
};
