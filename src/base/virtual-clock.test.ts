import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';
import { virtualWorld } from './virtual-world.ts';

test('timers run by their time, then by the order they were set, and see the time they were set for', async () => {
  const clock = new VirtualClock(1000);
  const seen: string[] = [];
  const note = (name: string) => (): void => void seen.push(`${name} ${clock.now()} ${clock.monotonic()}`);
  clock.after(20, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  clock.after(31, note('late'));
  await clock.advance(30);
  expect(seen).toEqual(['a 1010 10', 'b 1010 10', 'c 1020 20']);
  expect([clock.now(), clock.monotonic(), clock.pendingTimers]).toEqual([1030, 30, 1]);
});

test('everything that follows from a timer happens before the next one, through a thousand promises', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.after(10, () => {
    void (async () => {
      for (let i = 0; i < 1000; i++) await Promise.resolve();
      seen.push('the end of the chain');
    })();
  });
  clock.after(10, () => seen.push('the next timer'));
  await clock.advance(10);
  expect(seen).toEqual(['the end of the chain', 'the next timer']);
});

test('a timer set in a callback runs in the same advance when it is due by then', async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const again = (): void => {
    times.push(clock.monotonic());
    clock.after(10, again);
  };
  clock.after(10, again);
  await clock.advance(35);
  expect(times).toEqual([10, 20, 30]);
  clock.after(0, () => times.push(clock.monotonic()));
  await clock.settle();
  expect(times).toEqual([10, 20, 30, 35]);
});

test('soon runs in order; what is asked for meanwhile comes in the next round; promises come between', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.soon(() => {
    seen.push('1');
    clock.soon(() => seen.push('3'));
    void Promise.resolve().then(() => seen.push('after 1'));
  });
  clock.soon(() => seen.push('2'));
  expect(seen).toEqual([]);
  await clock.settle();
  expect(seen).toEqual(['1', 'after 1', '2', '3']);
  expect(clock.monotonic()).toBe(0);
});

test('a cancelled timer does not run and does not count as pending, also when a timer of the same time cancels it', async () => {
  const clock = new VirtualClock();
  let ran = 0;
  for (const timer of Array.from({ length: 1000 }, () => clock.after(5, () => ran++))) timer.cancel();
  expect(clock.pendingTimers).toBe(0);
  clock.after(5, () => second.cancel());
  const second = clock.after(5, () => ran++);
  await clock.advance(10);
  expect([ran, clock.pendingTimers]).toEqual([0, 0]);
});

test('setting the clock moves what now() says, back and forth, and no wait', async () => {
  const clock = new VirtualClock(1_000_000);
  let at = -1;
  clock.after(100, () => {
    at = clock.monotonic();
  });
  await clock.advance(50);
  clock.jump(-3_600_000);
  expect([clock.now(), clock.monotonic()]).toEqual([1_000_050 - 3_600_000, 50]);
  await clock.advance(49);
  expect(at).toBe(-1);
  clock.jump(7_200_000);
  await clock.advance(1);
  expect([at, clock.monotonic(), clock.now()]).toEqual([100, 100, 1_000_100 + 3_600_000]);
});

test('what a callback throws comes out of advance, and the rest still runs afterwards', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.after(10, () => {
    throw new Error('broken');
  });
  clock.after(10, () => seen.push('timer'));
  await expect(clock.advance(20)).rejects.toThrow('broken');
  expect(clock.monotonic()).toBe(10);
  clock.soon(() => {
    throw new Error('broken too');
  });
  clock.soon(() => seen.push('soon'));
  await expect(clock.settle()).rejects.toThrow('broken too');
  await clock.settle();
  expect(seen.toSorted()).toEqual(['soon', 'timer']);
});

test('until lets as much time pass as a promise needs, and no more', async () => {
  const clock = new VirtualClock();
  const promise = new Promise<string>((resolve) => {
    clock.after(60_000, () => clock.after(60_000, () => resolve('done')));
  });
  clock.after(500_000, () => {});
  expect(await clock.until(promise)).toBe('done');
  expect([clock.monotonic(), clock.pendingTimers]).toEqual([120_000, 1]);
  await expect(clock.until(Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('a promise that nothing can settle any more is a hang, and until says so', async () => {
  const clock = new VirtualClock();
  const stuck = expect.objectContaining({ code: 'HR_VIRTUAL_STUCK' });
  await expect(clock.until(new Promise(() => {}))).rejects.toThrow(stuck);
  const tick = (): void => void clock.after(1000, tick);
  tick();
  await expect(clock.until(new Promise(() => {}), 60_000)).rejects.toThrow(stuck);
  expect(clock.monotonic()).toBe(60_000);
});

test('two callers that let time pass at once are a mistake in the test', async () => {
  const clock = new VirtualClock();
  const first = clock.advance(10);
  await expect(clock.advance(10)).rejects.toThrow('one caller at a time');
  await first;
  expect(clock.monotonic()).toBe(10);
});

test('any set of timers runs in order of time, then of setting', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 50 }), { maxLength: 40 }),
      fc.array(fc.nat({ max: 20 }), { maxLength: 5 }),
      async (waits, steps) => {
        const clock = new VirtualClock();
        const ran: number[] = [];
        for (const [i, ms] of waits.entries()) clock.after(ms, () => ran.push(i));
        for (const ms of steps) await clock.advance(ms);
        const passed = steps.reduce((sum, ms) => sum + ms, 0);
        const expected = waits.map((ms, i) => ({ ms, i })).filter(({ ms }) => ms <= passed && steps.length > 0);
        expect(ran).toEqual(expected.toSorted((a, b) => a.ms - b.ms || a.i - b.i).map(({ i }) => i));
      },
    ),
    { numRuns: 50 },
  );
});

test('a world from the same seed draws the same, and its doors lead to one time', async () => {
  const world = virtualWorld({ start: 5000, seed: 7 });
  expect(world.random.next()).toBe(virtualWorld({ seed: '7' }).random.next());
  expect(virtualWorld({ seed: 8 }).random.next()).not.toBe(virtualWorld({ seed: 7 }).random.next());
  await world.advance(100);
  await (await world.files.open('/a', 'create')).close();
  expect([world.clock.now(), (await world.files.stat('/a'))?.modifiedMs]).toEqual([5100, 5100]);
  expect(await world.until(new Promise((resolve) => world.scheduler.after(5, () => resolve(1))))).toBe(1);
  await world.settle();
});

test('with a drawn order, what is due at the same moment runs in the order of a seed, and nothing runs before its time', async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const runs = await Promise.all(
      [0, 1].map(async () => {
        const { scheduler, advance } = virtualWorld({ seed, order: 'drawn' });
        const ran: string[] = [];
        for (const name of ['a', 'b', 'c']) scheduler.after(10, () => ran.push(name));
        scheduler.after(5, () => ran.push('early'));
        scheduler.after(5, () => ['x', 'y', 'z'].forEach((name) => scheduler.soon(() => ran.push(name))));
        await advance(10);
        return ran.join(' ');
      }),
    );
    expect(runs[1]).toBe(runs[0]);
    expect(runs[0]).toMatch(/^(early [xyz] [xyz] [xyz]|[xyz] [xyz] [xyz] early) [abc] [abc] [abc]$/);
    orders.add(runs[0]!.replace(/early ?/, ''));
  }
  expect(orders.size).toBeGreaterThan(20);
});
