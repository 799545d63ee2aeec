import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import type { RecordInfo } from '../core/chunk.ts';
import type { EventTimeOptions } from '../operators/event-time.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { Alignment } from './alignment.ts';
import type { OperatorMetrics } from './report.ts';
import { start } from './run.ts';
import { piecesOf, type Script, scripted } from './scripted-rig.ts';

/** Partitions of one source, and which of them are held at this moment. */
function members(spanMs: number, ...partitions: readonly string[]) {
  const alignment = new Alignment(new Map([['s', spanMs]]));
  const held = new Set<string>();
  for (const partition of partitions)
    alignment.join('s', partition, (isAhead) => void (isAhead ? held.add(partition) : held.delete(partition)));
  return { alignment, held: () => [...held].sort().join('') };
}

test('whoever is ahead of the slowest by more than the span waits until that has come up', () => {
  const { alignment, held } = members(100, 'a', 'b', 'c');
  alignment.reached('s', 'a', 50);
  expect(held()).toBe('a');
  alignment.reached('s', 'b', 0);
  expect(held()).toBe('ab');
  alignment.reached('s', 'c', -50);
  expect([held(), alignment.aheadOf('s'), alignment.aheadOf('t')]).toEqual(['', 0, undefined]);
  alignment.reached('s', 'a', 51);
  expect([held(), alignment.aheadOf('s')]).toEqual(['a', 1]);
  alignment.reached('s', 'c', -49);
  expect(held()).toBe('');
});

test('who is at his end, or has left, holds nobody up, until he has something again', () => {
  const { alignment, held } = members(100, 'a', 'b');
  alignment.reached('s', 'a', 500);
  expect(held()).toBe('a');
  alignment.atEnd('s', 'b', true);
  expect(held()).toBe('');
  alignment.atEnd('s', 'b', false);
  expect(held()).toBe('a');
  alignment.left('s', 'b');
  expect(held()).toBe('');
});

test('there is always one who is not held', () => {
  const { alignment, held } = members(0, 'a', 'b', 'c');
  for (const [partition, ms] of [
    ['a', 10],
    ['b', 10],
    ['c', 10],
    ['c', 30],
    ['b', 20],
    ['a', 20],
  ] as const) {
    alignment.reached('s', partition, ms);
    expect(held().length).toBeLessThan(3);
  }
  expect(held()).toBe('c');
});

/** A file of a time: so many records, a minute apart. */
const file = (count: number, from: number): Script => [
  [0, Array.from({ length: count }, (_, n) => from + n * 60_000)],
  [0, 'end'],
];
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

for (const pieces of [1, 2]) {
  const how = pieces === 1 ? 'in one piece' : 'as stages';

  test(`of two files of different years the younger is not read into memory while the older is under way, ${how}`, async () => {
    const early = async (options: EventTimeOptions): Promise<number> => {
      const world = virtualWorld();
      const made = pipeline('years');
      const old = made.from(scripted(world, { 0: file(1000, 0) }, { id: 'old' }));
      const young = made.from(scripted(world, { 0: file(1000, YEAR), 1: file(500, 2 * YEAR) }, { id: 'young' }));
      let count = 0;
      let isOldOver = false;
      // The way of the old ones is slow: left alone, the young ones are through long before.
      const wait = async (at: number, { source }: RecordInfo): Promise<number> => {
        if (source === 'old') await new Promise<void>((wake) => world.scheduler.after(5, wake));
        return at;
      };
      old
        .merge(young)
        .mapAsync(wait, { concurrency: 8, order: 'completion' })
        .eventTime((at) => at, { disorder: '1d', ...options })
        .tap((at) => {
          // Its last records are read, and so hold nobody up, while some are still on their way.
          if (at >= 900 * 60_000 && at < YEAR) isOldOver = true;
          if (at >= YEAR && !isOldOver) count++;
        })
        .to(each(() => {}));
      const run = await start(made, { runtime: piecesOf(world, pieces, { chunk: 8 }) });
      expect(await world.until(run.done)).toMatchObject({ in: 2500, out: 2500 });
      return count;
    };
    expect(await early({})).toBeGreaterThan(200);
    // What is under way when a partition is held comes too: a chunk or two of each.
    expect(await early({ alignWithin: '2h' })).toBeLessThanOrEqual(32);
  });

  test(`a partition that has nothing, one that has ended and one that is gone until later do not stop the others, ${how}`, async () => {
    const world = virtualWorld();
    const made = pipeline('quiet');
    const source = scripted(world, {
      a: [
        [0, [1, HOUR, 2 * HOUR, 3 * HOUR]],
        [5000, [4 * HOUR]],
      ],
      b: [],
      c: [
        [0, [5]],
        [1000, 'end'],
      ],
      d: [[4000, [10 * HOUR]]],
    });
    const seen: number[] = [];
    made
      .from(source)
      .eventTime((at) => at, { alignWithin: '30m', idleAfter: '10s' })
      .to(each((at) => void seen.push(at)));
    const run = await start(made, { runtime: piecesOf(world, pieces, { chunk: 1 }) });
    const ahead = (): OperatorMetrics['partitionsAhead'] => run.metrics().operators[0]!.partitionsAhead;
    await world.advance(500);
    expect(seen).toEqual([1, 5, HOUR, 2 * HOUR, 3 * HOUR]);
    await world.advance(3600);
    expect(seen.at(-1)).toBe(10 * HOUR);
    expect(ahead()).toBe(0);
    await world.advance(2000);
    expect(seen.at(-1)).toBe(4 * HOUR);
    await world.until(run.stop());
  });
}
