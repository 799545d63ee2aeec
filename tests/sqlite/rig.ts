import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll } from 'vitest';
import { realWorld } from '../../src/base/real-world.ts';
import { sqliteSink } from '../../src/connectors/sqlite/sink.ts';
import type { SqliteSinkOptions } from '../../src/connectors/sqlite/options.ts';
import type { SinkContext, Writer } from '../../src/core/sink.ts';

export interface Order {
  readonly id: number;
  readonly name: string;
}

export const orders: readonly Order[] = Array.from({ length: 40 }, (_, i) => ({ id: i + 1, name: 'x'.repeat((i * 7) % 50) }));

export const CREATE = 'create table orders (id integer primary key, name text not null check (length(name) < 100))';

const folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** A place where no database is yet. */
export function newPath(): string {
  return join(folder, `${++count}.db`);
}

export function withDatabase<R>(path: string, use: (database: DatabaseSync) => R): R {
  const database = new DatabaseSync(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** As somebody else would see it; in the order of writing, and plain. */
export function rowsOf(path: string, sql = 'select * from orders order by rowid'): Record<string, unknown>[] {
  return withDatabase(path, (database) =>
    database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row })),
  );
}

export interface OpenedSqlite {
  readonly writer: Writer<Order>;
  readonly run: AbortController;
  decided(): Promise<number | undefined>;
}

/** A writer under checkpoints. */
export async function openUnder(
  path: string,
  options: Partial<SqliteSinkOptions<Order>> = {},
  told: Partial<SinkContext> = {},
): Promise<OpenedSqlite> {
  const run = new AbortController();
  const context = {
    world: realWorld(),
    signal: run.signal,
    pipeline: 'shop',
    sink: 'orders',
    index: 0,
    committed: [],
    checkpoints: true,
    ...told,
  };
  const sink = sqliteSink<Order>({ path, table: 'orders', key: 'id', create: CREATE, ...options });
  return { writer: await sink.open(context), run, decided: async () => sink.decided!(context) };
}
