import type { Database } from './client.ts';
import type { ShapedRow } from './row-shape.ts';
import { quoted } from './sql.ts';
import type { Table } from './table.ts';

/**
 * Tries rows on a twin of the table, made by the same statement in a private database, so that a row that breaks a
 * rule of its own (NOT NULL, CHECK, the types of a STRICT table) is refused when it comes and not at the commit, where
 * nobody could say any more which record it was. Rules about other rows are left to the commit: what a row meets in the
 * twin depends on how the chunks were cut, and a replay must refuse the same records.
 */
export class Proof {
  readonly #database: Database;
  readonly #try: (row: ShapedRow) => void;

  constructor(database: Database, table: Table, columns: readonly string[]) {
    this.#database = database;
    database.exec(table.sql);
    // DO NOTHING is for conflicts with other rows alone; every other rule still throws.
    const marks = columns.map(() => '?').join(', ');
    const insert = database.prepare(
      `insert into ${quoted(table.name)} (${columns.map(quoted).join(', ')}) values (${marks}) on conflict do nothing`,
    );
    this.#try = (row) => insert.run(...row.cells);
  }

  /** Rows are tried within, and gone behind it. */
  round(rows: () => void): void {
    this.#database.exec('begin');
    try {
      rows();
    } finally {
      if (this.#database.isTransaction) this.#database.exec('rollback');
    }
  }

  /** Throws the error of SQLite. A row to be deleted has nothing to break. */
  try(row: ShapedRow): void {
    if (!row.removes) this.#try(row);
  }

  close(): void {
    this.#database.close();
  }
}
