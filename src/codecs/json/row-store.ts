import type { Column } from '../../core/columns.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import type { Cell } from './cells.ts';

/** Up to when the strings of a column are numbered; beyond it they are plain strings. */
export interface DictionaryBound {
  readonly entries: number;
  readonly bytes: number;
}

/** The rows of one answer while they are gathered, column by column. */
export interface RowStore {
  put(row: number, column: number, cell: Cell): void;
  /** The byte of the file at which a row begins. */
  putAt(row: number, position: number): void;
  /** The first `rows` of them, as copies, and at any time the same again from the first row on. */
  take(rows: number): Column[];
  /** Where each of the first `rows` begins, likewise. */
  takeAts(rows: number): Float64Array;
}

/** In plain TypeScript. */
export function plainStore(specs: readonly ColumnSpec[], capacity: number, bound: DictionaryBound): RowStore {
  const columns = specs.map((spec) => {
    switch (spec.kind) {
      case 'number':
      case 'integer':
      case 'time':
        return new NumberCells(capacity);
      case 'boolean':
        return new BooleanCells(capacity);
      case 'bigint':
        return new BigintCells(capacity);
      case 'string':
        return new StringCells(capacity, spec.oneOf, bound);
    }
  });
  const ats = new Float64Array(capacity);
  return {
    put: (row, column, cell) => columns[column]!.put(row, cell),
    putAt(row, position) {
      ats[row] = position;
    },
    take: (rows) => columns.map((column) => column.take(rows)),
    takeAts: (rows) => ats.slice(0, rows),
  };
}

/** A copy of the marks of a batch, where one of them is set. */
export function nullsOf(nulls: Uint8Array, rows: number): Uint8Array | undefined {
  const first = nulls.indexOf(1);
  return first === -1 || first >= rows ? undefined : nulls.slice(0, rows);
}

class NumberCells {
  readonly #values: Float64Array;
  readonly #nulls: Uint8Array;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#nulls = new Uint8Array(capacity);
  }

  put(row: number, cell: Cell): void {
    this.#values[row] = cell === null ? 0 : (cell as number);
    this.#nulls[row] = cell === null ? 1 : 0;
  }

  take(rows: number): Column {
    return { kind: 'number', values: this.#values.slice(0, rows), nulls: nullsOf(this.#nulls, rows) };
  }
}

class BooleanCells {
  readonly #values: Uint8Array;
  readonly #nulls: Uint8Array;

  constructor(capacity: number) {
    this.#values = new Uint8Array(capacity);
    this.#nulls = new Uint8Array(capacity);
  }

  put(row: number, cell: Cell): void {
    this.#values[row] = cell === true ? 1 : 0;
    this.#nulls[row] = cell === null ? 1 : 0;
  }

  take(rows: number): Column {
    return { kind: 'boolean', values: this.#values.slice(0, rows), nulls: nullsOf(this.#nulls, rows) };
  }
}

class BigintCells {
  readonly #values: BigInt64Array;
  readonly #nulls: Uint8Array;

  constructor(capacity: number) {
    this.#values = new BigInt64Array(capacity);
    this.#nulls = new Uint8Array(capacity);
  }

  put(row: number, cell: Cell): void {
    this.#values[row] = cell === null ? 0n : (cell as bigint);
    this.#nulls[row] = cell === null ? 1 : 0;
  }

  take(rows: number): Column {
    return { kind: 'bigint', values: this.#values.slice(0, rows), nulls: nullsOf(this.#nulls, rows) };
  }
}

/**
 * Invariant: an id that was answered names the same entry for ever: the dictionary only grows, and once it is over its
 * bound no answer uses it any more.
 */
class StringCells {
  readonly #ids: Int32Array;
  readonly #nulls: Uint8Array;
  readonly #plain: (string | null)[] = [];
  readonly #bound: DictionaryBound;
  #dictionary: Map<string, number> | undefined = new Map();
  readonly #entries: string[] = [];
  #bytes = 0;

  constructor(capacity: number, oneOf: readonly string[] | undefined, bound: DictionaryBound) {
    this.#ids = new Int32Array(capacity);
    this.#nulls = new Uint8Array(capacity);
    this.#bound = bound;
    for (const entry of new Set(oneOf)) this.#add(entry);
  }

  put(row: number, cell: Cell): void {
    this.#nulls[row] = cell === null ? 1 : 0;
    if (this.#dictionary === undefined) this.#plain[row] = cell as string | null;
    else if (cell === null) this.#ids[row] = 0;
    else this.#number(row, cell as string, this.#dictionary);
  }

  #number(row: number, text: string, dictionary: Map<string, number>): void {
    const known = dictionary.get(text);
    const isFull = this.#entries.length >= this.#bound.entries || this.#bytes + text.length > this.#bound.bytes;
    if (known !== undefined) this.#ids[row] = known;
    else if (isFull) {
      this.#dictionary = undefined;
      for (let i = 0; i < row; i++) this.#plain[i] = this.#nulls[i] === 1 ? null : this.#entries[this.#ids[i]!]!;
      this.#plain[row] = text;
    } else this.#ids[row] = this.#add(text);
  }

  #add(text: string): number {
    const id = this.#entries.push(text) - 1;
    this.#dictionary?.set(text, id);
    this.#bytes += text.length;
    return id;
  }

  take(rows: number): Column {
    return this.#dictionary === undefined
      ? { kind: 'plain', values: this.#plain.slice(0, rows) }
      : { kind: 'dictionary', ids: this.#ids.slice(0, rows), entries: this.#entries, nulls: nullsOf(this.#nulls, rows) };
  }
}
