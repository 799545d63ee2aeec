import { expect, test } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Chunk, type Control } from '../../core/chunk.ts';
import { NO_ORIGIN } from '../junctions.ts';
import type { Receiver } from './channels.ts';
import { Units } from './units.ts';

const chunk = (values: unknown[], control?: Control): Chunk => new Chunk(values, NO_ORIGIN, {}, control);

/** Threads that keep what they are given until they are told to answer. */
function scene(threads: number) {
  const clock = new VirtualClock();
  const given: Chunk[][] = Array.from({ length: threads }, () => []);
  const left: unknown[] = [];
  const to: Receiver = {
    id: 'behind',
    push(one) {
      left.push(...one.values);
      if (one.control !== undefined) left.push(one.control);
    },
    finish: (how) => void left.push(how),
  };
  const ends: string[] = [];
  const units = new Units(
    given.map((queue, i) => ({
      id: `thread ${i}`,
      push(one) {
        queue.push(one);
        return new Promise<void>(() => {});
      },
      finish: (how) => void ends.push(how),
    })),
    to,
    clock,
  );
  const answer = (i: number): void => {
    const one = given[i]!.shift()!;
    void units.exit(i).push(chunk(one.values.map((value) => `${String(value)}!`)));
    void units.exit(i).push(chunk([], { watermark: one.control!.watermark! }));
  };
  return { units, given, left, answer, ends, clock };
}

test('units leave in the order in which they came, whichever thread is done first', () => {
  const { units, left, answer } = scene(2);
  void units.entry.push(chunk(['a']));
  void units.entry.push(chunk(['b']));
  answer(1);
  expect(left).toEqual([]);
  answer(0);
  expect(left).toEqual(['a!', 'b!']);
});

test('a unit of which nothing is left holds nobody up', () => {
  const { units, given, left, answer } = scene(2);
  void units.entry.push(chunk(['a']));
  void units.entry.push(chunk(['b']));
  answer(1);
  void units.exit(0).push(chunk([], { watermark: given[0]![0]!.control!.watermark! }));
  expect(left).toEqual(['b!']);
});

test('a watermark waits for the unit it came with', () => {
  const { units, left, answer } = scene(2);
  void units.entry.push(chunk(['a'], { watermark: 7 }));
  void units.entry.push(chunk(['b']));
  answer(1);
  answer(0);
  expect(left).toEqual(['a!', { watermark: 7 }, 'b!']);
});

test('when all threads are at work the next unit waits', () => {
  const { units, given } = scene(2);
  expect(units.entry.push(chunk(['a']))).toBeUndefined();
  expect(units.entry.push(chunk(['b']))).toBeInstanceOf(Promise);
  void units.entry.push(chunk(['c']));
  expect(given.map((queue) => queue.length)).toEqual([1, 1]);
});

test('a few heavy records are divided among the threads, and light ones travel in larger and larger units', async () => {
  const { units, given } = scene(2);
  void units.entry.push(chunk(Array.from({ length: 128 }, (_, i) => i)));
  for (let turns = 0; turns < 10; turns++) await Promise.resolve();
  expect(given.map((queue) => queue.map((one) => one.values.length))).toEqual([[64], [64]]);
});
