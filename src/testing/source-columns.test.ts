import { expect, test } from 'vitest';
import type { Column, Columns } from '../core/columns.ts';
import { HeadraceError } from '../core/error.ts';
import type { Answer, RefusedRecord, Source } from '../core/source.ts';
import { sourcePromises } from './source-promises.ts';
import type { SourceCase } from './source-reading.ts';
import { testSource } from './source-kit.ts';

const PATIENCE_MS = 30;
const LANDS = ['CH', 'DE', 'FR'];

interface Line {
  readonly n: number | null;
  readonly big: bigint;
  readonly isNew: boolean;
  readonly land: string;
  readonly tags: readonly string[];
}

/** Sixteen lines, of which the third, fourth and last cannot be read. */
const bad = new Set([2, 3, 15]);
const lines: readonly (Line | undefined)[] = Array.from({ length: 16 }, (_, at) =>
  bad.has(at)
    ? undefined
    : { n: at % 5 === 4 ? null : at * 10, big: BigInt(at), isNew: at % 2 === 1, land: LANDS[at % 3]!, tags: [`t${at}`] },
);

type ColumnAnswer = Answer<Line> & { columns: Columns };

interface Faults {
  /** Changes each answer; `kept` lets a fault remember. */
  answer?(answer: ColumnAnswer, kept: { reads: number }): unknown;
  /** The line a reader begins with, given its resume. */
  begin?(resume: number): number;
  readonly refused?: readonly number[];
}

/** A source of columns that keeps every promise, but for its faults. */
function columnsWith({ answer, begin, refused }: Faults = {}): SourceCase<Line> {
  const kept = { reads: 0 };
  const source: Source<Line> = {
    kind: 'lines',
    id: 'lines',
    replay: true,
    partitions: () => [0],
    open(_partition, resume) {
      let next = begin === undefined ? Number(resume ?? 0) : begin(Number(resume ?? 0));
      return {
        read(limit) {
          const good: { at: number; line: Line }[] = [];
          const odd: RefusedRecord[] = [];
          // A read of one record ends behind it; others also tell of the bad lines that follow.
          for (; next < lines.length && (good.length < limit || (limit > 1 && lines[next] === undefined)); next++) {
            const line = lines[next];
            if (line === undefined)
              odd.push({ before: good.length, position: `l:${next}`, error: unreadable(next), bytes: Uint8Array.of(next) });
            else good.push({ at: next, line });
          }
          kept.reads++;
          const columns = columnsOf(good.map(({ line }) => line));
          const at = Int32Array.from(good, (one) => one.at);
          const given: ColumnAnswer = { columns, positions: { in: 'l:', at }, refused: odd, resume: next, end: next === lines.length };
          return (answer?.(given, kept) ?? given) as Answer<Line>;
        },
        close() {},
      };
    },
  };
  const positions = (refused ?? [...bad]).map((at) => `l:${at}`);
  return { source, values: lines.filter((line) => line !== undefined), refused: positions };
}

function unreadable(at: number): HeadraceError {
  return new HeadraceError({ code: 'HR_DECODE_FAILED', action: 'deadLetter', what: `line ${at} is bad`, todo: 'Mend it.' });
}

function columnsOf(rows: readonly Line[]): Columns {
  return {
    length: rows.length,
    names: ['n', 'big', 'isNew', 'land', 'tags'],
    columns: [
      {
        kind: 'number',
        values: Float64Array.from(rows, ({ n }) => n ?? 77),
        nulls: Uint8Array.from(rows, ({ n }) => (n === null ? 1 : 0)),
      },
      { kind: 'bigint', values: BigInt64Array.from(rows, ({ big }) => big) },
      { kind: 'boolean', values: Uint8Array.from(rows, ({ isNew }) => (isNew ? 1 : 0)) },
      { kind: 'dictionary', ids: Int32Array.from(rows, ({ land }) => LANDS.indexOf(land)), entries: LANDS },
      { kind: 'plain', values: rows.map(({ tags }) => tags) },
    ],
  };
}

/** The answer with one column changed. */
function withColumn(given: ColumnAnswer, at: number, change: (column: Column) => unknown): unknown {
  return {
    ...given,
    columns: { ...given.columns, columns: given.columns.columns.map((column, i) => (i === at ? change(column) : column)) },
  };
}

testSource({ test, name: 'a good source of columns', replay: true, make: () => columnsWith() });

const once = { entries: ['CH', 'DE', 'FR'] };

const sabotage: readonly [id: string, fault: string, make: () => SourceCase<Line>][] = [
  ['S4', 'columns and values', () => columnsWith({ answer: (given) => ({ ...given, values: [] }) })],
  ['S5', 'fewer positions than records', () => columnsWith({ answer: (given) => ({ ...given, positions: { in: 'l:', at: [] } }) })],
  [
    'S7',
    'an array that is filled again',
    () => {
      const numbers = new Float64Array(1024);
      return columnsWith({
        answer: (given) =>
          withColumn(given, 0, (column) => {
            numbers.set((column as { values: Float64Array }).values);
            return { ...column, values: numbers };
          }),
      });
    },
  ],
  [
    'S7',
    'a dictionary that is begun anew in its old array',
    () => {
      once.entries = ['CH', 'DE', 'FR'];
      return columnsWith({
        answer: (given, { reads }) => {
          if (reads === 2) once.entries.reverse();
          return withColumn(given, 3, (column) => ({ ...column, entries: once.entries }));
        },
      });
    },
  ],
  [
    'S18',
    'a resume in front of what was refused last',
    () => columnsWith({ answer: (given) => ({ ...given, resume: resumeOfGood(given) }) }),
  ],
  ['S10', 'a refused record lost behind a resume', () => columnsWith({ begin: (resume) => (resume === 2 ? 3 : resume) })],
  ['S12', 'a refused record behind the end', () => columnsWith({ answer: behindTheEnd })],
  ['S17', 'a refused record twice', () => columnsWith({ answer: toldAgain })],
  ['S18', 'the last refused record again behind the end', () => columnsWith({ begin: (resume) => Math.min(15, resume) })],
  ['S19', 'a name without a column', () => columnsWith({ answer: (given) => ({ ...given, columns: { ...given.columns, names: ['n'] } }) })],
  [
    'S19',
    'one name twice',
    () => columnsWith({ answer: (given) => ({ ...given, columns: { ...given.columns, names: ['n', 'n', 'isNew', 'land', 'tags'] } }) }),
  ],
  [
    'S19',
    'a column that is too short',
    () => columnsWith({ answer: (given) => withColumn(given, 4, () => ({ kind: 'plain', values: [] })) }),
  ],
  [
    'S19',
    'nulls that are too short',
    () => columnsWith({ answer: (given) => withColumn(given, 0, (column) => ({ ...column, nulls: new Uint8Array(0) })) }),
  ],
  [
    'S19',
    'a null that is neither',
    () => columnsWith({ answer: (given) => withColumn(given, 0, (column) => ({ ...column, nulls: new Uint8Array(1024).fill(2) })) }),
  ],
  [
    'S19',
    'a boolean of 255',
    () => columnsWith({ answer: (given) => withColumn(given, 2, (column) => ({ ...column, values: new Uint8Array(1024).fill(255) })) }),
  ],
  [
    'S19',
    'a word that is not in the dictionary',
    () => columnsWith({ answer: (given) => withColumn(given, 3, (column) => ({ ...column, entries: ['CH', 'DE'] })) }),
  ],
  ['S20', 'nothing told of a bad record', () => columnsWith({ answer: ({ refused: _untold, ...given }) => given })],
  ['S20', 'a bad record nobody knows of', () => columnsWith({ refused: [2, 3] })],
  [
    'S20',
    'a refusal out of its place',
    () => columnsWith({ answer: (given) => ({ ...given, refused: given.refused!.map((one) => ({ ...one, before: 0 })) }) }),
  ],
  [
    'S20',
    'a refusal outside of its read',
    () => columnsWith({ answer: (given) => ({ ...given, refused: given.refused!.map((one) => ({ ...one, before: 1024 })) }) }),
  ],
  [
    'S20',
    'one position for two',
    () => columnsWith({ answer: (given) => ({ ...given, refused: given.refused!.map((one) => ({ ...one, position: 'l:2' })) }) }),
  ],
  [
    'S20',
    'the position of a good record',
    () => ({
      ...columnsWith({ answer: (given) => ({ ...given, refused: given.refused!.map((one) => ({ ...one, position: 'l:0' })) }) }),
      refused: ['l:0', 'l:0', 'l:0'],
    }),
  ],
  [
    'S20',
    'an error that would stop the run',
    () =>
      columnsWith({
        answer: (given) => ({
          ...given,
          refused: given.refused!.map((one) => ({
            ...one,
            error: new HeadraceError({ code: 'HR_DECODE_FAILED', what: 'bad', todo: 'Mend it.' }),
          })),
        }),
      }),
  ],
];

function resumeOfGood(given: ColumnAnswer): number {
  const { at } = given.positions as { readonly at: ArrayLike<number> };
  return at.length === 0 ? Number(given.resume) : at[at.length - 1]! + 1;
}

function toldAgain(given: ColumnAnswer): unknown {
  const isBehind = given.resume === 6;
  return isBehind ? { ...given, refused: [{ before: 0, position: 'l:3', error: unreadable(3) }] } : given;
}

function behindTheEnd(given: ColumnAnswer): unknown {
  const isBehind = given.columns.length === 0 && given.end === true;
  return isBehind ? { ...given, refused: [{ before: 0, position: 'l:99', error: unreadable(99) }] } : given;
}

const promises = sourcePromises<Line>();

test.each(sabotage)('%s sees %s', async (id, _fault, make) => {
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(make, PATIENCE_MS)).rejects.toThrow();
});
