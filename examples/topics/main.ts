// A producer, a pipeline and a consumer that meet in topics. The pipeline is given up twice in its midst; the consumer sees each answer once.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, openTopic, type Pipeline, pipeline, start, topic } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';

interface Cents {
  readonly user: string;
  readonly cents: number;
}

const dir = await mkdtemp(join(tmpdir(), 'headrace-topics-'));
const orders = topic<Cents>('orders', json(), { key: (order) => order.user });
const spent = topic<Cents>('spent', json(), { key: (total) => total.user });

// The producer: a program that is no pipeline. What it has written is durable when `writeAll` settles.
await using counter = await openTopic(orders, { dir });
await counter.writeAll(Array.from({ length: 10_000 }, (_, i) => ({ user: `u${i % 5}`, cents: i % 100 })));

/** The inference, here a sum by user. It reads for ever. */
function totals(seen: () => void): Pipeline {
  return pipeline('totals')
    .from(orders)
    .keyBy((order) => order.user)
    .scan(
      'spent',
      () => 0,
      (sum, order) => sum + order.cents,
    )
    .map((cents, record) => ({ user: String(record.key), cents }))
    .tap(seen)
    .rateLimit({ records: 200, per: '10ms' })
    .to(spent);
}

// Two lives of it end as if the process had been killed, some time after a checkpoint.
for (const life of [1, 2]) {
  const far = Promise.withResolvers<void>();
  let count = 0;
  const power = new AbortController();
  const running = await start(
    totals(() => ++count === 2500 && far.resolve()),
    { runtime: embedded({ dir }), signal: power.signal },
  );
  await far.promise;
  await running.checkpoint();
  power.abort(new Error(`life ${life} is over`));
  await running.done.catch((error: Error) => console.log(error.message));
}

// The third goes on from there, until it has read everything.
const last = await start(
  totals(() => {}),
  { runtime: embedded({ dir }), until: 'caughtUp' },
);
await last.done;

// The consumer: what it has committed it is not shown again.
await using board = await openTopic(spent, { dir });
const answers = board.read({ consumer: 'board', until: 'caughtUp' });
const newest = new Map<string, number>();
let seen = 0;
for await (const { value } of answers) {
  newest.set(value.user, value.cents);
  seen++;
}
await answers.commit();
console.log(
  `${seen} answers; ${[...newest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([user, cents]) => `${user} ${cents}`)
    .join(', ')}`,
);
let again = 0;
for await (const _ of board.read({ consumer: 'board', until: 'caughtUp' })) again++;
console.log(`${again} when it asks again`);
await rm(dir, { recursive: true });
