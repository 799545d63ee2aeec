import { HeadraceError } from '../../core/error.ts';
import { plainRows } from '../../core/column-rows.ts';
import type { FileFormat } from '../../core/format.ts';
import type { Answer, Position, RefusedRecord, Resume, Source } from '../../core/source.ts';
import { positionAt, countOf } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { virtualWorld, type VirtualWorld } from '../../base/virtual-world.ts';
import { put } from './files-rig.ts';

/** A record of the format below, and which one it was of its file. */
export interface Part {
  readonly n: number;
  readonly word: string;
}

/**
 * A format for tests: words that end with a semicolon, where one may stand in quotes, counted from 0. `!` is a bad one. It reads block by
 * block and needs the number where it goes on.
 */
export function parts(form: 'values' | 'columns', copies = false): FileFormat<Part> {
  return {
    kind: 'parts',
    blocks: {
      ...(copies ? { copies } : {}),
      open({ where, recordBytes, from }) {
        const state = from === undefined ? 0 : Number(from.state);
        return new PartsReader(form, where, recordBytes, from?.byte ?? 0, state);
      },
    },
  };
}

class PartsReader {
  #left = Buffer.alloc(0);
  #isOver = false;
  #at: number;
  #n: number;
  readonly #form: 'values' | 'columns';
  readonly #where: string;
  readonly #recordBytes: number;

  constructor(form: 'values' | 'columns', where: string, recordBytes: number, at: number, n: number) {
    this.#form = form;
    this.#where = where;
    this.#recordBytes = recordBytes;
    this.#at = at;
    this.#n = n;
  }

  feed(bytes: Uint8Array): void {
    this.#left = Buffer.concat([this.#left, bytes]);
  }

  end(): void {
    this.#isOver = true;
  }

  next(limit: number): ReturnType<ReturnType<NonNullable<FileFormat<Part>['blocks']>['open']>['next']> {
    const found: Part[] = [];
    const at: number[] = [];
    const refused: RefusedRecord[] = [];
    while (found.length + refused.length < limit) {
      const end = this.#end();
      if (end === undefined) break;
      const bytes = this.#left.subarray(0, end);
      const word = bytes.toString().replace(/^\ufeff/, '');
      if (word === '!' || bytes.length > this.#recordBytes) {
        const where = `${this.#where}, part ${this.#n}, byte ${this.#at}`;
        const error = new HeadraceError({ code: 'HR_DECODE_INVALID', action: 'deadLetter', where, what: 'a bad part', todo: 'It is bad.' });
        refused.push({ before: found.length, position: this.#at, error, bytes: new Uint8Array(bytes) });
      } else {
        found.push({ n: this.#n, word });
        at.push(this.#at);
      }
      this.#n++;
      const length = Math.min(this.#left.length, end + 1);
      this.#at += length;
      this.#left = this.#left.subarray(length);
    }
    if (found.length + refused.length === 0) return undefined;
    const meta = {
      at: Float64Array.from(at),
      refused: refused.length === 0 ? undefined : refused,
      mark: { byte: this.#at, state: String(this.#n) },
    };
    if (this.#form === 'values') return { values: found, ...meta };
    const columns = [
      { kind: 'number', values: Float64Array.from(found, ({ n }) => n) } as const,
      { kind: 'plain', values: found.map(({ word }) => word) } as const,
    ];
    return { columns: { length: found.length, names: ['n', 'word'], columns }, ...meta };
  }

  /** Where the next part ends. */
  #end(): number | undefined {
    let isQuoted = false;
    for (let i = 0; i < this.#left.length; i++) {
      if (this.#left[i] === 0x22) isQuoted = !isQuoted;
      if (this.#left[i] === 0x3b && !isQuoted) return i;
    }
    return this.#isOver && this.#left.length > 0 ? this.#left.length : undefined;
  }
}

/** A format of pages for tests: 4 bytes a row, and how many rows there are at the end. */
export const fours: FileFormat<string> = {
  kind: 'fours',
  pages: {
    async open(file, { fromRow }) {
      const foot = await file.read(file.bytes - 2, 2);
      const rows = foot[0]! * 256 + foot[1]!;
      let row = fromRow;
      return {
        async read(limit) {
          const count = Math.min(limit, rows - row, 5);
          const bytes = Buffer.from(await file.read(row * 4, count * 4));
          const values = Array.from({ length: count }, (_, i) => bytes.subarray(i * 4, i * 4 + 4).toString());
          const first = row;
          row += count;
          return { values, rows: { first }, nextRow: row, end: row >= rows };
        },
        close() {},
      };
    },
  },
};

export function foursFile(rows: number): Uint8Array {
  const words = Array.from({ length: rows }, (_, i) => String(i).padStart(4, '0')).join('');
  return Buffer.concat([Buffer.from(words), Uint8Array.of(rows >> 8, rows & 255)]);
}

/** Everything a read told, in order. */
export interface Told {
  readonly said: string[];
  readonly positions: Position[];
  readonly resumes: Resume[];
}

export interface Reading {
  readonly world: World;
  readonly resume?: Resume | undefined;
  readonly limit?: number;
  readonly partition?: number;
  /** How many records are wanted; all there are, unless told. */
  readonly want?: number;
}

/** Reads a source to its end, or as many records as are wanted. What was refused is told as `code where`. */
export async function tellAll(
  source: Source<unknown>,
  { world, resume, limit = 3, partition = 0, want = Number.POSITIVE_INFINITY }: Reading,
): Promise<Told> {
  const { signal } = new AbortController();
  const reader = await source.open(partition, resume, { world, signal });
  const told: Told = { said: [], positions: [], resumes: [] };
  try {
    for (let hasEnded = false; !hasEnded && told.said.length < want; ) {
      const answer = await reader.read(Math.min(limit, want - told.said.length), signal);
      tell(source, answer, told);
      hasEnded = answer.end === true;
    }
  } finally {
    await reader.close();
  }
  return told;
}

export function tell(source: Source<unknown>, answer: Answer<unknown>, { said, positions, resumes }: Told): void {
  const values = answer.values ?? answer.bodies?.map((body) => source.codec!.decode(body)) ?? plainRows.rows(answer.columns!);
  let next = 0;
  for (let i = 0; i <= countOf(answer); i++) {
    for (; answer.refused?.[next]?.before === i; next++) {
      const { error, position } = answer.refused[next]!;
      said.push(`${error.code} ${error.where}`);
      positions.push(position);
      resumes.push(answer.resume);
    }
    if (i === countOf(answer)) break;
    said.push(typeof values[i] === 'string' ? (values[i] as string) : JSON.stringify(values[i]));
    positions.push(positionAt(answer.positions, i)!);
    resumes.push(answer.resume);
  }
}

/** A disk with these files, each a second newer than the one before. */
export async function folder(files: Readonly<Record<string, string | Uint8Array>>): Promise<VirtualWorld> {
  const world = virtualWorld();
  for (const [path, content] of Object.entries(files)) {
    await world.files.makeFolder(path.slice(0, path.lastIndexOf('/')));
    await put(world, content, path);
    await world.advance(1000);
  }
  return world;
}
