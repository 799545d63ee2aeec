import { test } from 'vitest';
import { fail } from '../core/failure.ts';
import { batch } from '../operators/batch.ts';
import { buffer } from '../operators/buffer.ts';
import { countWindow } from '../operators/count-window.ts';
import { distinct } from '../operators/distinct.ts';
import { enrich } from '../operators/enrich.ts';
import { eventTime } from '../operators/event-time.ts';
import { filter } from '../operators/filter.ts';
import { flatMap } from '../operators/flat-map.ts';
import { mapAsync } from '../operators/map-async.ts';
import { mapBatch } from '../operators/map-batch.ts';
import { join } from '../operators/join.ts';
import { joinAsOf } from '../operators/join-table.ts';
import { map } from '../operators/map.ts';
import { cell, type ValueCell } from '../operators/process-cells.ts';
import { process } from '../operators/process.ts';
import { rateLimit } from '../operators/rate-limit.ts';
import { scan } from '../operators/scan.ts';
import { skip } from '../operators/skip.ts';
import { statistics } from '../operators/statistics.ts';
import { take } from '../operators/take.ts';
import { timeWindow } from '../operators/time-window.ts';
import { count } from '../windows/aggregates/count.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { slidingCount, tumblingCount } from '../windows/count.ts';
import { global, session, sliding, tumbling } from '../windows/time.ts';
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
  'enrich with a cache': ({ later }) => ({
    operator: enrich(
      {
        by: (n: number) => n % 8,
        find: (keys: readonly number[]) =>
          later(
            keys.length * 2,
            keys.map((key) => (key === 3 ? undefined : key * 100)),
          ),
      },
      (n, found) => picky(n) + (found ?? 7000),
      { max: 3, cache: { for: 20, missingFor: 5, items: 4 } },
    ) as never,
    key,
    refuses,
  }),
  'enrich in key order': ({ later }) => ({
    operator: enrich(
      {
        by: (n: number) => n % 5,
        find: (keys: readonly number[]) =>
          later(
            (keys[0]! * 5) % 11,
            keys.map((key) => (key === 0 ? fail('none of it') : key)),
          ),
      },
      (n, found) => n * 10 + found!,
      { max: 1, order: 'key' },
    ) as never,
    key,
    order: 'key',
  }),
  'tumbling windows by key': () => ({
    operator: countWindow<number>('w', tumblingCount(3)).aggregate({ n: count(), total: sum(picky) }) as never,
    key,
    refuses,
    order: 'key',
  }),
  'sliding windows': () => ({ operator: countWindow<number>('w', slidingCount(5, 2, { partial: true })).toArray() as never }),
  'tumbling windows of time by key': () => ({
    operator: timeWindow<number>('w', tumbling(5)).aggregate({ n: count(), total: sum(picky) }) as never,
    key,
    refuses,
  }),
  'sliding windows of time in slices': () => ({
    operator: timeWindow<number>('w', sliding(7, 3)).aggregate({ n: count(), total: sum(picky) }) as never,
    key,
    refuses,
  }),
  'sliding windows of time, each by itself': () => ({
    operator: timeWindow<number>('w', sliding(7, 3), { lateness: 2 }).reduce(
      () => 0,
      (total, n) => total + picky(n),
    ) as never,
    refuses,
  }),
  'sessions by key': () => ({
    operator: timeWindow<number>('w', session(4)).reduce(
      () => '',
      (all, n) => `${all} ${n === 5 || n % 8 > 1 ? picky(n) : n}`,
    ) as never,
    key,
    refuses,
  }),
  'sessions of one record': () => ({ operator: timeWindow<number>('w', session(2), { lateness: 3 }).toArray() as never, key }),
  'a global window': () => ({ operator: timeWindow<number>('w', global({ untilEnd: true })).toArray() as never, key, makesTime: true }),
  'process by timers': () => ({
    operator: process('timed', {
      cells: { sum: cell(() => 0) },
      onRecord(n, { cells, timers, time }) {
        timers.set(`${time}`, time + 3);
        (cells['sum'] as ValueCell<number>).update((sum) => sum + (picky(n as number) >= 0 ? 1 : 0));
      },
      onTimer: ({ name, at }) => [name, at],
    }) as never,
    key,
    refuses,
    makesTime: true,
  }),
  'process in the order of event time': () => ({
    operator: process(
      'ordered',
      {
        cells: { sum: cell(() => 0) },
        onRecord(n, { cells, timers, time }) {
          const sum = cells['sum'] as ValueCell<number>;
          sum.update((before) => before + picky(n as number));
          timers.set('quiet', time + 4);
          return [sum.get()];
        },
        onTimer: ({ at }, { cells }) => [`quiet at ${at}, ${(cells['sum'] as ValueCell<number>).get()}`],
      },
      { order: 'eventTime' },
    ) as never,
    key,
    refuses,
    makesTime: true,
  }),
  rateLimit: () => ({ operator: rateLimit<number>({ records: 2, per: '10ms' }) as never }),
  eventTime: () => ({
    operator: eventTime((n: number, record) => Number(record.position) * 10 + (n % 3), { disorder: 5 }) as never,
    makesTime: true,
  }),
};

const sided = values.map((n) => (n % 2 === 0 ? { left: n } : { right: n }));
const keyOfSided = (one: { left?: number; right?: number }): string => key(one.left ?? one.right!);
const both = (left: number | undefined, right: number | undefined): string => `${left} ${right}`;
const joins: Readonly<Record<string, () => object>> = {
  'an inner join': () => join('pairs', both as never, { within: { before: 2, after: 7 } }),
  'an as-of join': () => joinAsOf('rows', both as never, { kind: 'left' }),
};
for (const [name, operator] of Object.entries(joins))
  testOperator({ test, name, make: () => ({ operator: operator() as never, values: sided, key: keyOfSided, makesTime: true }) });

for (const [name, of] of Object.entries({ ...steps, ...stations })) {
  const make: MakeOperator<number> = (time) => ({ values, ...of(time) });
  testOperator({ test, name, make });
}
