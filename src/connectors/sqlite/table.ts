import type { Database } from './client.ts';
import { schema } from './errors.ts';

export interface Table {
  /** As the database spells it. */
  readonly name: string;
  /** Those that can be written. */
  readonly columns: readonly string[];
  /** The statement that made it. */
  readonly sql: string;
}

/** Looks a table up, and makes it first where it is missing and the options say how. */
export function lookUp(database: Database, id: string, name: string, create: string | undefined): Table {
  const found = find(database, name) ?? (create === undefined ? undefined : made(database, name, create));
  if (found === undefined) {
    throw schema(id, `there is no table ${name}`, 'Check the name, or give the option create, which makes the table where it is missing.');
  }
  if (found.type !== 'table') throw schema(id, `${name} is a ${found.type}`, 'Name the table itself.');
  const columns = database.prepare('select name from pragma_table_xinfo(?) where hidden = 0 order by cid').all(found.name);
  return { name: found.name, sql: found.sql, columns: (columns as { readonly name: string }[]).map((column) => column.name) };
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly sql: string;
}

function find(database: Database, name: string): Entry | undefined {
  const sql = "select name, type, sql from main.sqlite_schema where type in ('table', 'view') and name = ? collate nocase";
  return database.prepare(sql).get(name) as Entry | undefined;
}

function made(database: Database, name: string, create: string): Entry | undefined {
  database.exec(create);
  return find(database, name);
}
