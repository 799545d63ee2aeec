import { Chunk, type Control, cut, gather, type Lineage } from '../core/chunk.ts';
import { MixedOrigin, pieceOf } from '../core/mixed-origin.ts';
import { OneTable } from './one-table.ts';

/**
 * Collects values, each with the record it came from, and makes a chunk of them. Where all come from one chunk the
 * answer shares its origin; else it gets a mixed one.
 */
export class ChunkMixer<U> {
  readonly table: OneTable = new OneTable();
  #values: U[] = [];
  #count = 0;
  #chunks: Chunk[] = [];
  #latest: Chunk | undefined;
  readonly #chunkOf: Int32Array;
  readonly #indexOf: Int32Array;
  readonly #keepsKeys: boolean;

  constructor(limit: number, keepsKeys = true) {
    this.#chunkOf = new Int32Array(limit);
    this.#indexOf = new Int32Array(limit);
    this.#keepsKeys = keepsKeys;
  }

  get count(): number {
    return this.#count;
  }

  add(value: U, chunk: Chunk, index: number): void {
    const at = this.#count++;
    // Rows mostly come in runs; a chunk that comes back later is listed twice, which costs a pointer.
    if (chunk !== this.#latest) {
      this.#latest = chunk;
      this.#chunks.push(chunk);
    }
    this.#chunkOf[at] = this.#chunks.length - 1;
    this.#indexOf[at] = index;
    this.#values[at] = value;
  }

  /** Forgets what was added, and makes room for as many as will come at most. */
  clear(room = 0): void {
    this.#values = new Array<U>(room);
    this.#count = 0;
    this.#chunks = [];
    this.#latest = undefined;
  }

  /** The chunk of what was added, which is forgotten here. */
  take(control: Control | undefined): Chunk<U> {
    const values = this.#values;
    values.length = this.#count;
    const [first] = this.#chunks;
    const lineage = this.#chunks.length === 1 ? neighbours(first!, this.#indexOf, values.length) : {};
    const origin = this.#chunks.length === 1 ? first!.origin : this.#mixed(values.length);
    const chunk = new Chunk(values, origin, { ...lineage, ...this.#keys(values.length) }, control);
    this.clear();
    return chunk;
  }

  #mixed(count: number): MixedOrigin {
    return new MixedOrigin(this.#chunks.map(pieceOf), this.#chunkOf.slice(0, count), this.#indexOf.slice(0, count));
  }

  #keys(count: number): Lineage {
    const none = { keys: undefined, keyIds: undefined };
    if (!this.#keepsKeys || this.#chunks[0]?.keys === undefined) return none;
    const keyIds = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      const id = this.table.idAt(this.#chunks[this.#chunkOf[row]!]!, this.#indexOf[row]!);
      // A stream that was merged from one with keys and one without has none.
      if (id < 0) return none;
      keyIds[row] = id;
    }
    return { keys: this.table.table, keyIds };
  }
}

/** The lineage of chosen values of one chunk, sharing memory where they stand next to each other. */
function neighbours(chunk: Chunk, index: Int32Array, count: number): Lineage {
  const from = count === 0 ? 0 : index[0]!;
  for (let k = 1; k < count; k++) if (index[k] !== from + k) return gather(chunk, index, count);
  if (from === 0 || chunk.rows !== undefined) return cut(chunk, from, from + count);
  return gather(chunk, index, count);
}

const scratch: { index: Int32Array } = { index: new Int32Array(0) };

/** Values `from` up to `to` of a chunk, as a chunk: the same one where that is all of it. */
export function slice<T>(chunk: Chunk<T>, from: number, to: number, control: Control | undefined): Chunk<T> {
  if (from === 0 && to === chunk.values.length && control === chunk.control) return chunk;
  return new Chunk(chunk.values.slice(from, to), chunk.origin, sliceLineage(chunk, from, to), control);
}

export function sliceLineage(chunk: Chunk, from: number, to: number): Lineage {
  if (from === 0 || chunk.rows !== undefined) return cut(chunk, from, to);
  const count = to - from;
  if (scratch.index.length < count) scratch.index = new Int32Array(Math.max(1024, count));
  for (let k = 0; k < count; k++) scratch.index[k] = from + k;
  return gather(chunk, scratch.index, count);
}
