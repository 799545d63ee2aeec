import { expect, test } from 'vitest';
import type { Answer, Reader, Source } from '../core/source.ts';
import { sourcePromises } from './source-promises.ts';
import type { SourceCase } from './source-reading.ts';
import { testSource } from './source-kit.ts';

const numbers = Array.from({ length: 12 }, (_, i) => i * 10);
const PATIENCE_MS = 30;

interface Faults {
  readonly source?: Partial<Source<number>>;
  /** Changes each answer; `kept` lets a fault remember. */
  answer?(answer: Answer<number> & { values: number[] }, kept: { reads: number; all: number[][] }): unknown;
  reader?(reader: Reader<number>): Partial<Reader<number>>;
  /** Where a reader begins, given its resume. */
  begin?(resume: unknown): number;
}

/** A source of numbers that keeps every promise, but for its faults. */
function numbersWith({ source, answer, reader, begin }: Faults = {}): SourceCase<number> {
  const kept = { reads: 0, all: [] as number[][] };
  const good: Source<number> = {
    kind: 'numbers',
    id: 'numbers',
    partitions: () => [0],
    open(_partition, resume) {
      let next = begin === undefined ? Number(resume ?? 0) : begin(resume);
      const open: Reader<number> = {
        read(limit) {
          const first = next;
          const values = numbers.slice(next, next + limit);
          next += values.length;
          kept.reads += 1;
          kept.all.push(values);
          const given = { values, positions: { first }, resume: next, end: next === numbers.length };
          return (answer?.(given, kept) ?? given) as Answer<number>;
        },
        close() {},
      };
      return { ...open, ...reader?.(open) };
    },
  };
  return { source: { ...good, replay: true, ...source }, values: numbers };
}

function waiting(reader: Partial<Reader<number>> = {}): SourceCase<number> {
  const open: Reader<number> = {
    read: (_limit, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ values: [], positions: [], resume: 0 }), { once: true })),
    close() {},
  };
  return { source: { kind: 'quiet', id: 'quiet', partitions: () => [0], open: () => ({ ...open, ...reader }) }, values: [] };
}

function failing(faults: Partial<Reader<number>> = {}): SourceCase<number> {
  let next = 0;
  const open: Reader<number> = {
    read(limit) {
      const first = next;
      const values = numbers.slice(first, first + limit);
      next += values.length;
      if (values.length === 0) throw new Error('it broke');
      return { values, positions: { first }, resume: next };
    },
    close() {},
  };
  return { source: { kind: 'failing', id: 'failing', partitions: () => [0], open: () => ({ ...open, ...faults }) }, values: numbers };
}

testSource({ test, name: 'a good source', replay: true, make: () => numbersWith(), quiet: () => waiting(), broken: () => failing() });

let made = 0;
let shared = 0;

/** One fault or more for every promise; the kit must see each. */
const sabotage: readonly [id: string, fault: string, make: () => SourceCase<number>][] = [
  ['S1', 'an id that is never the same', () => numbersWith({ source: { id: `numbers:${made++}` } })],
  ['S1', 'no kind', () => numbersWith({ source: { kind: '' } })],
  ['S2', 'no partition', () => numbersWith({ source: { partitions: () => [] } })],
  ['S2', 'a partition twice', () => numbersWith({ source: { partitions: () => [0, 0] } })],
  ['S2', 'partitions that change', () => numbersWith({ source: { partitions: () => [made++] } })],
  ['S3', 'more than was asked for', () => numbersWith({ reader: (open) => ({ read: (limit, signal) => open.read(limit + 1, signal) }) })],
  ['S4', 'values and bodies', () => numbersWith({ answer: (given) => ({ ...given, bodies: [] }), source: { codec: undefined as never } })],
  [
    'S4',
    'bodies without a codec',
    () => numbersWith({ answer: ({ values, ...given }) => ({ ...given, bodies: values.map(() => new Uint8Array(1)) }) }),
  ],
  ['S5', 'fewer positions than records', () => numbersWith({ answer: (given) => ({ ...given, positions: [] }) })],
  ['S5', 'a first position that is no number', () => numbersWith({ answer: (given) => ({ ...given, positions: { first: '0' } }) })],
  ['S5', 'no times from a timed source', () => numbersWith({ source: { timed: true } })],
  ['S5', 'a time that is none', () => numbersWith({ answer: (given) => ({ ...given, times: given.values.map(() => Number.NaN) }) })],
  [
    'S6',
    'a record lost where reads are cut',
    () =>
      numbersWith({
        answer: (given, kept) =>
          kept.reads > 1
            ? { ...given, values: given.values.slice(1), positions: { first: (given.positions as { first: number }).first + 1 } }
            : given,
      }),
  ],
  ['S6', 'records out of order', () => numbersWith({ answer: (given) => ({ ...given, values: given.values.reverse() }) })],
  [
    'S6',
    'the first record again and again',
    () => numbersWith({ reader: () => ({ read: () => ({ values: [0], positions: [0], resume: 0 }) }) }),
  ],
  [
    'S7',
    'an array that is filled again',
    () => {
      const one: number[] = [];
      return numbersWith({ answer: (given) => ({ ...given, values: (one.splice(0, one.length, ...given.values), one) }) });
    },
  ],
  [
    'S7',
    'the array everything is read from',
    () => {
      const own = [...numbers];
      return numbersWith({ reader: () => ({ read: () => ({ values: own, positions: { first: 0 }, resume: 12, end: true }) }) });
    },
  ],
  [
    'S8',
    'positions that count reads',
    () => numbersWith({ answer: (given, kept) => ({ ...given, positions: given.values.map((_, i) => `${kept.reads}.${i}`) }) }),
  ],
  ['S8', 'one position for all', () => numbersWith({ answer: (given) => ({ ...given, positions: given.values.map(() => 7) }) })],
  ['S9', 'a resume that counts reads', () => numbersWith({ answer: (given, kept) => ({ ...given, resume: kept.reads }) })],
  ['S9', 'a resume that is an object', () => numbersWith({ answer: (given) => ({ ...given, resume: {} }) })],
  ['S10', 'one record twice after a resume', () => numbersWith({ begin: (resume) => Math.max(0, Number(resume ?? 0) - 1) })],
  [
    'S10',
    'one record lost after a resume',
    () => numbersWith({ begin: (resume) => (resume === undefined ? 0 : Math.min(11, Number(resume) + 1)) }),
  ],
  [
    'S10',
    'positions that begin anew after a resume',
    () =>
      numbersWith({
        reader: (open) => {
          let at = 0;
          return {
            read: (limit, signal) => {
              const given = open.read(limit, signal) as Answer<number>;
              const first = at;
              at += given.values!.length;
              return { ...given, positions: { first } } as Answer<number>;
            },
          };
        },
      }),
  ],
  ['S10', 'a source that denies it can be read again', () => numbersWith({ source: { replay: false } })],
  [
    'S11',
    'one place for all readers',
    () => {
      shared = 0;
      return numbersWith({
        reader: () => ({
          read: (limit) => {
            const first = shared;
            const values = numbers.slice(first, first + limit);
            shared += values.length;
            return { values, positions: { first }, resume: shared, end: shared === 12 };
          },
        }),
      });
    },
  ],
  ['S12', 'an end before the last record', () => numbersWith({ answer: (given) => ({ ...given, end: true }) })],
  [
    'S12',
    'an end that is not one',
    () =>
      numbersWith({
        answer: (given, kept) => (kept.all.filter((values) => values.length === 0).length > 0 ? { ...given, end: false } : given),
      }),
  ],
  [
    'S12',
    'another resume behind the end',
    () => numbersWith({ answer: (given) => (given.values.length === 0 ? { ...given, resume: 0 } : given) }),
  ],
  ['S13', 'a read that hears no abort', () => waiting({ read: () => new Promise(() => {}) })],
  [
    'S13',
    'a listener left on the signal',
    () =>
      waiting({
        read: (_limit, signal) => {
          signal.addEventListener('abort', () => {});
          signal.addEventListener('abort', () => {});
          return { values: [], positions: [], resume: 0 };
        },
      }),
  ],
  [
    'S14',
    'a read that waits under an aborted signal',
    () =>
      numbersWith({
        reader: (open) => ({ read: (limit, signal) => (signal.aborted ? new Promise<never>(() => {}) : open.read(limit, signal)) }),
      }),
  ],
  [
    'S14',
    'a record lost to an aborted read',
    () =>
      numbersWith({
        reader: (open) => ({
          read: (limit, signal) => {
            const given = open.read(limit, signal);
            if (signal.aborted) throw signal.reason;
            return given;
          },
        }),
      }),
  ],
  ['S15', 'a close that never settles', () => numbersWith({ reader: () => ({ close: () => new Promise<void>(() => {}) }) })],
  ['S15', 'a close that fails', () => numbersWith({ reader: () => ({ close: () => Promise.reject(new Error('no')) }) })],
  [
    'S15',
    'a listener left by a read',
    () =>
      numbersWith({
        reader: (open) => ({
          read: (limit, signal) => {
            signal.addEventListener('abort', () => {});
            return open.read(limit, signal);
          },
        }),
      }),
  ],
  ['S16', 'a failure taken for the end', () => failing({ read: () => ({ values: [], positions: [], resume: 0, end: true }) })],
  ['S16', 'good records lost to the failure', () => failing({ read: () => Promise.reject(new Error('it broke')) })],
  ['S16', 'a failure that is swallowed', () => failing({ read: () => ({ values: [], positions: [], resume: 0 }) })],
  ['S17', 'a resume that JSON changes', () => numbersWith({ answer: (given) => ({ ...given, resume: { valueOf: () => given.resume } }) })],
  [
    'S17',
    'a resume that counts from where the reader began',
    () =>
      numbersWith({
        reader: (open) => {
          let read = 0;
          return {
            read(limit, signal) {
              const given = open.read(limit, signal) as Answer<number>;
              read += given.values!.length;
              return { ...given, resume: read } as Answer<number>;
            },
          };
        },
      }),
  ],
  ['S17', 'one record twice after a resume', () => numbersWith({ begin: (resume) => Math.max(0, Number(resume ?? 0) - 1) })],
  ['S18', 'the last record again behind the end', () => numbersWith({ begin: (resume) => Math.min(11, Number(resume ?? 0)) })],
  [
    'S18',
    'an end that is not told again',
    () => numbersWith({ begin: (resume) => (Number(resume ?? 0) === 12 ? 13 : Number(resume ?? 0)) }),
  ],
  [
    'S19',
    'columns without arrays',
    () =>
      numbersWith({
        answer: ({ values, ...given }) => ({ ...given, columns: { length: values.length, names: ['n'], columns: [] } }),
      }),
  ],
  [
    'S20',
    'a refused record that is told and not known',
    () => numbersWith({ answer: (given) => ({ ...given, refused: [{ before: 0, position: 99, error: new Error('bad') }] }) }),
  ],
  ['S16', 'a close that hangs after a failure', () => failing({ close: () => new Promise<void>(() => {}) })],
];

const promises = sourcePromises<number>();

test.each(sabotage)('%s sees %s', async (id, _fault, make) => {
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(make, PATIENCE_MS)).rejects.toThrow();
});

test('every promise has a fault that breaks it', () => {
  expect(promises.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
