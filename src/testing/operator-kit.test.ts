import { test } from 'vitest';
import { fail } from '../core/failure.ts';
import { batch } from '../operators/batch.ts';
import { buffer } from '../operators/buffer.ts';
import { countWindow } from '../operators/count-window.ts';
import { distinct } from '../operators/distinct.ts';
import { eventTime } from '../operators/event-time.ts';
import { filter } from '../operators/filter.ts';
import { flatMap } from '../operators/flat-map.ts';
import { mapAsync } from '../operators/map-async.ts';
import { mapBatch } from '../operators/map-batch.ts';
import { map } from '../operators/map.ts';
import { rateLimit } from '../operators/rate-limit.ts';
import { scan } from '../operators/scan.ts';
import { skip } from '../operators/skip.ts';
import { statistics } from '../operators/statistics.ts';
import { take } from '../operators/take.ts';
import { count, sum } from '../windows/aggregates.ts';
import { slidingCount, tumblingCount } from '../windows/count.ts';
import { testOperator } from './operator-kit.ts';
import type { MakeOperator, OperatorCase, OperatorTime } from './operator-running.ts';

const values = Array.from({ length: 24 }, (_, i) => (i * 7) % 24);
const refuses = 11; // values[11] is 5
const key = (n: number): string => `k${n % 3}`;
const picky = (n: number): number => {
  if (n === 5) throw new RangeError('not five');
  return n * 2;
};

type Cases = Readonly<Record<string, (time: OperatorTime) => Omit<OperatorCase<number>, 'values'>>>;

const steps: Cases = {
  map: () => ({ operator: map(picky), refuses }),
  filter: () => ({ operator: filter((n: number) => picky(n) > 10), refuses }),
  flatMap: () => ({ operator: flatMap((n: number) => [n, picky(n)]), refuses }),
  'scan by key': () => ({
    operator: scan(
      'sum',
      () => 0,
      (total: number, n: number) => total + picky(n),
    ) as never,
    key,
    refuses,
  }),
  'scan that fails': () => ({
    operator: scan(
      'sum',
      () => 0,
      (total: number, n: number) => (n === 5 ? (fail('five') as never) : total + n),
    ) as never,
    refuses,
  }),
  statistics: () => ({ operator: statistics('spread', picky) as never, key, refuses }),
  take: () => ({ operator: take<number>(9) as never }),
  skip: () => ({ operator: skip<number>(9) as never }),
  distinct: () => ({ operator: distinct((n: number) => picky(n) % 7, { keep: { items: 4 } }) as never, refuses }),
};

const stations: Cases = {
  buffer: () => ({ operator: buffer<number>({ items: 5 }) as never, key }),
  'batch of three': () => ({ operator: batch<number>(3) as never, cutByBarrier: true }),
  'batch within a time': () => ({ operator: batch<number>(5, { within: 10 }) as never, cutByBarrier: true }),
  'mapAsync in input order': ({ later }) => ({
    operator: mapAsync((n: number) => later((n * 5) % 11, picky(n)), { concurrency: 4 }) as never,
    refuses,
  }),
  'mapAsync in key order': ({ later }) => ({
    operator: mapAsync((n: number) => later((n * 5) % 11, picky(n)), { concurrency: 4, order: 'key' }) as never,
    key,
    order: 'key',
    refuses,
  }),
  mapBatch: ({ later }) => ({
    operator: mapBatch(
      (all: readonly number[]) =>
        later(
          all.length * 3,
          all.map((n) => (n === 5 ? fail('five') : n * 2)),
        ),
      { max: 4, within: 1 },
    ) as never,
    refuses,
  }),
  'tumbling windows by key': () => ({
    operator: countWindow<number>('w', tumblingCount(3)).aggregate({ n: count(), total: sum(picky) }) as never,
    key,
    refuses,
    order: 'key',
  }),
  'sliding windows': () => ({ operator: countWindow<number>('w', slidingCount(5, 2, { partial: true })).toArray() as never }),
  rateLimit: () => ({ operator: rateLimit<number>({ records: 2, per: '10ms' }) as never }),
  eventTime: () => ({
    operator: eventTime((n: number, record) => Number(record.position) * 10 + (n % 3), { disorder: 5 }) as never,
    makesTime: true,
  }),
};

for (const [name, of] of Object.entries({ ...steps, ...stations })) {
  const make: MakeOperator<number> = (time) => ({ values, ...of(time) });
  testOperator({ test, name, make });
}
