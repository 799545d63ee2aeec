import type { Database } from './client.ts';
import type { RowShape, ShapedRow } from './row-shape.ts';
import { deleteSql, insertSql } from './sql.ts';
import type { Table } from './table.ts';

/** Puts a row into the table, or takes it out. Throws the error of SQLite. */
export function rowWriter(
  database: Database,
  { name }: Table,
  { columns, key }: Pick<RowShape<never>, 'columns' | 'key'>,
): (row: ShapedRow) => void {
  const insert = database.prepare(insertSql({ table: name, columns, key }));
  const remove = key.length === 0 ? undefined : database.prepare(deleteSql({ table: name, columns, key }));
  return ({ removes, cells }) => {
    if (!removes) insert.run(...cells);
    else remove!.run(...(cells.length === key.length ? cells : cells.slice(0, key.length)));
  };
}

/** Ends a transaction that SQLite has not ended by itself. */
export function rollBack(database: Database): void {
  if (database.isTransaction) database.exec('rollback');
}
