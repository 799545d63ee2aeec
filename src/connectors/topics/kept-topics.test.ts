import { expect, test } from 'vitest';
import { dyingFiles } from '../../base/dying-files.ts';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { json } from '../../codecs/json.ts';
import type { Source } from '../../core/source.ts';
import type { Files } from '../../core/world.ts';
import { type Pipeline, pipeline } from '../../pipeline/pipeline.ts';
import { embedded } from '../../runtime/embedded.ts';
import type { RunReport } from '../../runtime/report.ts';
import type { RunOptions } from '../../runtime/runtime.ts';
import { values } from '../values/values.ts';
import { openTopic } from './open-topic.ts';
import { topic } from './topic.ts';
import type { TopicRecord } from './topic-records.ts';

interface Order {
  readonly user: string;
  readonly n: number;
}

const COUNT = 300;
const DYING = ['before', 'half', 'after'] as const;
const orders: readonly Order[] = Array.from({ length: COUNT }, (_, n) => ({ user: `u${n % 7}`, n }));
const all = topic<Order>('orders', json(), { partitions: 3, key: (order) => order.user });
const sums = topic<{ user: string; sum: number }>('sums', json());

async function life(world: VirtualWorld, made: Pipeline, options: RunOptions = {}, files: Files = world.files): Promise<RunReport> {
  const runtime = embedded({ dir: '/state', checkpointEvery: 4, chunk: 16, world: { ...world, files } });
  // What keeps topics is loaded here, and not in virtual time.
  const running = await runtime.start(made, options);
  return await world.until(running.done, 60_000);
}

function make(): Pipeline {
  return pipeline('make').from(values(orders)).rateLimit({ records: 20, per: '1ms' }).to(all);
}

function sum(): Pipeline {
  return pipeline('sum')
    .from(all)
    .keyBy((order) => order.user)
    .scan(
      'sum',
      () => 0,
      (before, order) => before + order.n,
    )
    .map((total, record) => ({ user: record.key, sum: total }))
    .to(sums);
}

async function readAll<T>(world: VirtualWorld, kept: ReturnType<typeof topic<T>>): Promise<readonly TopicRecord<T>[]> {
  await using open = await openTopic(kept, { dir: '/state', world });
  const records: TopicRecord<T>[] = [];
  for await (const record of open.read({ until: 'caughtUp' })) records.push(record);
  return records;
}

function byUser<T extends { readonly user: string }>(records: readonly T[], of: (record: T) => number): Record<string, number[]> {
  const users: Record<string, number[]> = {};
  for (const record of records) (users[record.user] ??= []).push(of(record));
  return users;
}

/** What an undisturbed pair of runs leaves, key by key. */
const expected: Record<string, number[]> = {};
for (const { user, n } of orders) {
  const sumsOf = (expected[user] ??= []);
  sumsOf.push((sumsOf.at(-1) ?? 0) + n);
}

test('what one pipeline writes to a topic another reads, in order by key, and a program too', async () => {
  const world = virtualWorld();
  expect((await life(world, make())).out).toBe(COUNT);
  expect((await life(world, sum(), { until: 'caughtUp' })).out).toBe(COUNT);
  const records = await readAll(world, sums);
  expect(
    byUser(
      records.map(({ value }) => value),
      (value) => value.sum,
    ),
  ).toEqual(expected);
  for (const { key, value } of records) expect(key).toBe(value.user);
});

test('nothing of a checkpoint can be read before it is committed', async () => {
  const world = virtualWorld();
  const seen: number[] = [];
  const watch = pipeline('make')
    .from(values(orders))
    .rateLimit({ records: 20, per: '1ms' })
    .mapAsync(
      async (order) => {
        if (order.n % 50 === 0) seen.push((await readAll(world, all)).length);
        return order;
      },
      { concurrency: 1 },
    )
    .to(all);
  const runtime = embedded({ dir: '/state', checkpointEvery: '1h', world });
  const running = await runtime.start(watch, {});
  await world.until(running.done, 60_000);
  expect(seen).toEqual([0, 0, 0, 0, 0, 0]);
  expect(await readAll(world, all)).toHaveLength(COUNT);
});

test('wherever two pipelines die, with the power or without, a topic has each record once', async () => {
  for (let diesAt = 0, isOver = false; !isOver; diesAt += 3) {
    const world = virtualWorld({ seed: diesAt });
    let deaths = 0;
    for (const made of [make, sum]) {
      const dying = DYING[(diesAt / 3) % 3]!;
      const files = dyingFiles(world.files, diesAt, dying);
      await life(world, made(), { until: made === sum ? 'caughtUp' : 'end' }, files).catch(() => deaths++);
      if (diesAt % 2 === 0) world.files.powerCut();
      await life(world, made(), { until: made === sum ? 'caughtUp' : 'end' });
    }
    const records = await readAll(world, sums);
    expect(
      byUser(
        records.map(({ value }) => value),
        (value) => value.sum,
      ),
      `died at ${diesAt}`,
    ).toEqual(expected);
    isOver = deaths === 0;
  }
});

test('a consumer goes on behind what it has committed', async () => {
  const world = virtualWorld();
  await life(world, make());
  const turn = async (most: number, commits: boolean): Promise<readonly number[]> => {
    await using open = await openTopic(all, { dir: '/state', world });
    const reading = open.read({ consumer: 'mailer', until: 'caughtUp' });
    const seen: number[] = [];
    for await (const { value } of reading) if (seen.push(value.n) === most) break;
    if (commits) await reading.commit();
    return seen;
  };
  const first = await turn(80, true);
  const lost = await turn(80, false);
  expect(await turn(80, true)).toEqual(lost);
  const rest = await turn(COUNT, true);
  expect([...first, ...lost, ...rest].sort((a, b) => a - b)).toEqual(orders.map(({ n }) => n));
  expect(await turn(COUNT, true)).toEqual([]);
});

test('a second process cannot write to a topic, and can read it', async () => {
  const world = virtualWorld();
  await using first = await openTopic(all, { dir: '/state', world });
  await first.write({ user: 'ann', n: 1 });
  const other: VirtualWorld = { ...world, files: dyingFiles(world.files, Number.POSITIVE_INFINITY, 'before') as never };
  await using second = await openTopic(all, { dir: '/state', world: other });
  await expect(world.until(second.write({ user: 'bob', n: 2 }), 1000)).rejects.toMatchObject({ code: 'HR_LOG_IN_USE' });
  const read: number[] = [];
  for await (const { value } of second.read({ until: 'caughtUp' })) read.push(value.n);
  expect(read).toEqual([1]);
});

test('a topic keeps no more than it was told, and says so to a reader that comes too late', async () => {
  const world = virtualWorld();
  const short = topic<string>('short', json(), { partitions: 1, keep: { bytes: '1MiB', for: '1h' } });
  const large = 'x'.repeat(2 ** 16);
  const open = await openTopic(short, { dir: '/state', world });
  for (let n = 0; n < 64; n++) await open.write(large);
  const positions = async (): Promise<readonly number[]> => {
    const found: number[] = [];
    for await (const { position } of open.read({ until: 'caughtUp' })) found.push(position);
    return found;
  };
  const kept = await positions();
  expect(kept.at(-1)).toBe(63);
  expect(kept.length).toBeGreaterThanOrEqual(14);
  expect(kept.length).toBeLessThanOrEqual(19);
  // An hour and a bit later the next record removes what is too old.
  await world.advance(3_600_000);
  await open.write('y');
  await world.advance(600_000);
  await open.write('z');
  expect((await positions()).length).toBeLessThanOrEqual(4);
  await open.close();
  const late: Source<string> = { ...short, open: (partition, _resume, context) => short.open(partition, 3, context) };
  const asked = pipeline('asked')
    .from(late)
    .to({ kind: 'none', id: 'none', delivery: 'none', open: () => ({ write() {}, close() {} }) });
  await expect(life(world, asked, { until: 'caughtUp' })).rejects.toMatchObject({ code: 'HR_POSITION_EXPIRED' });
});
