import { chmodSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { sqliteSource } from '../../src/connectors/sqlite/source.ts';
import type { SqliteSourceOptions } from '../../src/connectors/sqlite/options.ts';
import { testSource } from '../../src/testing/source-kit.ts';
import { open, readOnce } from '../../src/testing/source-reading.ts';
import { CREATE, newPath, type Order, orders, withDatabase } from './rig.ts';

function filled(rows: readonly Order[] = orders): string {
  const path = newPath();
  withDatabase(path, (database) => {
    database.exec(CREATE);
    const insert = database.prepare('insert into orders values (?, ?)');
    for (const { id, name } of rows) insert.run(id, name);
  });
  return path;
}

const table = (path: string): SqliteSourceOptions => ({ path, table: 'orders', cursor: 'id' });
const query = (path: string): SqliteSourceOptions => ({
  path,
  query: 'select id, name from orders where id > :after order by id limit :limit',
  cursor: 'id',
});

for (const [name, optionsOf] of Object.entries({ 'sqliteSource of a table': table, 'sqliteSource of a query': query })) {
  const shared = filled();
  testSource<Order>({
    test,
    name,
    replay: true,
    make: () => ({ source: sqliteSource<Order>(optionsOf(shared)), values: orders }),
    broken() {
      const path = filled();
      const badAt =
        "select id, case id when 31 then json('{') else name end as name from orders where id > :after order by id limit :limit";
      return { source: sqliteSource<Order>({ path, query: badAt, cursor: 'id' }), values: orders.slice(0, 30) };
    },
  });
  testSource<Order>({
    test,
    name: `${name} that follows`,
    replay: true,
    endless: true,
    make() {
      const world = virtualWorld();
      return {
        source: sqliteSource<Order>({ ...optionsOf(shared), follow: true }),
        values: orders,
        world,
        advance: () => world.clock.advance(1000),
      };
    },
    quiet: () => ({ source: sqliteSource<Order>({ ...optionsOf(filled([])), follow: true }), values: [] }),
  });
}

/** All records from a place on, or the error. */
async function readAll(options: SqliteSourceOptions, limit = 1024, resume?: string | number | null): Promise<unknown[]> {
  const opened = await open({ source: sqliteSource(options), values: [] }, resume);
  const values: unknown[] = [];
  try {
    for (;;) {
      const answer = await opened.reader.read(limit, opened.reading.signal);
      values.push(...answer.values!);
      if (answer.end === true) return values;
    }
  } finally {
    await opened.reader.close();
  }
}

function made(...sql: string[]): string {
  const path = newPath();
  withDatabase(path, (database) => sql.forEach((one) => database.exec(one)));
  return path;
}

test('text, bigint and a table with odd names are read in full for every limit', async () => {
  const texts = made(
    'create table t (k text)',
    "insert into t values ('b'), (' a'), ('!'), ('é'), ('\u{1f600}'), ('\uffee'), ('Z'), (null)",
  );
  const expected = [' a', '!', 'Z', 'b', 'é', '\uffee', '\u{1f600}'];
  const numbers = made(
    'create table "a ""b" ("the id" integer, x blob)',
    `insert into "a ""b" values (9007199254740993, x'01ff'), (-5, null)`,
  );
  for (const limit of [1, 2, 1024]) {
    expect(await readAll({ path: texts, table: 't', cursor: 'k' }, limit)).toEqual(expected.map((k) => ({ k })));
    expect(await readAll({ path: texts, query: 'select k from t where k > :after order by k limit :limit', cursor: 'k' }, limit)).toEqual(
      expected.map((k) => ({ k })),
    );
    expect(await readAll({ path: numbers, table: 'a "b', cursor: 'the id', bigint: true }, limit)).toEqual([
      { 'the id': -5n, x: null },
      { 'the id': 9007199254740993n, x: new Uint8Array([1, 255]) },
    ]);
  }
  expect(await readAll({ path: numbers, table: 'a "b', cursor: 'the id', bigint: true }, 5, 'i9007199254740992')).toHaveLength(1);
  await expect(readAll({ path: numbers, table: 'a "b', cursor: 'the id' }, 1)).rejects.toMatchObject({
    code: 'HR_SQLITE_INTEGER',
    action: 'stop',
  });
});

test('two rows of one cursor are an error wherever a read was cut, and never a lost row', async () => {
  const path = made('create table t (k integer)', 'insert into t values (1), (2), (3), (3), (4)');
  for (const limit of [1, 2, 3, 1024]) {
    const opened = await open({ source: sqliteSource({ path, table: 't', cursor: 'k' }), values: [] });
    const seen: unknown[] = [];
    const reading = async (): Promise<void> => {
      for (let reads = 0; reads < 10; reads++) seen.push(...(await opened.reader.read(limit, opened.reading.signal)).values!);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'HR_SQLITE_CURSOR', action: 'stop' });
    expect(seen).toEqual([{ k: 1 }, { k: 2 }]);
    await opened.reader.close();
  }
});

test.each([
  ['no order', 'select id from orders where id > :after order by id desc limit :limit'],
  ['no condition', 'select id from orders where :after is not null order by id limit :limit'],
  ['no cursor', 'select name from orders where id > :after order by id limit :limit'],
  ['an empty cursor', 'select nullif(id, 3) as id from orders where id > :after order by orders.id limit :limit'],
])('a query with %s is told, and does not run for ever', async (_what, sql) => {
  await expect(readAll({ path: filled(), query: sql, cursor: 'id' }, 7)).rejects.toMatchObject({ code: 'HR_SQLITE_CURSOR' });
});

test('a missing file, table or column, a file that is no database and a query without parameters say what to do', async () => {
  const path = filled();
  const noDatabase = newPath();
  writeFileSync(noDatabase, 'x'.repeat(5000));
  await expect(readAll(table(newPath()))).rejects.toMatchObject({ code: 'HR_SQLITE_MISSING', action: 'stop' });
  await expect(readAll({ path, table: 'order', cursor: 'id' })).rejects.toMatchObject({ code: 'HR_SQLITE_SCHEMA', action: 'stop' });
  await expect(readAll({ path, query: 'select no from orders where id > :after limit :limit', cursor: 'id' })).rejects.toMatchObject({
    code: 'HR_SQLITE_SCHEMA',
  });
  await expect(readAll(table(noDatabase))).rejects.toMatchObject({ code: 'HR_SQLITE_DAMAGED', action: 'stop' });
  expect(() => sqliteSource({ path, query: 'select * from orders', cursor: 'id' })).toThrow(/no :after or no :limit/);
  expect(() => sqliteSource({ path, table: 'orders', cursor: 'id', columns: ['name'] })).toThrow(/not among the columns/);
});

test('the connection cannot write', async () => {
  const path = filled();
  const sql = 'insert into orders select :after + :limit, 1 returning id';
  await expect(readAll({ path, query: sql, cursor: 'id' })).rejects.toMatchObject({ code: 'HR_SQLITE_READONLY' });
});

test('a file without the right to write is read all the same', async () => {
  const path = filled();
  chmodSync(path, 0o444);
  expect(await readAll(table(path))).toEqual(orders);
});

test('a follower answers the end once, sleeps, and brings what was inserted', async () => {
  const path = filled(orders.slice(0, 3));
  const world = virtualWorld();
  const made = { source: sqliteSource<Order>({ ...table(path), follow: true, every: '10s' }), values: [], world };
  const opened = await open<Order>(made);
  expect((await readOnce(made, opened, 9, 500)).values).toHaveLength(3);
  const end = opened.reader.read(9, opened.reading.signal);
  expect(end).not.toBeInstanceOf(Promise);
  expect(end).toMatchObject({ values: [], resume: 3 });
  const waiting = opened.reader.read(9, opened.reading.signal);
  withDatabase(path, (database) => database.exec("insert into orders values (7, 'seven')"));
  let isThere = false;
  void Promise.resolve(waiting).then(() => {
    isThere = true;
  });
  await world.clock.advance(9999);
  expect(isThere).toBe(false);
  await world.clock.advance(1);
  expect(await waiting).toMatchObject({ values: [{ id: 7, name: 'seven' }], resume: 7 });
  await opened.reader.close();
});

test('a database that is held is waited for, and after busyTimeout the error says that a retry may help', async () => {
  const path = filled();
  const world = virtualWorld();
  const holder = new DatabaseSync(path);
  holder.exec('begin exclusive');
  const opening = async () => open({ source: sqliteSource<Order>({ ...table(path), busyTimeout: '1s' }), values: [], world });
  await expect(settled(world, opening())).rejects.toMatchObject({ code: 'HR_SQLITE_BUSY', action: 'retry' });
  expect(world.clock.monotonic()).toBeGreaterThanOrEqual(1000);
  holder.exec('rollback');
  const { reader, reading } = await settled(world, opening());
  holder.exec('begin exclusive');
  const answer = reader.read(99, reading.signal);
  expect(answer).toBeInstanceOf(Promise);
  holder.exec('rollback');
  holder.close();
  expect((await settled(world, Promise.resolve(answer))).values).toEqual(orders);
  await reader.close();
});

/** Lets virtual time pass in steps, between which real promises (the import, the look at the disk) may come to their end. */
async function settled<T>(world: ReturnType<typeof virtualWorld>, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) {
    await world.clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}
