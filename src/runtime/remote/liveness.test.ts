import { expect, test } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Liveness } from './liveness.ts';

function rig(pulse?: () => number) {
  const clock = new VirtualClock();
  const silences: number[] = [];
  const seen = { pings: 0 };
  const liveness = new Liveness({
    clock,
    scheduler: clock,
    everyMs: 1000,
    withinMs: 5000,
    ping: () => seen.pings++,
    ...(pulse === undefined ? {} : { pulse }),
    silent: (ms) => silences.push(ms),
  });
  liveness.start();
  return { clock, liveness, silences, seen };
}

test('who answers is asked again and again and never suspected', async () => {
  const { clock, liveness, silences, seen } = rig();
  for (let i = 0; i < 60; i++) {
    await clock.advance(1000);
    liveness.heard();
  }
  expect(seen.pings).toBe(60);
  expect(silences).toEqual([]);
});

test('silence is called out once, soon after the deadline, and the questions do not pile up', async () => {
  const { clock, silences, seen } = rig();
  await clock.advance(7000);
  expect(silences).toEqual([5000]);
  expect(seen.pings).toBe(1);
  await clock.advance(60_000);
  expect(silences).toEqual([5000]);
});

test('who was blocked itself does not blame the other for it', async () => {
  const clock = new VirtualClock();
  let skipMs = 0;
  const blocked = { now: () => 0, monotonic: () => clock.monotonic() + skipMs };
  const silences: number[] = [];
  const liveness = new Liveness({
    clock: blocked,
    scheduler: clock,
    everyMs: 1000,
    withinMs: 5000,
    ping() {},
    silent: (ms) => silences.push(ms),
  });
  liveness.start();
  await clock.advance(1000);
  skipMs = 60_000; // The next timer fires a minute late, before the answer that lies unread.
  await clock.advance(1000);
  expect(silences).toEqual([]);
  liveness.heard();
  await clock.advance(2000);
  expect(silences).toEqual([]);
});

test('work that can be seen to go on counts as a sign of life', async () => {
  let work = 0;
  const { clock, silences } = rig(() => work);
  for (let i = 0; i < 30; i++) {
    work++;
    await clock.advance(1000);
  }
  expect(silences).toEqual([]);
  await clock.advance(7000);
  expect(silences.length).toBe(1);
});
