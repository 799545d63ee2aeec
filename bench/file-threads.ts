import { csv, type Source } from 'headrace';
import { fileSource } from 'headrace/connectors/files';
import { ALL, AllTotals, FOUR, FourTotals, ROWS, tableFile, totalled } from './files/table.ts';
import type { Answer, Contest, Outcome, Question } from './kit/question.ts';

type Read = (records: number, threads: number | undefined) => Promise<Outcome>;

/**
 * Rows of one file by the main thread alone, and by threads beside it. The functions behind the source are on the main
 * thread. What counts begins when a third of the rows are out: threads are started anew for each file.
 */
function contest(title: string, read: Read, expected: Contest['expected']): Contest {
  return {
    title,
    by: 'wall',
    ours: { name: 'threads: 2', records: ROWS, run: (records) => read(records, 2) },
    peers: [{ name: 'no thread', records: ROWS, run: (records) => read(records, undefined), atLeast: 1.7, reached: 0.45 }],
    rounds: 3,
    expected,
  };
}

async function timed<T>(
  records: number,
  source: Source<T>,
  totals: { readonly add: (row: T) => void; readonly answer: Answer },
): Promise<Outcome> {
  let left = Math.floor(records / 3);
  let begun = 0;
  const add = (row: T): void => {
    if (--left === 0) begun = performance.now();
    totals.add(row);
  };
  const { answer } = await totalled(source, {
    add,
    get answer() {
      return totals.answer;
    },
  });
  return { answer, wallMs: performance.now() - begun };
}

/** Undefined is the default: no option at all. */
function by(threads: number | undefined): { readonly threads?: number } {
  return threads === undefined ? {} : { threads };
}

export const fileThreads: Question = {
  name: 'file-threads',
  asks: 'what do two threads gain over one file?',
  unit: 'row',
  contests: [
    contest(
      'CSV, 4 of 18 columns',
      (records, threads) =>
        timed(records, fileSource(tableFile('csv', records).path, csv({ columns: FOUR }), by(threads)), new FourTotals()),
      (records) => tableFile('csv', records).four,
    ),
    contest(
      'CSV, all 18 columns',
      (records, threads) => timed(records, fileSource(tableFile('csv', records).path, csv({ columns: ALL }), by(threads)), new AllTotals()),
      (records) => tableFile('csv', records).all,
    ),
  ],
};
