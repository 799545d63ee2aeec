import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { sqliteSink } from '../../src/connectors/sqlite/sink.ts';
import type { SqliteSinkOptions } from '../../src/connectors/sqlite/options.ts';
import { testSink } from '../../src/testing/sink-kit.ts';
import { chunkOf, openSink, type SinkCase, writeAll } from '../../src/testing/sink-writing.ts';
import { CREATE, newPath, type Order, orders, rowsOf, withDatabase } from './rig.ts';

function sinkCase(options: Partial<SqliteSinkOptions<Order>> = {}, path: string = newPath()): SinkCase<Order> {
  return {
    sink: sqliteSink<Order>({ path, table: 'orders', create: CREATE, ...options }),
    values: orders,
    seen: () => (existsSync(path) ? (rowsOf(path) as unknown as Order[]) : []),
  };
}

/** The table stays empty until somebody lets go of the database. */
function stuckCase() {
  const path = newPath();
  withDatabase(path, (database) => database.exec('create table orders (id integer, name text)'));
  const made = sinkCase({ busyTimeout: '1h' }, path);
  const holder = new DatabaseSync(path);
  holder.exec('begin immediate');
  return {
    ...made,
    release: () => holder.exec('rollback'),
    dispose: () => holder.close(),
  };
}

const [plain, logged] = [newPath(), newPath()];

/** The same path for every case, since the id of a sink tells its path. */
function emptied(path: string): string {
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(path + ending, { force: true });
  return path;
}

testSink<Order>({
  test,
  name: 'sqliteSink',
  make: () => sinkCase({}, emptied(plain)),
  arbiter: true,
  stuck: stuckCase,
  broken() {
    const path = newPath();
    withDatabase(path, (database) => database.exec(`${CREATE}; create trigger full after insert on orders begin select json('{'); end`));
    return sinkCase({}, path);
  },
});
testSink<Order>({
  test,
  name: 'sqliteSink with a key and a write-ahead log',
  make: () => sinkCase({ key: 'id', wal: true }, emptied(logged)),
  arbiter: true,
  stuck: stuckCase,
});

async function write<T>(options: SqliteSinkOptions<T>, ...chunks: T[][]): Promise<void> {
  const { writer } = await openSink<T>({ sink: sqliteSink<T>(options), values: [], seen: () => [] });
  try {
    for (const values of chunks) await writer.write(chunkOf(values));
  } finally {
    await writer.close();
  }
}

interface Sale {
  readonly id: number;
  readonly amount?: number;
  readonly isGone?: boolean;
}

test('a row that is there is overwritten, only in the columns that are written, and removed by its key', async () => {
  const path = newPath();
  const options: SqliteSinkOptions<Sale> = {
    path,
    table: 'sales',
    create: "create table sales (shop text, id integer, amount real, note text default 'kept', primary key (shop, id))",
    columns: ['shop', 'id', 'amount'],
    key: ['shop', 'id'],
    row: (sale) => ({ shop: 'a', id: sale.id, amount: sale.amount }),
    remove: (sale) => sale.isGone === true,
  };
  await write(
    options,
    [{ id: 1, amount: 1 }, { id: 2 }, { id: 3, amount: 3 }],
    [
      { id: 1, amount: 10 },
      { id: 3, isGone: true },
    ],
  );
  expect(rowsOf(path, 'select * from sales order by id')).toEqual([
    { shop: 'a', id: 1, amount: 10, note: 'kept' },
    { shop: 'a', id: 2, amount: null, note: 'kept' },
  ]);
});

test('every storable kind of value is kept as what it is', async () => {
  const path = newPath();
  const create = 'create table t (a, b, c, d, e, f, g)';
  await write({ path, table: 't', create }, [{ a: 1.5, b: 5n, c: 'x\0y', d: new Uint8Array([0, 255]), e: true, f: null, g: undefined }]);
  const kinds = 'select typeof(a) a, typeof(b) b, typeof(c) c, typeof(d) d, typeof(e) e, typeof(f) f, typeof(g) g from t';
  expect(Object.values(rowsOf(path, kinds)[0]!)).toEqual(['real', 'integer', 'text', 'blob', 'real', 'null', 'null']);
  expect(rowsOf(path, 'select * from t')).toEqual([{ a: 1.5, b: 5, c: 'x\0y', d: new Uint8Array([0, 255]), e: 1, f: null, g: null }]);
});

test('names and values are never SQL', async () => {
  const path = newPath();
  const evil = `t"; drop table u; --`;
  withDatabase(path, (database) => database.exec('create table u (x); create table "t""; drop table u; --" ("a""b" primary key, "c) --")'));
  await write<Record<string, string>>({ path, table: evil, key: 'a"b' }, [{ 'a"b': `'); drop table u; --`, 'c) --': evil }]);
  expect(rowsOf(path, 'select * from "t""; drop table u; --"')).toEqual([{ 'a"b': `'); drop table u; --`, 'c) --': evil }]);
  expect(rowsOf(path, 'select * from u')).toEqual([]);
});

test.each<[string, unknown]>([
  ['an object in a column', { id: 2, name: {} }],
  ['a Date', { id: 2, name: new Date(0) }],
  ['NaN', { id: Number.NaN, name: 'n' }],
  ['a bigint of 65 bits', { id: 2n ** 64n, name: 'n' }],
  ['a column that is not there', { id: 2, name: 'n', nmae: 'n' }],
  ['no object', 'row'],
  ['an empty column that must not be', { id: 2 }],
  ['a broken check', { id: 2, name: 'x'.repeat(100) }],
  ['text for a whole number', { id: 'two', name: 'n' }],
  ['an empty key', { name: 'n' }],
])('%s makes a dead letter of its record, and the rest is written', async (_what, bad) => {
  const path = newPath();
  const { writer } = await openSink<unknown>({
    sink: sqliteSink<unknown>({ path, table: 'orders', key: 'id', create: CREATE }),
    values: [],
    seen: () => [],
  });
  const refused = async () => writer.write(chunkOf([orders[0], bad, orders[2]]));
  await expect(refused()).rejects.toMatchObject({ code: 'HR_SQLITE_ROW', action: 'deadLetter', member: 1 });
  await writer.write(chunkOf([orders[2]]));
  await writer.close();
  expect(rowsOf(path)).toEqual([orders[0], orders[2]]);
});

test('a rule that rolls the transaction back itself stops the run, since the rows before it are gone', async () => {
  const path = newPath();
  const create = 'create table orders (id integer primary key on conflict rollback, name text)';
  await expect(write({ path, table: 'orders', create }, [orders[0]!, orders[1]!, orders[0]!])).rejects.toMatchObject({
    code: 'HR_SQLITE_CONSTRAINT',
    action: 'stop',
  });
  expect(rowsOf(path)).toEqual([]);
});

test('what is wrong with the options or the table is told at the open', async () => {
  const path = newPath();
  await expect(write({ path, table: 'orders' })).rejects.toMatchObject({ code: 'HR_SQLITE_MISSING' });
  expect(existsSync(path)).toBe(false);
  withDatabase(path, (database) => database.exec(`${CREATE}; create view v as select 1 as id`));
  await expect(write({ path, table: 'other' })).rejects.toMatchObject({ code: 'HR_SQLITE_SCHEMA' });
  await expect(write({ path, table: 'v' })).rejects.toMatchObject({ code: 'HR_SQLITE_SCHEMA' });
  await expect(write({ path, table: 'orders', key: 'name' })).rejects.toMatchObject({ code: 'HR_SQLITE_SCHEMA' });
  await expect(write({ path, table: 'orders', columns: ['nmae'] })).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
  await expect(write({ path, table: 'orders', key: 'id', columns: ['name'] })).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
  await expect(write({ path, table: 'orders', remove: () => true })).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
  await expect(openSink({ sink: sqliteSink({ path, table: 'orders' }), values: [], seen: () => [] }, { index: 1 })).rejects.toMatchObject({
    code: 'HR_SQLITE_WRITERS',
  });
});

test('a database that can only be read says so', async () => {
  const path = newPath();
  withDatabase(path, (database) => database.exec(CREATE));
  const file = openSync(path, 'r+');
  writeSync(file, new Uint8Array([3]), 0, 1, 18); // A format to be written by a later SQLite: no rights needed to try this.
  closeSync(file);
  await expect(write<Order>({ path, table: 'orders' }, [...orders])).rejects.toMatchObject({ code: 'HR_SQLITE_READONLY', action: 'stop' });
});

test('a database that stays held gives an error that a retry may help, and takes the chunk then, once', async () => {
  const path = newPath();
  const { writer } = await openSink<Order>(sinkCase({ busyTimeout: '20ms' }, path));
  const holder = new DatabaseSync(path);
  holder.exec('begin immediate');
  await expect(writeAll(writer, orders, 40)).rejects.toMatchObject({ code: 'HR_SQLITE_BUSY', action: 'retry' });
  holder.exec('rollback; begin; select * from orders');
  // Somebody reads: in a database without a write-ahead log the commit has to wait for him.
  holder.prepare('select count(*) from orders').get();
  await expect(writeAll(writer, orders, 40)).rejects.toMatchObject({ code: 'HR_SQLITE_BUSY', action: 'retry' });
  holder.exec('rollback');
  holder.close();
  await writeAll(writer, orders, 40);
  await writer.close();
  expect(rowsOf(path)).toEqual(orders);
});
