import { type Columns, entryAt } from './columns.ts';

/** Makes rows of columns: plain objects with members in the order of the names. */
export interface RowMaker {
  /** All of them. */
  rows(columns: Columns): unknown[];
  /** One at a time, a fresh object at each call. */
  reader(columns: Columns): (row: number) => unknown;
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
};

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

  /** The same maker, other columns. */
  of(columns: Columns): ColumnRows {
    return new ColumnRows(columns, this.#maker);
  }
}
