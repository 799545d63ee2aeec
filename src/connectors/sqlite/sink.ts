import type { Sink, SinkContext, Writer } from '../../core/sink.ts';
import { byteCount, milliseconds } from '../../core/units.ts';
import { ArbiterWriter, checkpointOf } from './arbiter-writer.ts';
import { connect, type Database, isThere, privateDatabases } from './client.ts';
import { CommitsTable } from './commits-table.ts';
import { directWriter } from './direct-writer.ts';
import { explain, lost, missing, optionInvalid, schema, writers } from './errors.ts';
import type { SqliteSinkOptions } from './options.ts';
import { type Patience, patiently } from './patience.ts';
import { Proof } from './proof.ts';
import { rowShape } from './row-shape.ts';
import { rollBack, rowWriter } from './row-writer.ts';
import { lookUp } from './table.ts';

/**
 * Writes rows to a table; with a `key` a row that is there is overwritten. Under checkpoints all rows of a checkpoint
 * and its number come into the database in one transaction, and a restart goes on from the number it finds there: each
 * record has its effect once. Without checkpoints each chunk is a transaction, at least once.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { DatabaseSync } from 'node:sqlite';
 * import { tmpdir } from 'node:os';
 * import { sqliteSink } from 'headrace/connectors/sqlite';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/stock-`)}/stock.db`;
 * const stock = sqliteSink<{ item: string; count: number }>({
 *   path, table: 'stock', key: 'item', create: 'create table stock (item text primary key, count integer not null)',
 * });
 * await run(pipeline('stock').from(values([{ item: 'nut', count: 3 }, { item: 'bolt', count: 5 }, { item: 'nut', count: 2 }])).to(stock));
 * for (const { item, count } of new DatabaseSync(path).prepare('select * from stock order by item').all()) console.log(item, count);
 * // bolt 5
 * // nut 2
 * ```
 */
export function sqliteSink<T = Record<string, unknown>>(options: SqliteSinkOptions<T>): Sink<T> {
  const { path, table } = options;
  const id = `sqlite:${path}#${table}`;
  const busyMs = milliseconds(options.busyTimeout ?? '5s', 'option busyTimeout');
  const stagedBytes = byteCount(options.staged ?? '1GiB', 'option staged');
  if (stagedBytes === 0) throw optionInvalid(id, 'rows need some room to wait in', "Give one above zero, like staged: '1GiB'.");
  return {
    kind: 'sqlite',
    id,
    delivery: 'arbiter',
    async decided({ world, signal, pipeline, sink }) {
      if (path === ':memory:' || !(await there(path, id))) return undefined;
      // For writing, since a killed commit may have to be taken back before anything can be read.
      const database = await opened(path, id);
      try {
        const commits = new CommitsTable(database, { pipeline, sink });
        return (await patiently({ id, world, signal, busyMs }, () => commits.read()))?.checkpoint;
      } finally {
        database.close();
      }
    },
    async open(context) {
      if (context.index > 0) throw writers(id);
      if (options.create === undefined && path !== ':memory:' && !(await there(path, id))) throw missing(id, path);
      const database = await opened(path, id);
      try {
        return await openWriter(options, database, context, { id, world: context.world, signal: context.signal, busyMs }, stagedBytes);
      } catch (error) {
        database.close();
        throw explain(error, id);
      }
    },
  };
}

async function openWriter<T>(
  options: SqliteSinkOptions<T>,
  database: Database,
  context: SinkContext,
  patience: Patience,
  stagedBytes: number,
): Promise<Writer<T>> {
  const { id } = patience;
  // EXTRA is FULL, and the folder is synced too when a rollback journal is removed: without it a power cut right after
  // a commit could bring the journal back, and with it the state before (https://www.sqlite.org/pragma.html#pragma_synchronous).
  database.exec('pragma synchronous = extra');
  if (options.wal === true) await patiently(patience, () => database.exec('pragma journal_mode = wal'));
  const table = await patiently(patience, () => lookUp(database, id, options.table, options.create));
  const shape = rowShape(id, table, options);
  const put = await patiently(patience, () => prepared(id, () => rowWriter(database, table, shape)));
  if (context.checkpoints !== true) return directWriter({ database, shape, put, patience });

  const commits = new CommitsTable(database, context);
  await patiently(patience, () => database.exec('begin immediate'));
  let epoch: number;
  let decided: number | undefined;
  try {
    epoch = commits.takeEpoch();
    decided = commits.read()?.checkpoint;
    const newest = Math.max(0, ...context.committed.map((token) => checkpointOf(id, token)));
    if (newest > (decided ?? 0)) throw lost(id, newest, decided);
    await patiently(patience, () => database.exec('commit'));
  } catch (error) {
    rollBack(database);
    throw error;
  }
  const privates = await privateDatabases();
  const proof = new Proof(privates.inMemory(), table, shape.columns);
  return new ArbiterWriter({ database, shape, put, patience, commits, epoch, decided, proof, privates, stagedBytes });
}

function prepared<R>(id: string, prepare: () => R): R {
  try {
    return prepare();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('ON CONFLICT clause does not match')) throw error;
    throw schema(
      id,
      'no primary key and no unique index has exactly the columns of the key',
      'Create one (`create unique index … on …`), or correct the option key.',
      error,
    );
  }
}

async function opened(path: string, id: string): Promise<Database> {
  try {
    return await connect(path, { readOnly: false });
  } catch (error) {
    throw explain(error, id);
  }
}

async function there(path: string, id: string): Promise<boolean> {
  try {
    return await isThere(path);
  } catch (error) {
    throw explain(error, id);
  }
}
