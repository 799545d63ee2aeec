/**
 * What a read delivers column by column: typed arrays, and strings as numbers of a dictionary. Rows are made of it where
 * somebody wants rows. Whoever receives columns may read them for ever; nobody writes to them.
 */
export interface Columns {
  readonly length: number;
  /** The names of a row's members, in the order of a row. */
  readonly names: readonly string[];
  /** One a name, each of at least `length` entries. */
  readonly columns: readonly Column[];
}

export type Column = NumberColumn | BigintColumn | BooleanColumn | DictionaryColumn | PlainColumn;

/** What an empty place is in a row: null. */
interface Nullable {
  /** 1 where a row has nothing, whatever the other array says there. Absent: every row has something. */
  readonly nulls?: Uint8Array | undefined;
}

export interface NumberColumn extends Nullable {
  readonly kind: 'number';
  readonly values: NumberArray;
}

export type NumberArray = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array;

export interface BigintColumn extends Nullable {
  readonly kind: 'bigint';
  readonly values: BigInt64Array | BigUint64Array;
}

/** 1 is true. */
export interface BooleanColumn extends Nullable {
  readonly kind: 'boolean';
  readonly values: Uint8Array;
}

/**
 * Strings that repeat. `entries` may be shared by many reads and grow behind their backs, but an entry never changes:
 * a dictionary that is full is left to those who hold it, and a new one begun.
 */
export interface DictionaryColumn extends Nullable {
  readonly kind: 'dictionary';
  readonly ids: Int32Array;
  readonly entries: readonly string[];
}

/** Values as they are: strings too many to number, dates, lists. */
export interface PlainColumn {
  readonly kind: 'plain';
  readonly values: readonly unknown[];
}

/** One place of a column. */
export function entryAt(column: Column, row: number): unknown {
  if (column.kind === 'plain') return column.values[row];
  if (column.nulls?.[row] === 1) return null;
  switch (column.kind) {
    case 'number':
    case 'bigint':
      return column.values[row];
    case 'boolean':
      return column.values[row] === 1;
    case 'dictionary':
      return column.entries[column.ids[row]!];
  }
}

/** Neighbouring rows, in the same memory. */
export function cutColumns({ names, columns }: Columns, from: number, to: number): Columns {
  return { length: to - from, names, columns: columns.map((column) => cutColumn(column, from, to)) };
}

function cutColumn(column: Column, from: number, to: number): Column {
  if (column.kind === 'plain') return { kind: 'plain', values: column.values.slice(from, to) };
  const nulls = column.nulls?.subarray(from, to);
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: column.values.subarray(from, to), nulls };
    case 'bigint':
      return { kind: 'bigint', values: column.values.subarray(from, to), nulls };
    case 'boolean':
      return { kind: 'boolean', values: column.values.subarray(from, to), nulls };
    case 'dictionary':
      return { kind: 'dictionary', ids: column.ids.subarray(from, to), entries: column.entries, nulls };
  }
}
