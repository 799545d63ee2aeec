import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadraceError } from '../core/error.ts';
import { SeededRandom } from './random.ts';
import { RetryBudget, retry, type RetryOptions, sleep, waitBefore } from './retry.ts';
import { virtualWorld } from './virtual-world.ts';

/** Fails so many times, then answers; notes when it was called. */
function flaky(
  world: ReturnType<typeof virtualWorld>,
  failures: number,
  error: (attempt: number) => unknown = (attempt) => new Error(`no ${attempt}`),
) {
  const calls: number[] = [];
  const call = (_signal: AbortSignal, attempt: number): string => {
    calls.push(world.clock.monotonic());
    if (attempt <= failures) throw error(attempt);
    return `yes after ${attempt}`;
  };
  return { calls, call };
}

function setup(options: Partial<RetryOptions> = {}) {
  const world = virtualWorld();
  const all: RetryOptions = { world, attempts: 5, ...options };
  return { world, options: all };
}

test('a wait is anywhere between nothing and a ceiling that doubles up to its maximum', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -3, max: 5000 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.integer(),
      (attempt, first, max, seed) => {
        const wait = waitBefore(attempt, { first, max }, new SeededRandom(seed));
        const ceiling = attempt <= 1 ? 0 : Math.min(max, first * 2 ** Math.min(attempt - 2, 60));
        return wait >= 0 && (wait <= ceiling || (attempt > 62 && wait <= max));
      },
    ),
  );
});

test('waits spread over the whole range, so that callers that failed together come back apart', () => {
  const random = new SeededRandom('jitter');
  const waits = Array.from({ length: 1000 }, () => waitBefore(5, { first: 100, max: 10_000 }, random));
  expect(Math.min(...waits)).toBeLessThan(20);
  expect(Math.max(...waits)).toBeGreaterThan(780);
  expect(waits.reduce((a, b) => a + b) / 1000).toBeGreaterThan(370);
  expect(waits.reduce((a, b) => a + b) / 1000).toBeLessThan(430);
});

test('it answers with the first success, and no time passes when that is the first call', async () => {
  const { world, options } = setup();
  expect(await world.until(retry(flaky(world, 0).call, options))).toBe('yes after 1');
  expect(world.clock.monotonic()).toBe(0);
  expect(await world.until(retry(flaky(world, 3).call, options))).toBe('yes after 4');
  expect(world.clock.pendingTimers).toBe(0);
});

test('after the last attempt it rejects with the last error itself', async () => {
  const { world, options } = setup({ attempts: 3 });
  const { call, calls } = flaky(world, 99);
  await expect(world.until(retry(call, options))).rejects.toThrow('no 3');
  expect(calls).toHaveLength(3);
});

test('an error that will not pass is not tried again', async () => {
  const { world, options } = setup();
  const stop = new HeadraceError({ code: 'HR_TEST', what: 'No', todo: 'Nothing.' });
  const first = flaky(world, 99, () => stop);
  await expect(world.until(retry(first.call, options))).rejects.toBe(stop);
  const again = flaky(world, 1, () => new HeadraceError({ code: 'HR_TEST', action: 'reconnect', what: 'No', todo: 'Nothing.' }));
  await world.until(retry(again.call, options));
  const chosen = flaky(world, 99);
  await expect(world.until(retry(chosen.call, { ...options, isRetryable: () => false }))).rejects.toThrow('no 1');
  expect([first.calls.length, again.calls.length, chosen.calls.length]).toEqual([1, 2, 1]);
});

test('a deadline ends an attempt under way, and tells it', async () => {
  const { world, options } = setup({ deadline: 1000, where: 'mapAsync charge' });
  let told: unknown;
  const hanging = (signal: AbortSignal): Promise<never> => {
    signal.addEventListener('abort', () => {
      told = signal.reason;
    });
    return new Promise(() => {});
  };
  await expect(world.until(retry(hanging, options))).rejects.toMatchObject({ code: 'HR_DEADLINE_PASSED', where: 'mapAsync charge' });
  expect(told).toMatchObject({ code: 'HR_DEADLINE_PASSED' });
  expect([world.clock.monotonic(), world.clock.pendingTimers]).toEqual([1000, 0]);
});

test('a wait that would end behind the deadline is not begun: the true error comes at once', async () => {
  const { world, options } = setup({ deadline: 5000, attempts: 1_000_000, backoff: { first: 1000, max: 4000 } });
  const { call } = flaky(world, Number.POSITIVE_INFINITY);
  await expect(world.until(retry(call, options))).rejects.toThrow(/^no \d+$/);
  expect(world.clock.monotonic()).toBeLessThan(5000);
});

test('an abort ends it at once, in a call, in a wait, or before it began, with the reason', async () => {
  for (const fn of [() => new Promise<never>(() => {}), () => Promise.reject(new Error('no'))]) {
    const controller = new AbortController();
    const { world, options } = setup({ signal: controller.signal, attempts: 1_000_000, backoff: { first: 1e6, max: 1e6 } });
    const answer = retry(fn, options);
    world.scheduler.after(10, () => controller.abort(new Error('the run is over')));
    await expect(world.until(answer)).rejects.toThrow('the run is over');
    expect([world.clock.monotonic(), world.clock.pendingTimers, getEventListeners(controller.signal, 'abort').length]).toEqual([10, 0, 0]);
    let called = false;
    await expect(
      retry(() => {
        called = true;
      }, options),
    ).rejects.toThrow('the run is over');
    expect(called).toBe(false);
  }
});

test('it tells of each wait, and the waits are what the backoff says', async () => {
  const waits: number[] = [];
  const { world, options } = setup({
    backoff: { first: 100, max: 300 },
    onRetry: (_error, attempt, waitMs) => waits.push(attempt, waitMs),
  });
  const { call, calls } = flaky(world, 4);
  await world.until(retry(call, options));
  expect(waits.filter((_, i) => i % 2 === 0)).toEqual([1, 2, 3, 4]);
  const random = virtualWorld().random;
  const expected = [2, 3, 4, 5].map((attempt) => waitBefore(attempt, { first: 100, max: 300 }, random));
  expect(waits.filter((_, i) => i % 2 === 1)).toEqual(expected);
  expect(calls.at(-1)).toBeCloseTo(
    expected.reduce((a, b) => a + b),
    6,
  );
});

test('an endpoint that is down sees the budget of retries and then one call each', async () => {
  const budget = new RetryBudget({ tokens: 20 });
  const { world, options } = setup({ budget });
  let calls = 0;
  const down = (): never => {
    calls++;
    throw new Error('down');
  };
  for (let i = 0; i < 1000; i++) await world.until(retry(down, options)).catch(() => {});
  expect(calls).toBe(1020);
  for (let i = 0; i < 50; i++) await world.until(retry(() => 'up', options));
  calls = 0;
  for (let i = 0; i < 100; i++) await world.until(retry(down, options)).catch(() => {});
  expect(calls).toBe(105);
});

test('ten successes are worth exactly one retry, and the bucket does not overflow', () => {
  const budget = new RetryBudget({ tokens: 1 });
  for (let i = 0; i < 1000; i++) budget.succeeded();
  expect([budget.take(), budget.take()]).toEqual([true, false]);
  for (let i = 0; i < 9; i++) budget.succeeded();
  expect(budget.take()).toBe(false);
  budget.succeeded();
  expect([budget.take(), budget.take()]).toEqual([true, false]);
});

test('sleep ends after its time or with the signal, and leaves no timer', async () => {
  const world = virtualWorld();
  await world.until(sleep(500, world, new AbortController().signal));
  expect(world.clock.monotonic()).toBe(500);
  const controller = new AbortController();
  const asleep = sleep(500, world, controller.signal);
  controller.abort(new Error('up'));
  await expect(asleep).rejects.toThrow('up');
  expect(world.clock.pendingTimers).toBe(0);
});
