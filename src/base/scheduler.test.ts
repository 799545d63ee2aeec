import { expect, test } from 'vitest';
import type { Clock } from '../core/world.ts';
import { realClock } from './clock.ts';
import { realScheduler } from './scheduler.ts';

const wait = (ms: number, clock: Clock = realClock): Promise<number> => {
  const start = clock.monotonic();
  return new Promise((resolve) => {
    realScheduler(clock).after(ms, () => resolve(clock.monotonic() - start));
  });
};

test('a timer is never early, not by a fraction of a millisecond', async () => {
  const waited = await Promise.all(Array.from({ length: 200 }, (_, i) => wait(i / 10).then((ms) => ms - i / 10)));
  expect(Math.min(...waited)).toBeGreaterThanOrEqual(0);
});

test('a wait is measured by the clock: when that is slow, the timer waits on', async () => {
  const slow: Clock = { now: () => 0, monotonic: () => performance.now() / 4 };
  expect(await wait(5, slow)).toBeGreaterThanOrEqual(5);
});

test('a wait of months does not end at once, and does not wake up again and again', async () => {
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', warned);
  let fired = false;
  const timer = realScheduler().after(2 ** 31 + 1000, () => {
    fired = true;
  });
  const endless = realScheduler().after(Number.POSITIVE_INFINITY, () => {
    fired = true;
  });
  await wait(5);
  process.off('warning', warned);
  expect(fired).toBe(false);
  expect(warnings).toEqual([]); // Node says TimeoutOverflowWarning, and waits 1 ms.
  timer.cancel();
  endless.cancel();
});

test('a cancelled timer does not fire and leaves nothing that keeps the process alive', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  let fired = 0;
  const timers = Array.from({ length: 100 }, () => realScheduler().after(1, () => fired++));
  for (const timer of timers) timer.cancel();
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBe(before);
  await wait(5);
  expect(fired).toBe(0);
});

test('soon is after promises and timers that are due, in order', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    realScheduler().soon(() => order.push('soon 1'));
    realScheduler().soon(() => {
      order.push('soon 2');
      resolve();
    });
    void Promise.resolve().then(() => order.push('promise'));
    order.push('now');
  });
  expect(order).toEqual(['now', 'promise', 'soon 1', 'soon 2']);
});
