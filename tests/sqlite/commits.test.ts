import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { realWorld } from '../../src/base/real-world.ts';
import { sqliteSink } from '../../src/connectors/sqlite/sink.ts';
import { chunkOf, writeAll } from '../../src/testing/sink-writing.ts';
import { CREATE, newPath, openUnder, type Order, orders, rowsOf, withDatabase } from './rig.ts';

const [first, second, third] = [orders.slice(0, 10), orders.slice(10, 25), orders.slice(25)];

const commitsIn = (path: string): Record<string, unknown>[] =>
  rowsOf(path, 'select pipeline, sink, "checkpoint", positions from headrace_commits order by pipeline, sink');

test('rows and the number of their checkpoint appear together at the commit, beside writing for the next one', async () => {
  const path = newPath();
  const { writer, decided } = await openUnder(path);
  expect(await decided()).toBeUndefined();
  await writeAll(writer, first, 3);
  expect(writer.prepare!(1)).toBe('1');
  await writeAll(writer, second, 4);
  expect(rowsOf(path)).toEqual([]);
  const positions = [{ source: 'values', partition: '0', resume: 10 }];
  await writer.commit!(['1'], { checkpoint: 1, positions });
  expect(rowsOf(path)).toEqual(first);
  expect(await decided()).toBe(1);
  expect(commitsIn(path)).toEqual([{ pipeline: 'shop', sink: 'orders', checkpoint: 1, positions: JSON.stringify(positions) }]);
  const token = await writer.prepare!(2);
  const committing = writer.commit!([token]);
  await writeAll(writer, third, 4);
  await committing;
  expect(rowsOf(path)).toEqual([...first, ...second]);
  await writer.prepare!(3);
  await writer.commit!(['3']);
  expect(rowsOf(path)).toEqual(orders);
  await writer.close();
});

test('an interval without rows is committed too, and one that was given up goes along with the next', async () => {
  const path = newPath();
  const { writer, decided } = await openUnder(path);
  await writer.prepare!(1);
  await writer.commit!(['1']);
  expect(await decided()).toBe(1);
  await writeAll(writer, first, 5);
  await writer.prepare!(2); // Its checkpoint is never written.
  await writeAll(writer, second, 5);
  await writer.prepare!(3);
  await writer.commit!(['3']);
  expect(await decided()).toBe(3);
  expect(rowsOf(path)).toEqual([...first, ...second]);
  await writer.close();
});

test('a commit that is repeated, by this writer or by one of a later start, changes nothing', async () => {
  const path = newPath();
  const { writer } = await openUnder(path);
  await writeAll(writer, first, 5);
  await writer.prepare!(1);
  await Promise.all([writer.commit!(['1']), writer.commit!(['1'])]);
  withDatabase(path, (database) => database.exec('delete from orders'));
  await writer.commit!(['1']);
  await writer.close();
  const later = await openUnder(path, {}, { committed: ['1'] });
  await later.writer.commit!(['1']);
  await later.writer.close();
  expect(rowsOf(path)).toEqual([]);
});

test('a checkpoint whose rows died with their process is HR_COMMIT_LOST, at the open and at the commit', async () => {
  const path = newPath();
  const { writer } = await openUnder(path);
  await writeAll(writer, first, 5);
  await writer.prepare!(1);
  await writer.commit!(['1']);
  await writeAll(writer, second, 5);
  await writer.prepare!(2);
  await writer.close(new Error('killed'));
  await expect(openUnder(path, {}, { committed: ['2'] })).rejects.toMatchObject({ code: 'HR_COMMIT_LOST', action: 'stop' });
  const again = await openUnder(path, {}, { committed: ['1'] });
  expect(await again.decided()).toBe(1);
  await expect(again.writer.commit!(['2'])).rejects.toMatchObject({ code: 'HR_COMMIT_LOST' });
  await writeAll(again.writer, second, 7);
  await again.writer.prepare!(2);
  await again.writer.commit!(['2']);
  await again.writer.close();
  expect(rowsOf(path)).toEqual([...first, ...second]);
});

test('a writer that was thought dead commits nothing once its successor is open', async () => {
  const path = newPath();
  const old = await openUnder(path);
  await writeAll(old.writer, first, 5);
  await old.writer.prepare!(1);
  const successor = await openUnder(path);
  await expect(old.writer.commit!(['1'])).rejects.toMatchObject({ code: 'HR_COMMIT_TAKEN', action: 'stop' });
  await writeAll(successor.writer, first, 3);
  await successor.writer.prepare!(1);
  await successor.writer.commit!(['1']);
  await expect(old.writer.commit!(['1'])).rejects.toMatchObject({ code: 'HR_COMMIT_TAKEN' });
  await old.writer.close(new Error('it ends'));
  await successor.writer.close();
  expect(rowsOf(path)).toEqual(first);
});

test('a run that begins anew beside an old database is stopped before anything is dropped in silence', async () => {
  const path = newPath();
  const { writer } = await openUnder(path);
  await writer.prepare!(7);
  await writer.commit!(['7']);
  await writer.close();
  const anew = await openUnder(path);
  await writeAll(anew.writer, first, 5);
  expect(() => anew.writer.prepare!(1)).toThrow(expect.objectContaining({ code: 'HR_COMMIT_AHEAD', action: 'stop' }));
  await anew.writer.close();
});

test('two pipelines and two sinks of one pipeline keep their numbers apart in one database', async () => {
  const path = newPath();
  const tables = ['orders', 'others', 'thirds'];
  withDatabase(path, (database) => tables.forEach((table) => database.exec(CREATE.replace('orders', table))));
  const opened = await Promise.all(
    tables.map((table, i) => openUnder(path, { table }, { pipeline: i === 2 ? 'second' : 'shop', sink: table })),
  );
  for (const [i, { writer }] of opened.entries()) {
    await writeAll(writer, orders, 9);
    await writer.prepare!(i + 1);
  }
  // At once: each waits for the lock of the others, and the loop goes on.
  await Promise.all(opened.map(async ({ writer }, i) => writer.commit!([String(i + 1)])));
  for (const [i, { writer, decided }] of opened.entries()) {
    expect(await decided()).toBe(i + 1);
    await writer.close();
    expect(rowsOf(path, `select * from ${tables[i]}`)).toEqual(orders);
  }
});

test('rows that break a rule of their own are refused when they come, however chunks are cut, and the rest is committed', async () => {
  const path = newPath();
  const { writer } = await openUnder(path, { key: [] });
  const bad: Order = { id: 2, name: 'x'.repeat(100) };
  const refused = async (chunk: Order[]) => writer.write(chunkOf(chunk));
  await expect(refused([orders[0]!, bad, orders[1]!])).rejects.toMatchObject({ code: 'HR_SQLITE_ROW', action: 'deadLetter', member: 1 });
  await expect(refused([bad])).rejects.toMatchObject({ member: 0 });
  await writer.write(chunkOf([orders[1]!]));
  await writer.prepare!(1);
  await writer.commit!(['1']);
  expect(rowsOf(path)).toEqual([orders[0], orders[1]]);
  // One id twice is a matter between rows: it passes here, in one chunk as in two, and stops the run at the commit.
  await writer.write(chunkOf([orders[5]!, orders[5]!]));
  await writer.prepare!(2);
  await expect(writer.commit!(['2'])).rejects.toMatchObject({ code: 'HR_SQLITE_CONSTRAINT', action: 'stop' });
  expect(rowsOf(path)).toEqual([orders[0], orders[1]]);
  await writer.close(new Error('it stops'));
});

test('removed rows, bigint and the order of changes come through the commit', async () => {
  const path = newPath();
  const run = new AbortController();
  interface Change {
    readonly id: number;
    readonly n?: number | bigint;
  }
  const sink = sqliteSink<Change>({
    path,
    table: 't',
    key: 'id',
    create: 'create table t (id integer primary key, n)',
    remove: ({ n }) => n === undefined,
  });
  const writer = await sink.open({
    world: realWorld(),
    signal: run.signal,
    pipeline: 'p',
    sink: 's',
    index: 0,
    committed: [],
    checkpoints: true,
  });
  await writer.write(
    chunkOf<Change>([{ id: 1, n: 1 }, { id: 2, n: 9007199254740993n }, { id: 1 }, { id: 3, n: 3 }, { id: 3 }, { id: 3, n: 5n }]),
  );
  await writer.prepare!(1);
  await writer.commit!(['1']);
  await writer.close();
  expect(rowsOf(path, 'select id, cast(n as text) n, typeof(n) kind from t')).toEqual([
    { id: 2, n: '9007199254740993', kind: 'integer' },
    { id: 3, n: '5', kind: 'integer' },
  ]);
});

test('writes wait for a commit when too much is staged, and stop the run when none is to come', async () => {
  const path = newPath();
  const { writer } = await openUnder(path, { staged: 1 });
  await writer.write(chunkOf([...first]));
  await writer.prepare!(1);
  const held = Promise.resolve(writer.write(chunkOf([...second])));
  await writer.commit!(['1']);
  await held;
  expect(() => writer.write(chunkOf([...third]))).toThrow(expect.objectContaining({ code: 'HR_SQLITE_STAGED', action: 'stop' }));
  await writer.prepare!(2);
  await writer.commit!(['2']);
  expect(rowsOf(path)).toEqual([...first, ...second]);
  await writer.close();
});

test('a write that waits for room ends with the run, and leaves no listener', async () => {
  const { writer, run } = await openUnder(newPath(), { staged: 1 });
  await writer.write(chunkOf([...first]));
  await writer.prepare!(1);
  const held = Promise.resolve(writer.write(chunkOf([...second])));
  run.abort(new Error('enough'));
  await expect(held).rejects.toThrow('enough');
  await writer.close(new Error('enough'));
  expect(getEventListeners(run.signal, 'abort')).toHaveLength(0);
});

test('no lock is held between commits, and a database that others hold is waited for without stopping the loop', async () => {
  const path = newPath();
  const { writer } = await openUnder(path, { busyTimeout: '1m' });
  await writeAll(writer, first, 5);
  await writer.prepare!(1);
  const other = new DatabaseSync(path, { timeout: 0 });
  other.exec('begin immediate; create table mine (x)');
  let isDone = false;
  const committing = Promise.resolve(writer.commit!(['1'])).then(() => {
    isDone = true;
  });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isDone).toBe(false);
  other.exec('commit');
  other.close();
  await committing;
  expect(rowsOf(path)).toEqual(first);
  await writer.close();
});

test('a commit that could not have the database is repeated, and writes everything once', async () => {
  const path = newPath();
  const { writer } = await openUnder(path, { busyTimeout: 0 });
  await writeAll(writer, orders, 9);
  await writer.prepare!(1);
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  await expect(writer.commit!(['1'])).rejects.toMatchObject({ code: 'HR_SQLITE_BUSY', action: 'retry' });
  other.exec('rollback; begin');
  other.prepare('select count(*) from orders').get(); // A reader holds up the very last step.
  await expect(writer.commit!(['1'])).rejects.toMatchObject({ code: 'HR_SQLITE_BUSY', action: 'retry' });
  other.exec('rollback');
  other.close();
  await writer.commit!(['1']);
  await writer.close();
  expect(rowsOf(path)).toEqual(orders);
});

test('closed within a commit it leaves the checkpoint before it', async () => {
  const path = newPath();
  const { writer, decided } = await openUnder(path, { row: (order) => ({ id: order.id, name: 'n' }) });
  await writer.write(chunkOf(Array.from({ length: 50_000 }, (_, i) => ({ id: i + 1, name: '' }))));
  await writer.prepare!(1);
  const committing = expect(writer.commit!(['1'])).rejects.toMatchObject({ code: 'HR_SQLITE_CLOSED' });
  await new Promise((resolve) => setImmediate(resolve));
  await writer.close(new Error('it ends'));
  await committing;
  expect(await decided()).toBeUndefined();
  expect(rowsOf(path)).toEqual([]);
});

test('decided makes no file and no table', async () => {
  const path = newPath();
  const context = { world: realWorld(), signal: new AbortController().signal, pipeline: 'p', sink: 's' };
  const sink = sqliteSink({ path, table: 'orders' });
  expect(await sink.decided!(context)).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  withDatabase(path, (database) => database.exec(CREATE));
  expect(await sink.decided!(context)).toBeUndefined();
  expect(rowsOf(path, 'select name from sqlite_schema')).toEqual([{ name: 'orders' }]);
});

test('a token of another sink is refused', async () => {
  const { writer } = await openUnder(newPath());
  expect(() => writer.commit!(['{"version":1}'])).toThrow(expect.objectContaining({ code: 'HR_TOKEN_UNKNOWN' }));
  await writer.close();
  await expect(openUnder(newPath(), {}, { committed: ['x'] })).rejects.toMatchObject({ code: 'HR_TOKEN_UNKNOWN' });
});
