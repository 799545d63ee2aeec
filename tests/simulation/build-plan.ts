import {
  count,
  fail,
  type KeyedStream,
  type Pipeline,
  pipeline,
  type Sink,
  slidingCount,
  type Source,
  type Stream,
  sum,
  tumblingCount,
} from '../../src/index.ts';
import type { DrawnBranch, DrawnPlan, DrawnStep } from './draw-plan.ts';
import { isKeying, orderOf } from './draw-plan.ts';

/**
 * What flows. Invariant: records of one lane have one order wherever they are in a plan, and the key of a record, where
 * it has one, is its lane; so whatever remembers sees of each lane the same, whichever lane comes first.
 */
export interface Item {
  readonly lane: string;
  /** Which record it is, or was made of. */
  readonly s: string;
  readonly n: number;
}

/** A letter, as the pipeline itself writes it down. */
export type LetterRow = Item & { readonly operator: string; readonly what: string };

/** What the pipeline is built of, by whoever knows the disk. */
export interface Parts {
  source(at: number): Source<Item>;
  sink(branch: number): Sink<Item>;
  letters(): Sink<Item>;
  /** Refuses nothing any more. */
  readonly isMended: boolean;
  /** Lets virtual time pass. */
  wait(ms: number): Promise<void>;
}

export const PIPELINE = 'main';

/** How the letters of an item can be told: behind a redrive nothing else has their lane. */
export function buildPlan(drawn: DrawnPlan, parts: Parts): Pipeline {
  const made = pipeline(PIPELINE, { onError: drawn.letters === 'skip' ? 'skip' : 'deadLetter' });
  const streams = drawn.sources.map((source, i) => made.from(parts.source(i), { name: source.name }));
  const built: Stream<Item>[][] = [];
  for (const [i, branch] of drawn.branches.entries()) {
    const ways = [beginning(branch, streams, built)];
    for (const step of branch.steps) ways.push(stepOn(ways.at(-1)!, step, parts));
    built.push(ways);
    ways.at(-1)!.to(parts.sink(i), { name: `out${i}` });
  }
  if (drawn.letters === 'sink') {
    const rows = made.deadLetters().map(({ operator, error, value }): LetterRow => {
      const { lane, s, n } = value as Item;
      return { lane: `${operator} ${lane}`, s, n, operator, what: error.what };
    });
    rows.to(parts.letters(), { name: 'letters' });
  }
  return made;
}

function beginning(
  { from, joined }: DrawnBranch,
  streams: readonly Stream<Item>[],
  built: readonly (readonly Stream<Item>[])[],
): Stream<Item> {
  if ('branch' in from) return built[from.branch]![from.after]!;
  const stream = streams[from.source]!;
  return joined === undefined ? stream : stream.merge(streams[joined]!);
}

/** With its lane as the key; every other time the lane is divided first. */
function laned(stream: Stream<Item>, { name, b }: DrawnStep): KeyedStream<string, Item> {
  const finer = b % 2 === 0 ? stream.map((item) => ({ ...item, lane: `${item.lane}.${item.n % 3}` }), { name: `${name} lanes` }) : stream;
  return finer.keyBy((item): string => item.lane, { name: `${name} key` });
}

const MOST = 1_000_003;

function stepOn(before: Stream<Item>, step: DrawnStep, parts: Parts): Stream<Item> {
  const { kind, name, a, b, isOfAll, refuses } = step;
  const stream = isKeying(step) ? laned(before, step) : before;
  const isRefused = (n: number): boolean => refuses && !parts.isMended && n % 9 === b;
  const changed = (item: Item): Item => ({ ...item, n: (item.n * (a + 1) + b) % MOST });
  switch (kind) {
    case 'map':
      return stream.map((item) => (isRefused(item.n) ? fail(`${name} wants no ${item.n}`) : changed(item)), { name });
    case 'filter':
      return stream.filter((item) => item.n % (a + 3) !== b, { name });
    case 'flatMap':
      return stream.flatMap(
        (item) => {
          if (isRefused(item.n)) throw new Error(`${name} wants no ${item.n}`);
          return Array.from({ length: 1 + ((item.n + a) % 2) }, (_, i): Item => ({ ...item, s: `${item.s}/${i}`, n: item.n * 2 + i }));
        },
        { name },
      );
    case 'scan numbers':
      return stream
        .scan(
          name,
          () => 0,
          (state, item) => (state * 31 + item.n + 1) % MOST,
        )
        .map((n, { key }): Item => ({ lane: laneOf(key), s: `${name}=${n}`, n }), { name: `${name} item` });
    case 'scan objects':
      return stream.scan(
        name,
        (): Item & { readonly last: readonly number[] } => ({ lane: '', s: '', n: 0, last: [] }),
        (state, item) => {
          if (isRefused(item.n)) throw new Error(`${name} wants no ${item.n}`);
          return { lane: item.lane, s: item.s, n: (state.n * 7 + item.n) % MOST, last: [...state.last, item.n].slice(-3) };
        },
      );
    case 'statistics':
      return stream
        .statistics(name, (item) => item.n, { every: 1 + (a % 2) })
        .map((s, { key }): Item => ({ lane: laneOf(key), s: `${name}#${s.count} ${s.mean} ${s.variance} ${s.max}`, n: s.count }), {
          name: `${name} item`,
        });
    case 'window aggregate': {
      const windows = a % 2 === 0 ? tumblingCount(a) : slidingCount(a + 1, 1 + (b % 2));
      return stream
        .window(name, windows)
        .aggregate({ many: count(), total: sum((item: Item) => item.n) })
        .map((pane): Item => ({ lane: laneOf(pane.key), s: `${name}@${pane.window.start}`, n: (pane.total * 3 + pane.many) % MOST }), {
          name: `${name} item`,
        });
    }
    case 'window reduce':
      return stream
        .window(name, tumblingCount(a + 1))
        .reduce(
          () => ({ n: 0 }),
          (state, item) => ({ n: (state.n * 13 + item.n) % MOST }),
        )
        .map((pane): Item => ({ lane: laneOf(pane.key), s: `${name}@${pane.window.start}`, n: pane.value.n }), { name: `${name} item` });
    case 'distinct':
      return isOfAll
        ? stream.distinct((item) => item.n % (20 * a), { keep: { items: 4 * a }, name })
        : stream.distinct((item) => `${item.lane} ${item.n % (a * 50)}`, { name });
    case 'take':
      return stream.take(40 * a, { name });
    case 'skip':
      return stream.skip(7 * a + b, { name });
    case 'mapAsync': {
      const answers = stream.mapAsync(
        async (item) => {
          if (item.n % 4 !== 0) await parts.wait((item.n % (2 * a)) + 1);
          return isRefused(item.n) ? fail(`${name} wants no ${item.n}`) : changed(item);
        },
        { concurrency: 2 + a, order: orderOf(step), name },
      );
      // Answers have no order any more, so each is a lane of its own.
      return orderOf(step) === 'completion'
        ? answers.map((item) => ({ ...item, lane: `${item.lane}~${item.s}` }), { name: `${name} lanes` })
        : answers;
    }
    case 'mapBatch':
      // What is found does not change, so the answer is the same as by a batch, however old it is.
      if (b === 4) {
        const find = async (keys: readonly number[]): Promise<string[]> => {
          await parts.wait(keys.length % 4);
          return keys.map((key) => `of ${key}`);
        };
        const put = (item: Item, found: string | undefined): Item => {
          if (found !== `of ${item.n % 10}`) throw new Error(`${item.n} was given what is ${found}`);
          return isRefused(item.n) ? (fail(`${name} wants no ${item.n}`) as never) : changed(item);
        };
        return stream.enrich({ by: (item) => item.n % 10, find }, put, { max: 2 + a, cache: { for: 5, items: 6 }, name });
      }
      return stream.mapBatch(
        async (items) => {
          await parts.wait(items.length % 4);
          return items.map((item) => (isRefused(item.n) ? fail(`${name} wants no ${item.n}`) : changed(item)));
        },
        { max: 2 + a, within: 2, concurrency: 1 + b, name },
      );
    case 'batch':
      // Batches are cut by checkpoints; what is in them is not.
      return stream.batch(2 + a, { name, within: 3 }).flatMap((items) => items, { name: `${name} items` });
    case 'buffer':
      return stream.buffer({ items: 3 + 5 * a, name });
    case 'rateLimit':
      return stream.rateLimit({ records: 4 + a * 2, per: 1, burst: 1 + b, name });
    case 'eventTime':
      return stream
        .eventTime((item) => (item.n % 1000) * 10, { disorder: a * 100, name })
        .map((item, { eventTime }): Item => ({ ...item, n: (item.n + eventTime) % MOST }), { name: `${name} item` });
    case 'split and merge': {
      const { even, odd } = stream.split({ even: (item) => item.n % 2 === 0, odd: (item) => item.n % 10 !== b * 2 + 1 });
      const left = even.map((item): Item => ({ ...item, lane: `${item.lane}e` }), { name: `${name} even` });
      const right = odd.map((item): Item => ({ ...item, lane: `${item.lane}o`, n: item.n + a }), { name: `${name} odd` });
      return left.merge(right);
    }
  }
}

/** Behind what remembers for all records, all are in one lane. */
function laneOf(key: unknown): string {
  return typeof key === 'string' ? key : 'all';
}
