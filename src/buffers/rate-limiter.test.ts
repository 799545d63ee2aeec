import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { type RateLimit, RateLimiter } from './rate-limiter.ts';

interface Granted {
  readonly at: number;
  readonly count: number;
}

/** Takes all of these as fast as the limiter lets it, and says when each was granted. */
async function grants(limit: RateLimit, counts: readonly number[], jumps: readonly number[] = []): Promise<Granted[]> {
  const world = virtualWorld();
  const limiter = new RateLimiter({ ...limit, world });
  const granted: Granted[] = [];
  const all = Promise.all(
    counts.map(async (count) => {
      await limiter.take(count);
      granted.push({ at: world.clock.monotonic(), count });
    }),
  );
  for (const jump of jumps) {
    world.clock.jump(jump);
    await world.advance(3);
  }
  await world.until(all, 1e9);
  expect(world.clock.pendingTimers).toBe(0);
  return granted;
}

/** The most that was granted in any span, its ends included on one side. */
function mostIn(granted: readonly Granted[], spanMs: number): number {
  return Math.max(
    0,
    ...granted.map(({ at }) => granted.filter((one) => one.at >= at && one.at < at + spanMs).reduce((sum, one) => sum + one.count, 0)),
  );
}

const limits = fc.record({
  records: fc.integer({ min: 1, max: 500 }),
  per: fc.integer({ min: 1, max: 5000 }),
  burst: fc.integer({ min: 1, max: 50 }),
});

test('in no span do more pass than records and burst, in order, also when the clock is set', async () => {
  await fc.assert(
    fc.asyncProperty(
      limits,
      fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 }),
      fc.array(fc.integer({ min: -1e6, max: 1e6 }), { maxLength: 5 }),
      async (limit, sizes, jumps) => {
        const counts = sizes.map((size) => Math.min(size, limit.burst));
        const granted = await grants(limit, counts, jumps);
        expect(granted.map(({ count }) => count)).toEqual(counts);
        expect(mostIn(granted, limit.per)).toBeLessThanOrEqual(limit.records + limit.burst);
      },
    ),
  );
});

test('the rate is reached: nobody waits longer than it asks', async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.integer({ min: 1, max: 100 }), async (asked, count) => {
      const limit = { ...asked, burst: Math.ceil(Math.max(asked.burst, 1 + asked.records / asked.per)) };
      const granted = await grants(
        limit,
        Array.from({ length: count }, () => 1),
      );
      const ideal = (Math.max(0, count - limit.burst) * limit.per) / limit.records;
      expect(granted.at(-1)!.at).toBeLessThanOrEqual(Math.ceil(ideal) + 1);
    }),
  );
});

test('who takes more than the burst waits until that many have come', async () => {
  const granted = await grants({ records: 10, per: '1s', burst: 5 }, [25, 1]);
  expect(granted).toEqual([
    { at: 2000, count: 25 },
    { at: 2100, count: 1 },
  ]);
});

test('a take answers undefined while there are permits', () => {
  const limiter = new RateLimiter({ records: 100, per: '1s', burst: 2, world: virtualWorld() });
  expect([limiter.take(), limiter.take(), limiter.tryTake()]).toEqual([undefined, undefined, false]);
  expect(limiter.take()).toBeInstanceOf(Promise);
});

test('tryTake does not overtake who waits', async () => {
  const world = virtualWorld();
  const limiter = new RateLimiter({ records: 10, per: '1s', burst: 2, world });
  limiter.tryTake(2);
  const waiting = limiter.take(2);
  await world.advance(150);
  expect(limiter.tryTake()).toBe(false);
  await world.advance(50);
  await waiting;
});

test('a signal calls a wait off, and who stands behind is served in its place', async () => {
  const world = virtualWorld();
  const limiter = new RateLimiter({ records: 10, per: '1s', burst: 1, world });
  limiter.tryTake();
  const run = new AbortController();
  const first = limiter.take(1000, { signal: run.signal })!;
  const second = limiter.take()!;
  await world.advance(100);
  run.abort(new Error('called off'));
  await expect(first).rejects.toThrow('called off');
  await second;
  expect(world.clock.monotonic()).toBe(100);
  expect(world.clock.pendingTimers).toBe(0);
});

test('a pause gives a burst and not more', async () => {
  const world = virtualWorld();
  const limiter = new RateLimiter({ records: 100, per: '1s', world });
  await world.advance(60_000);
  let passed = 0;
  while (limiter.tryTake()) passed += 1;
  expect(passed).toBe(2); // What 20 ms bring at 100 a second.
});

test('a full bucket gives its burst whatever the clock shows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constantFrom(1, 7, 1000, 60_000), async (at, per) => {
      const clock = { now: () => at, monotonic: () => at };
      const limiter = new RateLimiter({ records: 1, per, burst: 1, world: { ...virtualWorld(), clock } });
      expect([limiter.tryTake(), limiter.tryTake()]).toEqual([true, false]);
    }),
  );
});

test('limits that let nothing pass, and permits that can never be there, are refused', () => {
  expect(() => new RateLimiter({ records: 0, per: '1s' })).toThrow(/lets nothing pass/);
  expect(() => new RateLimiter({ records: 1, per: 0 })).toThrow(/lets nothing pass/);
  expect(() => new RateLimiter({ records: 1, per: '1s', burst: 2 }).tryTake(3)).toThrow(/never there at once/);
});
