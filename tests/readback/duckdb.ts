import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Cell, doubleBytes } from './rows.ts';

/** What we use of DuckDB's client. */
interface DuckDB {
  readonly DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection> }> };
}

export interface Connection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRows(): readonly (readonly unknown[])[] }>;
}

const client = join(import.meta.dirname, '../../bench/peers/node_modules/@duckdb/node-api/lib/index.js');

export const hasDuckdb = (): boolean => existsSync(client);

export async function connect(): Promise<Connection> {
  const { DuckDBInstance } = (await import(pathToFileURL(client).href)) as DuckDB;
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}

const AS_TEXT = 'id::VARCHAR, big::VARCHAR, name, land, price, open::VARCHAR, (epoch_us("at")::HUGEINT * 1000)::VARCHAR';

/** The columns of all readback files as cells, of a table or a function that reads a file. */
export async function cellsIn(connection: Connection, table: string): Promise<Cell[][]> {
  const rows = (await connection.runAndReadAll(`SELECT ${AS_TEXT} FROM ${table}`)).getRows();
  return rows.map((row) => row.map((cell) => (typeof cell === 'number' ? doubleBytes(cell) : (cell as Cell))));
}
