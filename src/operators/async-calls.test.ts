import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { RecordInfo } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import { fail, type Failure } from '../core/failure.ts';
import { type AsyncFn, mapAsync, type MapAsyncOptions } from './map-async.ts';
import { chunkOf, numbers, StationRig } from './station-rig.ts';

let unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => process.on('unhandledRejection', onUnhandled));
afterAll(() => process.off('unhandledRejection', onUnhandled));
beforeEach(() => {
  unhandled = [];
});
afterEach(async () => {
  await new VirtualClock().settle(); // A turn of the event loop, in which Node tells of what nobody handled.
  expect(unhandled).toEqual([]);
});

function rigOf<T, U>(fn: AsyncFn<T, U>, options: MapAsyncOptions = {}): StationRig<T, Exclude<U, Failure>> {
  return new StationRig(mapAsync(fn, options));
}

test('a failed call is repeated, each time after a longer wait at most', async () => {
  const at: number[] = [];
  const rig: StationRig<number, string> = rigOf(
    () => {
      at.push(rig.clock.monotonic());
      return at.length < 4 ? Promise.reject(new Error('busy')) : 'done';
    },
    { retry: 3 },
  );
  await rig.feed(chunkOf([1]));
  await rig.finish();
  expect(rig.values).toEqual(['done']);
  const waits = at.slice(1).map((time, i) => time - at[i]!);
  for (const [i, wait] of waits.entries()) {
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThan(100 * 2 ** i);
  }
});

test('when no attempt is left the last error is the one that refuses', async () => {
  let n = 0;
  const rig = rigOf(() => Promise.reject(new Error(`attempt ${++n}`)), { retry: 2 });
  await rig.feed(chunkOf([1]));
  await rig.finish();
  expect(rig.refused.map(({ error }) => (error as Error).message)).toEqual(['attempt 3']);
});

test('what a record can not recover from is not repeated: a refusal, a dead letter, a stop', async () => {
  const calls = new Map<string, number>();
  const errorOf = (action: 'deadLetter' | 'stop' | 'retry' | 'reconnect') =>
    new HeadraceError({ code: 'HR_TEST', action, what: 'x', todo: 'y' });
  const rig = rigOf(
    (kind: string) => {
      calls.set(kind, (calls.get(kind) ?? 0) + 1);
      return kind === 'fail' ? Promise.resolve(fail('no')) : Promise.reject(errorOf(kind as 'stop'));
    },
    { retry: 2 },
  );
  await rig.feed(chunkOf(['fail', 'deadLetter', 'stop', 'retry', 'reconnect']));
  await rig.finish();
  expect(Object.fromEntries(calls)).toEqual({ fail: 1, deadLetter: 1, stop: 1, retry: 3, reconnect: 3 });
  expect(rig.refused).toHaveLength(5);
});

test('a server that says when to come back is not asked before', async () => {
  const at: number[] = [];
  const rig: StationRig<number, number> = rigOf(
    (n: number) => {
      at.push(rig.clock.monotonic());
      return at.length === 1 ? Promise.reject(Object.assign(new Error('429'), { retryAfterMs: 4000 })) : n;
    },
    { retry: 1 },
  );
  await rig.feed(chunkOf([1]));
  await rig.finish();
  expect(at).toEqual([0, 4000]);
});

test('an attempt that takes too long is given up, told so, and repeated; what it answers later is ignored', async () => {
  const reasons: unknown[] = [];
  let attempt = 0;
  const rig: StationRig<number, string> = rigOf(
    (_n: number, _record, signal) => {
      const mine = ++attempt;
      signal.addEventListener('abort', () => reasons.push((signal.reason as HeadraceError).code));
      return rig.later(mine === 1 ? 150 : 50, `attempt ${mine}`);
    },
    { timeout: '100ms', retry: 1 },
  );
  await rig.feed(chunkOf([1]));
  await rig.finish();
  expect(rig.values).toEqual(['attempt 2']);
  expect(reasons).toEqual(['HR_CALL_TIMEOUT']);
  await rig.clock.advance(1000);
  expect(rig.values).toEqual(['attempt 2']);
});

test('the deadline ends attempts, waits and all', async () => {
  const rig: StationRig<number, number> = rigOf(() => new Promise<number>(() => {}), { timeout: '300ms', deadline: '1s', retry: 100 });
  await rig.feed(chunkOf([1]));
  await rig.finish();
  expect(rig.clock.monotonic()).toBeLessThanOrEqual(1000);
  expect(rig.refused).toHaveLength(1);
});

test('the deadline alone frees a call that never settles, and names itself', async () => {
  const rig: StationRig<number, number> = rigOf((n: number) => (n === 0 ? new Promise<number>(() => {}) : n), { deadline: '1s' });
  await rig.feed(chunkOf([0, 1]));
  await rig.finish();
  expect(rig.clock.monotonic()).toBe(1000);
  expect(rig.values).toEqual([1]);
  expect(rig.refused.map(({ error }) => (error as HeadraceError).code)).toEqual(['HR_DEADLINE_PASSED']);
});

test('a call that never settles holds the flow, but an abort frees it and tells it so', async () => {
  let signal: AbortSignal | undefined;
  const rig = rigOf(
    (n: number, _record, its) => {
      if (n === 0) signal = its;
      return n === 0 ? new Promise<number>(() => {}) : Promise.resolve(n);
    },
    { concurrency: 2 },
  );
  await rig.feed(chunkOf(numbers(3)));
  await rig.clock.advance(86_400_000);
  expect(rig.values).toEqual([]);
  rig.abort(new Error('enough'));
  expect(signal!.aborted).toBe(true);
  expect(rig.station.isDone).toBe(true);
  expect(rig.station.wakeAt).toBeUndefined();
});

test('nothing that promises do after an abort is an unhandled rejection', async () => {
  const rejects: ((error: Error) => void)[] = [];
  const rig = rigOf(() => new Promise<number>((_, reject) => rejects.push(reject)), { concurrency: 4, timeout: '1s', retry: 3 });
  rig.give(chunkOf(numbers(4)));
  rig.abort();
  for (const reject of rejects) reject(new Error('after the abort'));
  await rig.clock.advance(10_000);
  expect(rig.emitted).toEqual([]);
  expect(rig.refused).toEqual([]);
});

test('a rejection that comes after its time-out is ignored', async () => {
  const rejects: ((error: Error) => void)[] = [];
  const rig = rigOf(() => new Promise<number>((_, reject) => rejects.push(reject)), { timeout: '1s' });
  rig.give(chunkOf([1]));
  await rig.clock.advance(1000);
  for (const reject of rejects) reject(new Error('too late'));
  await rig.finish();
  expect(rig.refused.map(({ error }) => (error as HeadraceError).code)).toEqual(['HR_CALL_TIMEOUT']);
});

test('a thenable that settles twice, or throws when looked at, counts once', async () => {
  type Handlers = [(value: unknown) => void, (error: unknown) => void];
  const settlesTwice = (n: number) => ({
    // oxlint-disable-next-line unicorn/no-thenable -- the point of the test
    then(...[resolve, reject]: Handlers) {
      resolve(n);
      reject(new Error('second thoughts'));
      resolve(99);
    },
  });
  const rejectsTwice = {
    // oxlint-disable-next-line unicorn/no-thenable -- the point of the test
    then(...[, reject]: Handlers) {
      reject(new Error('first'));
      reject(new Error('second'));
    },
  };
  const throws = {
    // oxlint-disable-next-line unicorn/no-thenable -- the point of the test
    get then() {
      throw new Error('do not look');
    },
  };
  for (const timeout of [undefined, 1000]) {
    const rig = rigOf((n: number) => (n < 3 ? settlesTwice(n) : n === 3 ? rejectsTwice : throws) as unknown as Promise<number>, {
      concurrency: 2,
      ...(timeout === undefined ? {} : { timeout }),
    });
    await rig.feed(chunkOf(numbers(5)));
    await rig.finish();
    expect(rig.values).toEqual([0, 1, 2]);
    expect(rig.refused.map(({ error }) => (error as Error).message)).toEqual(['first', 'do not look']);
  }
});

test('a function that aborts the run from inside leaves nothing behind', async () => {
  for (const answer of [() => 1, () => Promise.reject(new Error('after')), () => new Promise<number>(() => {})]) {
    const rig = rigOf((n: number) => {
      if (n !== 1) return n;
      rig.station.abort(new Error('from inside'));
      return answer();
    });
    rig.give(chunkOf(numbers(3)));
    await rig.clock.advance(1000);
    expect(rig.emitted).toEqual([]);
    expect(rig.station.isDone).toBe(true);
  }
});

test('a function that declares a signal gets its own for each call; others share the one of the run', async () => {
  const own = new Set<AbortSignal>();
  const shared = new Set<AbortSignal>();
  const declares = rigOf((n: number, _record, signal) => (own.add(signal), Promise.resolve(n)));
  const rest = rigOf((...all: [number, RecordInfo, AbortSignal]) => (shared.add(all[2]), Promise.resolve(all[0])));
  for (const rig of [declares, rest]) {
    await rig.feed(chunkOf(numbers(5)));
    await rig.finish();
  }
  expect([own.size, shared.size]).toEqual([5, 1]);
});

test('what only looks like a promise is refused where it stands, as await would', async () => {
  const hollow = Object.create(Promise.prototype) as Promise<number>;
  // oxlint-disable-next-line unicorn/no-thenable -- the point of the test
  const spiked = Object.defineProperty(Promise.resolve(2), 'then', {
    get() {
      throw new Error('nobody may look');
    },
  });
  const rig = rigOf((n: number) => (n === 1 ? hollow : n === 2 ? (spiked as Promise<number>) : Promise.resolve(n)));
  await rig.feed(chunkOf(numbers(4)));
  await rig.finish();
  expect(rig.values).toEqual([0, 2, 3]);
  expect(rig.refused.map(({ value, error }) => [value, error instanceof TypeError])).toEqual([[1, true]]);
});
