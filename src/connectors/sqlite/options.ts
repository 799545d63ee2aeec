import type { Bytes, Duration } from '../../core/units.ts';

/** What a column can hold. Booleans are kept as 1 and 0, `undefined` as NULL. */
export type SqliteValue = string | number | bigint | boolean | Uint8Array | null | undefined;

/** Column by column. */
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/** What a row can be found again by. */
export type SqliteCursor = string | number | bigint;

interface SqliteOptions {
  /** The file of the database, counted from the folder the program was started in. */
  readonly path: string;
  /** How long to wait while another connection holds the database; '5s' by default. The pipeline goes on meanwhile. */
  readonly busyTimeout?: Duration;
}

interface CursorOptions extends SqliteOptions {
  /** The column that tells rows apart and only ever rises, most often the primary key. */
  readonly cursor: string;
  /** Whether to wait for new rows at the end; false by default: the source ends. */
  readonly follow?: boolean;
  /** How often to ask for new rows at the end; '1s' by default. */
  readonly every?: Duration;
  /** Whether whole numbers come as bigint; false by default, which refuses those beyond 2^53. */
  readonly bigint?: boolean;
}

interface TableOptions extends CursorOptions {
  readonly table: string;
  /** The columns to read; all by default. The cursor must be one of them. */
  readonly columns?: readonly string[];
  readonly query?: never;
}

interface QueryOptions extends CursorOptions {
  /** A select with the parameters `:after` and `:limit`, ordered by the cursor. */
  readonly query: string;
  readonly table?: never;
  readonly columns?: never;
}

export type SqliteSourceOptions = TableOptions | QueryOptions;

export interface SqliteSinkOptions<T> extends SqliteOptions {
  readonly table: string;
  /** Makes a row of a value; by default the value is the row. */
  readonly row?: (value: T) => SqliteRow;
  /** The columns that tell rows apart, under a primary key or a unique index: a row that is there is overwritten. */
  readonly key?: string | readonly string[];
  /** The columns that are written; all of the table by default, and then a row may have no others. */
  readonly columns?: readonly string[];
  /** True for a value whose row is to be deleted. Of that row only the key counts. */
  readonly remove?: (value: T) => boolean;
  /** The `create table` that is run when the table is not there. */
  readonly create?: string;
  /** Turns the database to a write-ahead log, which lets others read while we write; by default it stays as it is. */
  readonly wal?: boolean;
  /** How much may wait on the disk for the commits of checkpoints; '1GiB' by default. */
  readonly staged?: Bytes;
}
