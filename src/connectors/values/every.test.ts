import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { testSource } from '../../testing/source-kit.ts';
import { every } from './every.ts';

testSource({
  test,
  name: 'every',
  endless: true,
  make() {
    const world = virtualWorld({ start: 5000 });
    const ticks = Array.from({ length: 12 }, (_, index) => ({ index, at: 5000 + (index + 1) * 1000 }));
    return { source: every('1s'), values: ticks, world, advance: () => world.advance(500) };
  },
  quiet: () => ({ source: every('1h'), values: [], world: virtualWorld() }),
});

test('ticks that nobody took are not made up for, and the index shows the gap', async () => {
  const world = virtualWorld();
  const signal = new AbortController().signal;
  const reader = await every('1s').open(0, undefined, { world, signal });
  await world.advance(3500);
  expect(await reader.read(10, signal)).toMatchObject({ values: [{ index: 2, at: 3500 }] });
  const next = reader.read(10, signal);
  await world.advance(500);
  expect((await next).values).toEqual([{ index: 3, at: 4000 }]);
});

test('setting the clock moves what a tick says, not when it comes', async () => {
  const world = virtualWorld();
  const signal = new AbortController().signal;
  const reader = await every('1s').open(0, undefined, { world, signal });
  const tick = reader.read(1, signal);
  world.clock.jump(-60_000);
  await world.advance(1000);
  expect((await tick).values).toEqual([{ index: 0, at: -59_000 }]);
});

test('an aborted wait leaves no timer', async () => {
  const world = virtualWorld();
  const run = new AbortController();
  const reader = await every('1s').open(0, undefined, { world, signal: run.signal });
  const tick = reader.read(1, run.signal);
  expect(world.clock.pendingTimers).toBe(1);
  run.abort();
  expect((await tick).values).toEqual([]);
  expect(world.clock.pendingTimers).toBe(0);
});

test('an interval of nothing is refused', () => {
  expect(() => every(0)).toThrow(/interval of nothing/);
});

test('its id names the interval', () => {
  expect([every('1s').id, every(250).id]).toEqual(['every:1s', 'every:250ms']);
});
