import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import type { DeadLetter } from '../core/letter.ts';
import { Life, type Surroundings } from './simulate-life.ts';
import { Sent, Shown } from './simulate-outside.ts';

function around(): Surroundings<number, number> {
  const world = virtualWorld();
  const options = { checkpointEvery: '1h' } as const;
  return {
    world,
    part: (stream) => stream,
    options,
    sent: new Sent<number>(),
    outputs: new Shown<number>(),
    letters: new Shown<DeadLetter>(),
  };
}

test('a process that dies at its first commit has committed nothing, and the next one does', async () => {
  const outside = around();
  const { world, sent, outputs } = outside;
  const first = new Life(outside, world.random.fork('first'));
  await first.begin();
  sent.add([1, 2], Number.NaN);
  await world.settle();
  first.dieAtCommit(0);
  first.run.checkpoint().catch(() => {});
  await world.settle();
  expect([first.isDead, outputs.take(), outputs.isTakenTooEarly]).toEqual([true, [1, 2], true]);
  world.files.powerCut();
  const second = new Life(outside, world.random.fork('second'));
  await second.begin();
  await world.settle();
  expect([outputs.take(), outputs.isTakenTooEarly]).toEqual([[], false]);
  second.die();
  expect(world.clock.pendingTimers).toBe(0);
});

test('a process that is dead fails of nothing, and sets no timers', async () => {
  const outside = around();
  const { world, sent, outputs } = outside;
  const life = new Life(outside, world.random.fork('life'));
  await life.begin();
  await world.settle();
  life.die();
  sent.add([1], Number.NaN);
  await world.advance(100_000);
  expect([life.failure, outputs.take(), world.clock.pendingTimers]).toEqual([undefined, [], 0]);
});

test('a process can be held amid the records', async () => {
  const outside = around();
  const { world, sent, outputs } = outside;
  sent.add([1, 2, 3, 4, 5], Number.NaN);
  const first = new Life(outside, world.random.fork('first'));
  first.readAtMost(3);
  await first.begin();
  await world.settle();
  expect(outputs.take()).toEqual([1, 2, 3]);
  await world.until(first.run.checkpoint());
  first.die();
  const second = new Life(outside, world.random.fork('second'));
  world.files.powerCut();
  await second.begin();
  await world.settle();
  expect(outputs.take()).toEqual([4, 5]);
  second.die();
});
