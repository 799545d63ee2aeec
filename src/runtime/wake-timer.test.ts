import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { type Script, scripted } from './scripted-rig.ts';
import { embedded } from './embedded.ts';

interface Told {
  readonly batches: readonly (readonly [atMs: number, batch: readonly number[]])[];
  /** Timers that were set for the 20 ms of `within`, or what is left of them. */
  readonly timers: number;
}

async function batched(script: Script): Promise<Told> {
  const world = virtualWorld();
  const batches: [number, readonly number[]][] = [];
  let timers = 0;
  const { clock } = world;
  const counting = {
    ...world,
    scheduler: {
      soon: (fn: () => void) => world.scheduler.soon(fn),
      after(ms: number, fn: () => void) {
        // By the place it is asked from: a source waits too, and so does the sink.
        if (new Error('whose').stack!.includes('wake-timer')) timers++;
        return world.scheduler.after(ms, fn);
      },
    },
  };
  const made = pipeline('batched');
  made
    .from(scripted(world, { one: script }))
    .batch(3, { within: '20ms' })
    .to(each((batch) => void batches.push([clock.monotonic(), batch])));
  const running = await embedded({ world: counting }).start(made, {});
  await world.until(running.done, 10_000);
  expect(world.clock.pendingTimers).toBe(0);
  return { batches, timers };
}

test('a batch that follows another has its own time to wait, counted from its own first record', async () => {
  const { batches } = await batched([
    [1, [1, 2]],
    [6, [3, 4]],
    [40, [5, 6, 7]],
    [100, 'end'],
  ]);
  expect(batches).toEqual([
    [6, [1, 2, 3]],
    [26, [4]],
    [40, [5, 6, 7]],
  ]);
});

test('while batches fill up one timer serves them all, however many they are', async () => {
  // One is always left over, so each of them begins with a time to wait of its own.
  const full: Script = Array.from({ length: 200 }, (_, i) => [1 + i / 20, i === 0 ? [0] : [i, i, i]] as const);
  const { batches, timers } = await batched([...full, [100, 'end']]);
  expect(batches.length).toBe(200);
  expect(batches.at(-1)).toEqual([1 + 199 / 20 + 20, [199]]);
  expect(timers).toBeLessThanOrEqual(3);
});
