import type { Column } from '../../core/columns.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import type { TextsColumn } from '../texts-column.ts';
import type { PlaceValue } from './place-value.ts';

/** A column while its rows are read one by one. */
export interface Draft {
  set(row: number, value: PlaceValue): void;
  /** Only these rows, in order; all of the first `count` where there is no list. */
  column(count: number, rows?: Int32Array): Column;
}

/** Numbers strings; -1 where it is full. */
export interface StringIds {
  idOf(text: string): number;
  readonly entries: readonly string[];
}

/** Numbers, whole numbers and times. */
export class NumberDraft implements Draft {
  readonly #values: Float64Array;
  readonly #nulls: NullMarks;

  constructor(values: Float64Array, nulls?: Uint8Array) {
    this.#values = values;
    this.#nulls = new NullMarks(values.length, nulls);
  }

  set(row: number, value: PlaceValue): void {
    this.#values[row] = this.#nulls.set(row, value) ? 0 : (value as number);
  }

  column(count: number, rows?: Int32Array): Column {
    return { kind: 'number', values: chosen(this.#values, count, rows), nulls: this.#nulls.of(count, rows) };
  }
}

export class BigintDraft implements Draft {
  readonly #values: BigInt64Array;
  readonly #nulls: NullMarks;

  constructor(values: BigInt64Array, nulls?: Uint8Array) {
    this.#values = values;
    this.#nulls = new NullMarks(values.length, nulls);
  }

  set(row: number, value: PlaceValue): void {
    this.#values[row] = this.#nulls.set(row, value) ? 0n : (value as bigint);
  }

  column(count: number, rows?: Int32Array): Column {
    return {
      kind: 'bigint',
      values: rows === undefined ? cut(this.#values, count) : BigInt64Array.from(rows, (row) => this.#values[row]!),
      nulls: this.#nulls.of(count, rows),
    };
  }
}

export class BooleanDraft implements Draft {
  readonly #values: Uint8Array;
  readonly #nulls: NullMarks;

  constructor(values: Uint8Array, nulls?: Uint8Array) {
    this.#values = values;
    this.#nulls = new NullMarks(values.length, nulls);
  }

  set(row: number, value: PlaceValue): void {
    this.#values[row] = this.#nulls.set(row, value) || value === false ? 0 : 1;
  }

  column(count: number, rows?: Int32Array): Column {
    return { kind: 'boolean', values: chosen(this.#values, count, rows), nulls: this.#nulls.of(count, rows) };
  }
}

/** Strings by their numbers, until there are too many of them: then all of these rows are plain strings. */
export class StringDraft implements Draft {
  readonly #ids: Int32Array;
  readonly #nulls: NullMarks;
  readonly #numbered: StringIds;
  #plain: (string | null)[] | undefined;

  constructor(ids: Int32Array, numbered: StringIds, nulls?: Uint8Array) {
    this.#ids = ids;
    this.#numbered = numbered;
    this.#nulls = new NullMarks(ids.length, nulls);
  }

  set(row: number, value: PlaceValue): void {
    if (this.#plain === undefined) {
      if (this.#nulls.set(row, value)) return;
      const id = this.#numbered.idOf(value as string);
      this.#ids[row] = id;
      if (id >= 0) return;
      this.#plain = this.#spelledOut();
    }
    this.#plain[row] = value as string | null;
  }

  #spelledOut(): (string | null)[] {
    const { entries } = this.#numbered;
    return Array.from(this.#ids, (id, row) => (this.#nulls.has(row) ? null : (entries[id] ?? null)));
  }

  column(count: number, rows?: Int32Array): Column {
    if (this.#plain !== undefined) return plainColumn(this.#plain, count, rows);
    return { kind: 'dictionary', ids: chosen(this.#ids, count, rows), entries: this.#numbered.entries, nulls: this.#nulls.of(count, rows) };
  }
}

class PlainDraft implements Draft {
  readonly #values: (string | null)[];

  constructor(values: (string | null)[]) {
    this.#values = values;
  }

  set(row: number, value: PlaceValue): void {
    this.#values[row] = value as string | null;
  }

  column(count: number, rows?: Int32Array): Column {
    return plainColumn(this.#values, count, rows);
  }
}

/** Strings that nobody has made yet; they are where a row of them is another one or is left out. */
export class TextsDraft implements Draft {
  readonly #texts: TextsColumn;
  #values: (string | null)[] | undefined;

  constructor(texts: TextsColumn) {
    this.#texts = texts;
  }

  set(row: number, value: PlaceValue): void {
    (this.#values ??= [...this.#texts.values])[row] = value as string | null;
  }

  column(count: number, rows?: Int32Array): Column {
    if (this.#values === undefined && rows === undefined) return this.#texts;
    return plainColumn(this.#values ?? [...this.#texts.values], count, rows);
  }
}

function plainColumn(values: (string | null)[], count: number, rows: Int32Array | undefined): Column {
  if (rows !== undefined) return { kind: 'plain', values: Array.from(rows, (row) => values[row]!) };
  return { kind: 'plain', values: values.length === count ? values : values.slice(0, count) };
}

/** Which rows have nothing; there is no array until one has. */
class NullMarks {
  readonly #length: number;
  #marks: Uint8Array | undefined;

  constructor(length: number, marks: Uint8Array | undefined) {
    this.#length = length;
    this.#marks = marks;
  }

  has(row: number): boolean {
    return this.#marks?.[row] === 1;
  }

  /** Whether there is nothing. */
  set(row: number, value: PlaceValue): boolean {
    if (value === null) (this.#marks ??= new Uint8Array(this.#length))[row] = 1;
    else if (this.#marks !== undefined) this.#marks[row] = 0;
    return value === null;
  }

  of(count: number, rows: Int32Array | undefined): Uint8Array | undefined {
    const marks = this.#marks;
    return marks === undefined ? undefined : chosen(marks, count, rows);
  }
}

function chosen<A extends Float64Array | Int32Array | Uint8Array>(values: A, count: number, rows: Int32Array | undefined): A {
  if (rows === undefined) return cut(values, count);
  const out = new (values.constructor as new (length: number) => A)(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!;
  return out;
}

/** A copy, where it would otherwise keep more than it shows. */
function cut<A extends Float64Array | BigInt64Array | Int32Array | Uint8Array>(values: A, count: number): A {
  return values.length === count ? values : (values.slice(0, count) as A);
}

/** An empty one for so many rows. */
export function emptyDraft(spec: ColumnSpec, rows: number, numbered: StringIds | undefined): Draft {
  switch (spec.kind) {
    case 'number':
    case 'integer':
    case 'time':
      return new NumberDraft(new Float64Array(rows));
    case 'bigint':
      return new BigintDraft(new BigInt64Array(rows));
    case 'boolean':
      return new BooleanDraft(new Uint8Array(rows));
    case 'string':
      return numbered === undefined
        ? new PlainDraft(new Array<string | null>(rows).fill(null))
        : new StringDraft(new Int32Array(rows), numbered);
  }
}
