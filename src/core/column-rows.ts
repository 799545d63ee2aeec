import { type Columns, entryAt } from './columns.ts';
import { isThenable } from './failure.ts';

/** Makes rows of columns: plain objects with members in the order of the names. */
export interface RowMaker {
  /** All of them. */
  rows(columns: Columns): unknown[];
  /** One at a time, a fresh object at each call. */
  reader(columns: Columns): (row: number) => unknown;
  /** Shows them to `look`, from row `from` on, until it answers a promise: where it did. */
  visit(columns: Columns, look: (row: never) => unknown, from: number): Halt | undefined;
}

/** Whoever was shown a row wants time for it. */
export interface Halt {
  readonly wait: PromiseLike<unknown>;
  /** The row that comes next. */
  readonly next: number;
}

/** Obvious lines, for where nothing else is at hand; the runtime has generated ones that take a fraction of the time. */
export const plainRows: RowMaker = {
  rows(columns) {
    const row = plainRows.reader(columns);
    return Array.from({ length: columns.length }, (_, at) => row(at));
  },
  reader({ names, columns }) {
    return (row) => {
      const made: Record<string, unknown> = {};
      for (let at = 0; at < names.length; at++) put(made, names[at]!, entryAt(columns[at]!, row));
      return made;
    };
  },
  visit(columns, look, from) {
    const row = plainRows.reader(columns);
    for (let at = from; at < columns.length; at++) {
      const said = look(row(at) as never);
      if (isThenable(said)) return { wait: said, next: at + 1 };
    }
    return undefined;
  },
};

/** The same of rows. */
export function visitRows(rows: readonly unknown[], look: (row: never) => unknown, from: number): Halt | undefined {
  for (let at = from; at < rows.length; at++) {
    const said = look(rows[at] as never);
    if (isThenable(said)) return { wait: said, next: at + 1 };
  }
  return undefined;
}

/** Assigning to `__proto__` would change what the row is, and not what it holds. */
function put(row: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
  else row[name] = value;
}

/** The values of a chunk while they lie in columns: rows come of them when somebody first asks, once for all who share them. */
export class ColumnRows {
  readonly columns: Columns;
  readonly #maker: RowMaker;
  #rows: unknown[] | undefined;

  constructor(columns: Columns, maker: RowMaker = plainRows) {
    this.columns = columns;
    this.#maker = maker;
  }

  get rows(): unknown[] {
    return (this.#rows ??= this.#maker.rows(this.columns));
  }

  /** False while nobody has asked for rows. */
  get areMade(): boolean {
    return this.#rows !== undefined;
  }

  /** Rows nobody else will see, one at a time. */
  reader(): (row: number) => unknown {
    return this.#maker.reader(this.columns);
  }

  /**
   * Shows each row to `look`, from row `from` on, until it answers a promise. A row that nobody has asked for before and
   * that `look` does not keep is never made.
   */
  visit(look: (row: never) => unknown, from: number): Halt | undefined {
    return this.#rows === undefined ? this.#maker.visit(this.columns, look, from) : visitRows(this.#rows, look, from);
  }

  /** The same maker, other columns. */
  of(columns: Columns): ColumnRows {
    return new ColumnRows(columns, this.#maker);
  }
}
