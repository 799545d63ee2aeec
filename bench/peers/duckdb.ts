import type { Answer } from '../kit/question.ts';

/** What we use of DuckDB's client. */
interface DuckDB {
  readonly DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<{ connect(): Promise<Connection> }>;
  };
}

interface Connection {
  runAndReadAll(sql: string): Promise<{
    getRowObjectsJson(): readonly Readonly<Record<string, unknown>>[];
    getRowObjectsJS(): readonly Readonly<Record<string, unknown>>[];
  }>;
}

// A name in a variable, or the compiler would look for the package.
const name: string = '@duckdb/node-api';
let connection: Promise<Connection> | undefined;

/** One row of numbers, on one thread. */
export async function ask(sql: string): Promise<Answer> {
  connection ??= connect();
  const [row] = (await (await connection).runAndReadAll(sql)).getRowObjectsJson();
  return Object.fromEntries(Object.entries(row!).map(([column, value]) => [column, Number(value)]));
}

/** All rows of an answer, as objects with values of JavaScript. */
export async function rowsOf(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  connection ??= connect();
  return (await (await connection).runAndReadAll(sql)).getRowObjectsJS();
}

/** Writes what a query gives as a Parquet file. */
export async function write(query: string, path: string): Promise<void> {
  connection ??= connect();
  await (await connection).runAndReadAll(`COPY (${query}) TO '${path}' (FORMAT parquet)`);
}

async function connect(): Promise<Connection> {
  const { DuckDBInstance } = (await import(name)) as DuckDB;
  return await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
}

const numbers = ['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8', 'f9'].map((column) => `${column}: 'DOUBLE'`).join(', ');
/** The types, given: guessing them would cost it more. */
export const TYPES: string = `{id: 'BIGINT', 'at': 'BIGINT', 'user': 'VARCHAR', country: 'VARCHAR', amount: 'DOUBLE', ${numbers}, category: 'VARCHAR', active: 'BOOLEAN', note: 'VARCHAR'}`;

const THREE = "count(*) AS rows, sum(amount) AS amount, count(*) FILTER (f0 > 0.5) AS many, count(*) FILTER (country = 'CH') AS swiss";
const FOUR = `${THREE}, sum(("at" // 3600000) % 24) AS hours`;

export function threeOf(table: string): string {
  return `SELECT ${THREE} FROM ${table}`;
}

export function fourOf(table: string): string {
  return `SELECT ${FOUR} FROM ${table}`;
}

export function allOf(table: string): string {
  const sums = ['id', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8', 'f9'].map((column) => `sum(${column})`).join(' + ');
  const letters = 'sum(length("user")) + sum(length(category)) + sum(length(note)) AS letters';
  return `SELECT ${FOUR}, ${sums} AS numbers, ${letters}, count(*) FILTER (active) AS active FROM ${table}`;
}
