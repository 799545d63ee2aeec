import { describe, expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { type HeadraceError, pipeline, values } from '../../src/index.ts';
import { begin, counting, guardRejections, keeping, later, never, runToEnd, upTo } from './rig.ts';

const guard = guardRejections();

test('a call that never settles is given up at its timeout, and the others go on', async () => {
  const sink = keeping<number>();
  const signals: AbortSignal[] = [];
  const made = pipeline('hung', { onError: 'skip' })
    .from(values([1, 2, 3]))
    .mapAsync(
      (n, _record, signal) => {
        signals.push(signal);
        return n === 2 ? never<number>() : n;
      },
      { concurrency: 4, timeout: '1s' },
    )
    .to(sink);
  const { report } = await runToEnd(made);
  expect(sink.values).toEqual([1, 3]);
  expect(report?.skipped).toBe(1);
  expect(signals.map((signal) => signal.aborted)).toContain(true);
});

test('without a timeout a stop names the call that hangs, at its deadline', async () => {
  const made = pipeline('hung')
    .from(values([1, 2, 3]))
    .mapAsync((n) => (n === 2 ? never<number>() : n), { concurrency: 4, name: 'ask' })
    .to(keeping());
  const { world, running, end } = await begin(made);
  await world.settle();
  const before = world.clock.monotonic();
  running.stop('2s').catch(() => {});
  const { code, error } = await end();
  expect(code).toBe('HR_STOP_TIMEOUT');
  expect((error as HeadraceError).message).toContain('ask');
  expect(world.clock.monotonic() - before).toBeGreaterThanOrEqual(2000);
  expect(world.clock.pendingTimers).toBe(0);
});

test('an abort ends a run whose calls hang, and tells them', async () => {
  const controller = new AbortController();
  let seen: AbortSignal | undefined;
  const made = pipeline('hung')
    .from(values([1]))
    .mapAsync(
      (_n, _record, signal) => {
        seen = signal;
        return never<number>();
      },
      { concurrency: 1 },
    )
    .to(keeping());
  const { world, end } = await begin(made, { signal: controller.signal });
  await world.settle();
  const reason = new Error('enough');
  controller.abort(reason);
  expect((await end(5000)).error).toBe(reason);
  expect(seen?.aborted).toBe(true);
  expect(seen?.reason).toBe(reason);
});

describe.each(['input', 'key', 'completion'] as const)('with order %s', (order) => {
  test('a rejected call stops the run, and what came before it is delivered', async () => {
    const world = virtualWorld();
    const sink = keeping<number>();
    const made = pipeline('rejected')
      .from(values(upTo(50)))
      .keyBy((n) => n % 3)
      .mapAsync(
        async (n) => {
          await later(world, (n * 7) % 5, undefined);
          if (n === 20) throw new Error('no answer');
          return n;
        },
        { concurrency: 4, order },
      )
      .to(sink);
    const { end } = await begin(made, { world });
    const { code, error } = await end();
    await world.advance(5); // What the other calls still wait for.
    expect(world.clock.pendingTimers).toBe(0);
    expect(code).toBe('HR_OPERATOR_FAILED');
    expect((error as HeadraceError).message).toContain('no answer');
    expect(sink.values).not.toContain(20);
    if (order === 'input') expect(sink.values).toEqual(upTo(20));
    else expect(sink.values.length).toBeGreaterThanOrEqual(16);
  });

  test('answers that come after the run was aborted go nowhere', async () => {
    const world = virtualWorld();
    const controller = new AbortController();
    const sink = keeping<number>();
    const made = pipeline('late')
      .from(values(upTo(20)))
      .keyBy((n) => n)
      .mapAsync((n) => (n % 2 === 0 ? later(world, 50, n) : later(world, 50, n).then(() => Promise.reject(new Error('too late')))), {
        concurrency: 8,
        order,
      })
      .to(sink);
    const { end } = await begin(made, { world, signal: controller.signal });
    await world.advance(10);
    controller.abort(new Error('enough'));
    await end(5000);
    await world.advance(200);
    expect(sink.values).toEqual([]);
  });
});

test('a call that fails is repeated as often as it may be, and its record keeps its id', async () => {
  const ids: string[] = [];
  const sink = keeping<number>();
  const made = pipeline('again')
    .from(values([7]))
    .mapAsync(
      async (n, record) => {
        ids.push(record.id);
        if (ids.length < 4) throw new Error('busy');
        return n;
      },
      { concurrency: 1, retry: 3 },
    )
    .to(sink);
  await runToEnd(made);
  expect(ids).toEqual(Array(4).fill('values/0/0'));
  expect(sink.values).toEqual([7]);
});

test('a thenable that throws, settles twice, or never, harms nobody else', async () => {
  const odd = {
    // oxlint-disable-next-line unicorn/no-thenable -- an odd thenable is what this is about
    then(resolve: (n: number) => void, reject: (error: unknown) => void) {
      resolve(2);
      reject(new Error('twice'));
      resolve(9);
      throw new Error('thrice');
    },
  };
  const sink = keeping<number>();
  const made = pipeline('odd')
    .from(values([1, 2, 3]))
    .mapAsync((n): Promise<number> | number => (n === 2 ? (odd as unknown as Promise<number>) : n), { concurrency: 2 })
    .to(sink);
  await runToEnd(made);
  expect(sink.values).toEqual([1, 2, 3]);
});

test('a failing batch call costs its members only, and isolate finds the bad one', async () => {
  const sink = keeping<number>();
  const made = pipeline('members', { onError: 'skip' })
    .from(counting({ records: 32 }))
    .mapBatch(
      async (many) => {
        if (many.includes(13)) throw new Error('one of you is bad');
        return many.map((n) => n * 2);
      },
      { max: 8, within: '10ms', concurrency: 2, isolate: true },
    )
    .to(sink);
  const { report } = await runToEnd(made);
  expect(report?.skipped).toBe(1);
  expect(sink.values).toEqual(
    upTo(32)
      .filter((n) => n !== 13)
      .map((n) => n * 2),
  );
});

test('the guard of these tests can fail: it sees a rejection that nobody handles', async () => {
  void Promise.reject(new Error('nobody looks at this'));
  await virtualWorld().settle();
  expect(guard.take()).toEqual([new Error('nobody looks at this')]);
});
