import { fail } from '../core/failure.ts';
import type { KeyedStream } from '../pipeline/keyed-stream.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import { count } from '../windows/aggregates/count.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { slidingCount, tumblingCount } from '../windows/count.ts';
import { type Item, items, type Outside, rowsTo, turn } from './runtime-outside.ts';

/** A pipeline that a runtime must run like any other. */
export interface RuntimeCase {
  readonly name: string;
  /** Sinks to which several ways lead from a partition, so that their order is nobody's promise. */
  readonly manyWays?: readonly string[];
  build(outside: Outside): Pipeline;
}

/** One way leads each key's records from source to sink: partitions do not share keys, and nothing remembers behind a merge. */
function keyed(plan: Pipeline, outside: Outside): KeyedStream<string, Item> {
  return plan.from(items(outside)).keyBy(({ n, from }) => `${from}${n % 7}`);
}

/** Waits as long as the value says, so that every run waits alike. */
async function late<T extends Item>(item: T): Promise<T> {
  for (let i = 0; i < item.n % 4; i++) await turn();
  return item;
}

export const runtimeCases: readonly RuntimeCase[] = [
  {
    name: 'hello',
    build: (outside) =>
      pipeline('hello')
        .from(items(outside))
        .map(({ n }) => n * n)
        .filter((n) => n > 10)
        .flatMap((n) => (n % 2 === 0 ? [n, n + 1] : [n]))
        .to(rowsTo(outside, 'rows')),
  },
  {
    name: 'scan',
    build: (outside) =>
      keyed(pipeline('scan'), outside)
        .scan(
          'sum',
          () => 0,
          (total, { n }) => total + n,
        )
        .to(rowsTo(outside, 'rows')),
  },
  {
    name: 'windows',
    build(outside) {
      const plan = pipeline('windows');
      const stream = keyed(plan, outside);
      stream
        .window('fours', tumblingCount(4))
        .aggregate({ n: count(), total: sum(({ n }: Item) => n) })
        .to(rowsTo(outside, 'fours'));
      stream
        .window('steps', slidingCount(5, 2, { partial: true }))
        .toArray()
        .to(rowsTo(outside, 'steps'));
      return plan;
    },
  },
  {
    name: 'diamond',
    build(outside) {
      const stream = keyed(pipeline('diamond'), outside);
      const nothing = stream.filter(() => false);
      const slow = stream.mapAsync(late, { concurrency: 8, order: 'key' });
      return nothing.merge(slow).to(rowsTo(outside, 'rows'));
    },
  },
  {
    name: 'side outputs',
    build(outside) {
      const plan = pipeline('side-outputs');
      const { low, high } = plan.from(items(outside)).split({ low: ({ n }) => n < 50, high: ({ n }) => n >= 90 });
      low.to(rowsTo(outside, 'low'));
      high.map(({ n }) => -n).to(rowsTo(outside, 'high'));
      return plan;
    },
  },
  {
    name: 'dead letters',
    manyWays: ['letters'],
    build(outside) {
      const plan = pipeline('dead-letters', { onError: 'deadLetter' });
      keyed(plan, outside)
        .map((item) => (item.n % 11 === 0 ? fail('eleven') : item))
        .scan(
          'sum',
          () => 0,
          (total, { n }) => total + n,
        )
        .to(rowsTo(outside, 'rows'));
      plan
        .deadLetters()
        .map(({ id, operator, error }) => ({ id, operator, what: error.what }))
        .to(rowsTo(outside, 'letters'));
      return plan;
    },
  },
  {
    name: 'asynchronous',
    build: (outside) =>
      keyed(pipeline('asynchronous'), outside)
        .mapAsync(late, { concurrency: 8, order: 'key' })
        .keyBy(({ n, from }, { key }) => [String(key), from, n % 2])
        .scan(
          'count',
          () => 0,
          (n) => n + 1,
        )
        .to(rowsTo(outside, 'rows')),
  },
];

/** The record that fails stands at this position of partition a. */
export const FAILS_AT = 21;

const failing: RuntimeCase = {
  name: 'failing',
  build: (outside) =>
    keyed(pipeline('failing'), outside)
      .map((item, { partition, position }) => (partition === 'a' && position === String(FAILS_AT) ? fail('this one') : item))
      .to(rowsTo(outside, 'rows')),
};

const stuck: RuntimeCase = {
  name: 'stuck',
  build: (outside) =>
    keyed(pipeline('stuck'), outside)
      .mapAsync(() => new Promise<number>(() => {}), { concurrency: 2 })
      .to(rowsTo(outside, 'rows')),
};

export function runtimeCase(name: string): RuntimeCase {
  const found = [...runtimeCases, failing, stuck].find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`there is no case '${name}'`);
  return found;
}
