import type { Chunk } from '../core/chunk.ts';
import type { Column, Columns } from '../core/columns.ts';
import { SizeMeter, sizeOf } from './size.ts';

/** Values as they are, of which so many are measured. */
const PLAIN_SAMPLE = 16;

/** What typed arrays hold for the rows of these columns; the strings of dictionaries, which several may share, apart. */
function arrayBytes({ length, columns }: Columns): number {
  let bytes = 0;
  for (const column of columns) bytes += bytesOf(column, length);
  return bytes;
}

function bytesOf(column: Column, length: number): number {
  if (column.kind === 'plain') return plainBytes(column.values, length);
  const nulls = column.nulls === undefined ? 0 : length;
  return nulls + length * (column.kind === 'dictionary' ? column.ids : column.values).BYTES_PER_ELEMENT;
}

function plainBytes(values: readonly unknown[], length: number): number {
  const count = Math.min(length, PLAIN_SAMPLE);
  let bytes = 0;
  for (let k = 0; k < count; k++) bytes += 8 + sizeOf(values[Math.floor((k * length) / count)]);
  return count === 0 ? 0 : Math.ceil((bytes * length) / count);
}

/** The strings of dictionaries, counted when they come and never again: a dictionary grows, and its entries stay. */
const counted = new WeakMap<readonly string[], { entries: number; bytes: number }>();

function dictionaryBytes(entries: readonly string[]): number {
  let known = counted.get(entries);
  if (known === undefined) counted.set(entries, (known = { entries: 0, bytes: 0 }));
  for (; known.entries < entries.length; known.entries++) known.bytes += 8 + entries[known.entries]!.length * 2;
  return known.bytes;
}

/**
 * What chunks in a queue hold. Of values one of each chunk is measured and stands for the others; typed arrays are
 * exact, and a dictionary that several chunks share counts once.
 */
export class HeldBytes {
  bytes = 0;
  readonly #meter = new SizeMeter();
  readonly #chunks = new Map<Chunk, number>();
  readonly #dictionaries = new Map<readonly string[], { chunks: number; bytes: number }>();

  add(chunk: Chunk): void {
    const { columns, length } = chunk;
    const own = columns === undefined ? (length === 0 ? 0 : this.#meter.of(chunk.values[0]) * length) : arrayBytes(columns);
    this.#chunks.set(chunk, own);
    this.bytes += own;
    for (const entries of dictionariesOf(columns)) {
      let held = this.#dictionaries.get(entries);
      if (held === undefined) this.#dictionaries.set(entries, (held = { chunks: 0, bytes: 0 }));
      held.chunks++;
      const bytes = dictionaryBytes(entries);
      this.bytes += bytes - held.bytes;
      held.bytes = bytes;
    }
  }

  remove(chunk: Chunk): void {
    const own = this.#chunks.get(chunk);
    if (own === undefined) return;
    this.#chunks.delete(chunk);
    this.bytes -= own;
    for (const entries of dictionariesOf(chunk.columns)) {
      const held = this.#dictionaries.get(entries)!;
      if (--held.chunks > 0) continue;
      this.#dictionaries.delete(entries);
      this.bytes -= held.bytes;
    }
  }

  clear(): void {
    this.bytes = 0;
    this.#chunks.clear();
    this.#dictionaries.clear();
  }
}

function dictionariesOf(columns: Columns | undefined): ReadonlySet<readonly string[]> {
  if (columns === undefined) return NONE;
  const all = new Set<readonly string[]>();
  for (const column of columns.columns) if (column.kind === 'dictionary') all.add(column.entries);
  return all;
}

const NONE: ReadonlySet<readonly string[]> = new Set();
