import { expect, test } from 'vitest';
import { VirtualClock } from '../base/virtual-clock.ts';
import { MortalTimers } from './simulate-timers.ts';

test('the living have timers like any others', async () => {
  const clock = new VirtualClock();
  const timers = new MortalTimers(clock);
  const ran: string[] = [];
  timers.after(10, () => ran.push('second'));
  timers.after(5, () => ran.push('first'));
  timers.after(7, () => ran.push('never')).cancel();
  timers.soon(() => ran.push('soon'));
  await clock.advance(10);
  expect([ran, clock.pendingTimers]).toEqual([['soon', 'first', 'second'], 0]);
});

test('the dead hear nothing more', async () => {
  const clock = new VirtualClock();
  const timers = new MortalTimers(clock);
  const ran: string[] = [];
  timers.after(1, () => ran.push('timer'));
  timers.soon(() => ran.push('soon'));
  timers.die();
  timers.after(1, () => ran.push('late')).cancel();
  await clock.advance(10);
  expect([ran, clock.pendingTimers]).toEqual([[], 0]);
});
