import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { abortable, deadline, linked, onAbort } from './abort.ts';
import { loopTurn } from './scheduler.ts';
import { VirtualClock } from './virtual-clock.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** Runs `fn` and answers what nobody caught meanwhile. */
async function uncaughtIn(fn: () => void | Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  const before = { uncaughtException: process.listeners('uncaughtException'), unhandledRejection: process.listeners('unhandledRejection') };
  process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection');
  process.on('uncaughtException', note).on('unhandledRejection', note);
  try {
    await fn();
    await loopTurn();
    await loopTurn();
  } finally {
    process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection');
    for (const listener of before.uncaughtException) process.on('uncaughtException', listener);
    for (const listener of before.unhandledRejection) process.on('unhandledRejection', listener);
  }
  return uncaught;
}

test('a listener is called once, in the order of asking, and at once when it is too late', () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const same = (): void => void seen.push('same');
  onAbort(controller.signal, () => seen.push('first'));
  onAbort(controller.signal, same);
  onAbort(controller.signal, same);
  controller.abort();
  controller.abort();
  expect(seen).toEqual(['first', 'same', 'same']);
  onAbort(controller.signal, () => seen.push('late'))();
  expect(seen.at(-1)).toBe('late');
});

test('a listener that was taken away is not called, also when another one takes it away during the abort', () => {
  const controller = new AbortController();
  const seen: string[] = [];
  onAbort(controller.signal, () => seen.push('gone'))();
  onAbort(controller.signal, () => offSecond());
  const offSecond = onAbort(controller.signal, () => seen.push('second'));
  onAbort(controller.signal, () => seen.push('third'));
  controller.abort();
  expect(seen).toEqual(['third']);
});

test('a listener that throws keeps nobody from being told, and its error is not swallowed', async () => {
  const controller = new AbortController();
  let told = false;
  onAbort(controller.signal, () => {
    throw new Error('broken listener');
  });
  onAbort(controller.signal, () => {
    told = true;
  });
  expect(await uncaughtIn(() => controller.abort())).toEqual([expect.objectContaining({ message: 'broken listener' })]);
  expect(told).toBe(true);
});

test('100,000 uses of one signal leave no listener, and 100,000 at once are one', async () => {
  const { signal } = new AbortController();
  for (let i = 0; i < 100_000; i++) onAbort(signal, () => {})();
  expect(listeners(signal)).toBe(0);
  const offs = Array.from({ length: 100_000 }, () => onAbort(signal, () => {}));
  expect(listeners(signal)).toBe(1);
  for (const off of offs) off();
  for (const off of offs) off();
  expect(listeners(signal)).toBe(0);
  for (let i = 0; i < 100_000; i++) await abortable(Promise.resolve(i), signal);
  for (let i = 0; i < 1000; i++) await abortable(Promise.reject(new Error('x')), signal).catch(() => {});
  expect(listeners(signal)).toBe(0);
});

test('after an abort the signal has no listener either', () => {
  const controller = new AbortController();
  onAbort(controller.signal, () => {});
  controller.abort();
  expect(listeners(controller.signal)).toBe(0);
});

test('whichever is first wins: the promise, its error, or the reason of the signal', async () => {
  const { signal } = new AbortController();
  expect(await abortable(Promise.resolve(1), signal)).toBe(1);
  await expect(abortable(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
  const controller = new AbortController();
  const never = abortable(new Promise(() => {}), controller.signal);
  controller.abort(new Error('reason'));
  await expect(never).rejects.toThrow('reason');
  await expect(abortable(new Promise(() => {}), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});

test('a promise that fails after losing is nobody’s unhandled rejection', async () => {
  const uncaught = await uncaughtIn(async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<void>();
    const answer = abortable(late.promise, controller.signal);
    controller.abort(new Error('reason'));
    late.reject(new Error('late'));
    await expect(answer).rejects.toThrow('reason');
    await expect(abortable(Promise.reject(new Error('too late')), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });
  expect(uncaught).toEqual([]);
});

test('a linked signal aborts with the first parent, with its reason, and leaves the others', () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const link = linked(a.signal, undefined, b.signal);
  b.abort('b is over');
  expect([link.signal.aborted, link.signal.reason, listeners(a.signal)]).toEqual([true, 'b is over', 0]);
  expect(linked(a.signal, b.signal).signal.reason).toBe('b is over');
  expect(listeners(a.signal)).toBe(0);
});

test('a closed link hears nothing any more and holds nothing', () => {
  const parent = new AbortController();
  for (let i = 0; i < 100_000; i++) linked(parent.signal).close();
  const link = linked(parent.signal);
  link.close();
  expect(listeners(parent.signal)).toBe(0);
  parent.abort();
  expect(link.signal.aborted).toBe(false);
  link.abort('by hand');
  expect(link.signal.reason).toBe('by hand');
});

test('a deadline aborts in time, names what was waited for, and leaves its parent', async () => {
  const clock = new VirtualClock();
  const parent = new AbortController();
  const limit = deadline(2000, { scheduler: clock, parent: parent.signal, where: 'mapAsync enrich' });
  await clock.advance(1999);
  expect(limit.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(limit.signal.reason).toMatchObject({
    code: 'HR_DEADLINE_PASSED',
    where: 'mapAsync enrich',
    what: 'It was not done within 2000 ms',
  });
  expect([listeners(parent.signal), clock.pendingTimers]).toEqual([0, 0]);
});

test('a deadline leaves no timer, however it ends: closed, aborted, or by its parent', () => {
  const clock = new VirtualClock();
  const parent = new AbortController();
  const options = { scheduler: clock, parent: parent.signal };
  for (let i = 0; i < 100_000; i++) deadline(5000, options).close();
  deadline(5000, options).abort('enough');
  const child = deadline(5000, options);
  parent.abort('parent');
  deadline(5000, options);
  expect([child.signal.reason, clock.pendingTimers, listeners(parent.signal)]).toEqual(['parent', 0, 0]);
  expect(deadline(Number.POSITIVE_INFINITY, { scheduler: clock }).signal.aborted).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});
