import { realWorld } from '../../base/real-world.ts';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Answer, Position, Reader, Source } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { type Dataset, dataset } from './dataset.ts';

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export async function listOf<T>(set: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of set) list.push(value);
  return list;
}

/** Reads a source to its end, or some records of it. */
export async function read<T>(
  source: Source<T>,
  { limit = 7, resume, most = Number.POSITIVE_INFINITY }: { limit?: number; resume?: string; most?: number } = {},
): Promise<{ values: T[]; positions: Position[]; resume: string }> {
  const context = { world: virtualWorld(), signal: new AbortController().signal };
  const reader: Reader<T> = await source.open(0, resume, context);
  const all: T[] = [];
  const positions: Position[] = [];
  let last = resume;
  for (;;) {
    const answer: Answer<T> = await reader.read(Math.min(limit, most - all.length), context.signal);
    all.push(...(answer.values ?? []));
    positions.push(...(answer.positions as Position[]));
    last = answer.resume as string;
    if (answer.end === true || all.length === most) break;
  }
  await reader.close();
  return { values: all, positions, resume: last! };
}

export const set = (count = 200): Dataset<number> => dataset(numberSource(count));

/** The numbers from 0 on. */
export function numberSource(count: number): Source<number> {
  return {
    kind: 'numbers',
    id: 'numbers',
    replay: true,
    partitions: () => [0],
    open(_partition, from) {
      let next = typeof from === 'number' ? from : 0;
      return {
        read(limit) {
          const first = next;
          next = Math.min(count, first + limit);
          return { values: numbers(next - first).map((i) => first + i), positions: { first }, resume: next, end: next === count };
        },
        close() {},
      };
    },
  };
}

export const arrangements: readonly [name: string, make: (count: number) => Dataset<number>][] = [
  ['as it is', (count) => set(count)],
  ['shuffled', (count) => set(count).shuffle({ seed: 3, buffer: 16 })],
  ['one side', (count) => set(count).split({ train: 0.4 }, { seed: 1 }).train],
  ['in epochs', (count) => set(count).epochs(3)],
  ['all of it', (count) => set(count).split({ train: 0.4 }).rest.shuffle({ buffer: 5 }).epochs(3)],
];

/** Numbers of which every fifth is refused, in answers of uneven lengths. */
export function refusing(count: number): Source<number> {
  return {
    kind: 'refusing',
    id: 'refusing',
    partitions: () => [0],
    open(_partition, from) {
      let next = typeof from === 'number' ? from : 0;
      return {
        read(limit) {
          const answer = {
            values: [] as number[],
            positions: [] as number[],
            refused: [] as { before: number; position: number; error: HeadraceError }[],
          };
          while (next < count && answer.values.length < Math.min(limit, 6)) {
            if (next % 5 === 4) answer.refused.push({ before: answer.values.length, position: next, error: bad(next) });
            else {
              answer.values.push(next);
              answer.positions.push(next);
            }
            next++;
          }
          return { ...answer, resume: next, end: next >= count };
        },
        close() {},
      };
    },
  };
}

function bad(at: number): HeadraceError {
  return new HeadraceError({ code: 'HR_DECODE_FAILED', action: 'deadLetter', what: `${at} is no number`, todo: 'Correct it.' });
}

export async function told(source: Source<number>): Promise<{ values: number[]; refused: Position[] }> {
  const context = { world: virtualWorld(), signal: new AbortController().signal };
  const reader = await source.open(0, undefined, context);
  const all: number[] = [];
  const refused: Position[] = [];
  for (;;) {
    const answer = await reader.read(9, context.signal);
    all.push(...answer.values!);
    refused.push(...(answer.refused ?? []).map(({ position }) => position));
    if (answer.end === true) return { values: all, refused };
  }
}

/** Real time, and a disk in memory. */
export function onDiskOf({ files }: VirtualWorld): World {
  return { ...realWorld(), files, syncFiles: files };
}
