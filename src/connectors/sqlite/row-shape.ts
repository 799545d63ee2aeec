import { type Cell } from './client.ts';
import { optionInvalid, refused } from './errors.ts';
import type { SqliteRow, SqliteSinkOptions, SqliteValue } from './options.ts';
import type { Table } from './table.ts';

/** A value as cells: one a column, or, of a row to be deleted, one a column of the key. */
export interface ShapedRow {
  readonly removes: boolean;
  readonly cells: Cell[];
}

export interface RowShape<T> {
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** `member` is the value's index in its chunk, for the error of one that has no row. */
  shaped(value: T, member: number): ShapedRow;
}

/** How values become rows of a table. Names are compared as JavaScript does, so `Id` is not `id`. */
export function rowShape<T>(id: string, table: Table, options: SqliteSinkOptions<T>): RowShape<T> {
  const { row: rowOf = (value: T) => value as SqliteRow, remove } = options;
  const isOpen = options.columns !== undefined;
  const columns = options.columns ?? table.columns;
  const key = typeof options.key === 'string' ? [options.key] : (options.key ?? []);
  if (columns.length === 0) throw optionInvalid(id, 'no column is written', 'Name at least one in the option columns.');
  for (const column of [...columns, ...key]) {
    if (table.columns.includes(column)) continue;
    throw optionInvalid(id, `the table ${table.name} has no column ${column} that can be written`, `It has ${table.columns.join(', ')}.`);
  }
  for (const column of key) {
    if (!columns.includes(column)) throw optionInvalid(id, `the key ${column} is not among the columns`, 'Add it to the option columns.');
  }
  if (remove !== undefined && key.length === 0)
    throw optionInvalid(id, 'rows are removed by their key, and there is none', 'Name it in the option key.');
  const known = new Set(columns);

  /** Functions of the user may refuse a value too. */
  function called<R>(fn: (value: T) => R, value: T, member: number): R {
    try {
      return fn(value);
    } catch (error) {
      throw refused(id, error instanceof Error ? error.message : String(error), member, error);
    }
  }

  function rowAt(value: T, member: number): SqliteRow {
    const row: unknown = called(rowOf, value, member);
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw refused(id, 'it is not an object of columns', member);
    if (!isOpen) {
      for (const name of Object.keys(row)) {
        if (!known.has(name)) throw refused(id, `the table ${table.name} has no column ${name}`, member);
      }
    }
    return row as SqliteRow;
  }

  return {
    columns,
    key,
    shaped(value, member) {
      const row = rowAt(value, member);
      for (const column of key) {
        if ((row[column] ?? null) === null) throw refused(id, `the key ${column} is empty`, member);
      }
      const removes = remove !== undefined && called(remove, value, member);
      const cells = (removes ? key : columns).map((column) => {
        const cell = cellOf(Object.hasOwn(row, column) ? row[column] : undefined);
        if (cell === undefined) throw refused(id, `${kindOf(row[column])} cannot be kept in column ${column}`, member);
        return cell;
      });
      return { removes, cells };
    },
  };
}

/** Undefined for what SQLite cannot keep. It would take NaN, and keep NULL. */
function cellOf(value: SqliteValue): Cell | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isNaN(value) ? undefined : value;
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? value : undefined;
    case 'undefined':
      return null;
    default:
      return value === null || value instanceof Uint8Array ? value : undefined;
  }
}

function kindOf(value: unknown): string {
  if (typeof value === 'bigint') return 'a whole number of more than 64 bits';
  if (typeof value === 'number') return 'NaN';
  return value instanceof Date ? 'a Date' : `a value of type ${typeof value}`;
}
