import { expect, test } from 'vitest';
import { realScheduler } from '../../base/scheduler.ts';
import { json } from '../../codecs/json.ts';
import { text } from '../../codecs/text.ts';
import type { Source } from '../../core/source.ts';
import { pipeline } from '../../pipeline/pipeline.ts';
import { embedded } from '../../runtime/embedded.ts';
import { run, start } from '../../runtime/run.ts';
import { collect } from '../values/collect.ts';
import { each } from '../values/each.ts';
import { values } from '../values/values.ts';
import { topic } from './topic.ts';

interface Order {
  readonly user: string;
  readonly n: number;
}

const orders: readonly Order[] = Array.from({ length: 5000 }, (_, n) => ({ user: `u${n % 7}`, n }));

function byUser(read: readonly Order[]): Map<string, number[]> {
  const all = new Map<string, number[]>();
  for (const { user, n } of read) all.set(user, [...(all.get(user) ?? []), n]);
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a topic in memory keeps what nobody has read yet, in order by key', async () => {
  const here = embedded();
  const all = topic<Order>('orders', json(), { key: (order) => order.user });
  const read = collect<Order>();
  await run(pipeline('make').from(values(orders)).to(all), { runtime: here, signals: false });
  await run(pipeline('take').from(all).to(read), { runtime: here, signals: false, until: 'caughtUp' });
  expect(byUser(read.values)).toEqual(byUser(orders));
  // Read once, it is gone.
  const again = collect<Order>();
  await run(pipeline('take').from(all).to(again), { runtime: here, signals: false, until: 'caughtUp' });
  expect(again.values).toEqual([]);
});

test('a reader that waits at the end of a topic in memory is woken by a writer', async () => {
  const here = embedded();
  const all = topic<Order>('orders', json());
  const read: Order[] = [];
  const whole = Promise.withResolvers<void>();
  const take = pipeline('take')
    .from(all)
    .to(
      each((order) => {
        if (read.push(order) === orders.length) whole.resolve();
      }),
    );
  await using running = await start(take, { runtime: here });
  await run(pipeline('make').from(values(orders)).to(all), { runtime: here, signals: false });
  await whole.promise;
  expect(running.metrics().in).toBe(5000);
  expect(read.map(({ n }) => n).sort((a, b) => a - b)).toEqual(orders.map(({ n }) => n));
});

test('a key given to the stream stays with the record, and times and headers too', async () => {
  const here = embedded();
  const all = topic<Order>('orders', json(), { partitions: 2 });
  const timed: Source<Order> = {
    kind: 'timed',
    id: 'timed',
    partitions: () => [0],
    open: () => ({
      read: () => ({
        values: [...orders.slice(0, 10)],
        positions: { first: 0 },
        times: Float64Array.from({ length: 10 }, (_, i) => 1000 + i),
        headers: Array.from({ length: 10 }, (_, i) => (i === 3 ? { trace: 'x' } : undefined)),
        resume: 10,
        end: true,
      }),
      close() {},
    }),
  };
  await run(
    pipeline('make')
      .from(timed)
      .keyBy((order) => order.user)
      .to(all),
    { runtime: here, signals: false },
  );
  const seen: unknown[] = [];
  const take = pipeline('take')
    .from(all)
    .tap((order, record) => seen.push([order.n, record.eventTime, record.headers?.['trace']]))
    .to(each(() => {}));
  await run(take, { runtime: here, signals: false, until: 'caughtUp' });
  expect(seen).toHaveLength(10);
  expect(seen).toContainEqual([3, 1003, 'x']);
  expect(seen).toContainEqual([4, 1004, undefined]);
});

test('while nobody reads a topic in memory, the oldest records make room and are counted', async () => {
  const here = embedded();
  const blobs = topic<string>('blobs', text(), { partitions: 1 });
  const large = 'x'.repeat(2 ** 20);
  const report = await run(
    pipeline('make')
      .from(values(Array.from({ length: 70 }, () => large)))
      .to(blobs),
    { runtime: here, signals: false },
  );
  expect(report.dropped).toBe(7);
  const read = collect<string>();
  await run(pipeline('take').from(blobs).to(read), { runtime: here, signals: false, until: 'caughtUp' });
  expect(read.values).toHaveLength(63);
});

test('a writer waits for the reader of a topic in memory, and loses nothing', async () => {
  const here = embedded({ chunk: 8 });
  const blobs = topic<string>('blobs', text(), { partitions: 1 });
  const large = 'x'.repeat(2 ** 20);
  let count = 0;
  const whole = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const take = pipeline('take')
    .from(blobs)
    .mapAsync(async () => held.promise, { concurrency: 1 })
    .to(
      each(() => {
        if (++count === 200) whole.resolve();
      }),
    );
  await using running = await start(take, { runtime: here });
  const writing = start(
    pipeline('make')
      .from(values(Array.from({ length: 200 }, () => large)))
      .to(blobs),
    { runtime: here },
  );
  await using writer = await writing;
  await waitUntil(() => writer.metrics().out >= 56);
  expect(writer.metrics().out).toBeLessThan(200);
  held.resolve();
  await whole.promise;
  expect((await writer.done).dropped).toBe(0);
  expect(running.metrics().in).toBe(200);
});

const scheduler = realScheduler();

/** Looks again whenever the event loop has come round. */
async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((go) => scheduler.soon(go));
}
