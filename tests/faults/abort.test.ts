import { describe, expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { pipeline } from '../../src/index.ts';
import {
  begin,
  type Counting,
  type CountingOptions,
  counting,
  guardRejections,
  type Keeping,
  type KeepingOptions,
  keeping,
  later,
  never,
} from './rig.ts';

guardRejections();

const reason = new Error('enough');

interface State {
  readonly source?: CountingOptions;
  readonly sink?: KeepingOptions;
  /** Connectors that never come back: they cannot be closed. */
  readonly hangs?: boolean;
}

const slow = (wait: () => Promise<void>): Readonly<Record<string, State>> => ({
  'while the source opens': { source: { records: 10, onOpen: wait } },
  'while a sink opens': { sink: { onOpen: wait } },
  'while it reads': { source: { records: 10, onRead: wait } },
  'while a chunk waits for the sink': { source: { records: 1_000_000, atMost: 100 }, sink: { onWrite: wait } },
  'while the source closes': { source: { records: 10, onClose: wait } },
  'while the sink flushes': { sink: { onFlush: wait } },
  'while the sink closes': { sink: { onClose: wait } },
});

function made({ source, sink }: State): {
  readonly from: Counting;
  readonly to: Keeping<number>;
  readonly second: Keeping<number>;
  readonly two: ReturnType<typeof pipeline>;
} {
  const from = counting(source ?? { records: 10 });
  const to = keeping<number>(sink);
  const second = keeping<number>({ id: 'second' });
  const two = pipeline('aborted');
  const numbers = two.from(from);
  numbers.map((n) => n).to(to);
  numbers.to(second);
  return { from, to, second, two };
}

describe.each(['always', 'never'] as const)('codegen %s', (codegen) => {
  test.each(Object.keys(slow(never)))('an abort %s that never comes back ends the run with the reason', async (state) => {
    const controller = new AbortController();
    const { two, second } = made(slow(never)[state]!);
    const { world, running, end } = await begin(two, { signal: controller.signal, codegen });
    await world.advance(5);
    controller.abort(reason);
    expect((await end(60_000)).error).toBe(reason);
    expect(running.health().state).toBe('failed');
    expect(second.closed).toBe(second.opened);
    expect(world.clock.pendingTimers).toBe(0);
  });

  test.each(Object.keys(slow(never)))('an abort %s that takes a while leaves nothing open', async (state) => {
    const world = virtualWorld();
    const controller = new AbortController();
    const { two, from, to, second } = made(slow(() => later(world, 20, undefined))[state]!);
    const { end } = await begin(two, { signal: controller.signal, codegen, world });
    await world.advance(5);
    controller.abort(reason);
    expect((await end(60_000)).error).toBe(reason);
    await world.advance(100);
    expect(from.closed).toBe(from.opened);
    expect(to.closed).toBe(to.opened);
    expect(second.closed).toBe(second.opened);
    expect(world.clock.pendingTimers).toBe(0);
  });
});

test('a signal that has aborted before starts nothing', async () => {
  const { two, from, to } = made({});
  await expect(begin(two, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect([from.opened, to.opened]).toEqual([0, 0]);
});

test('an abort in the turn of the start ends the run', async () => {
  const controller = new AbortController();
  const { two, from, to } = made({});
  const starting = begin(two, { signal: controller.signal });
  controller.abort(reason);
  const { end, world } = await starting;
  expect((await end(60_000)).error).toBe(reason);
  await world.advance(10);
  expect(from.closed).toBe(from.opened);
  expect(to.closed).toBe(to.opened);
});

test('an abort while it stops ends it at once', async () => {
  const controller = new AbortController();
  const { two } = made({ sink: { onWrite: never } });
  const { world, running, end } = await begin(two, { signal: controller.signal });
  await world.settle();
  running.stop('1h').catch(() => {});
  await world.advance(10);
  controller.abort(reason);
  expect((await end(60_000)).error).toBe(reason);
});

test('an abort after the end changes nothing', async () => {
  const controller = new AbortController();
  const { two, to } = made({});
  const { running, end } = await begin(two, { signal: controller.signal });
  const { report } = await end();
  controller.abort(reason);
  await expect(running.done).resolves.toBe(report);
  await expect(running.stop()).resolves.toBe(report);
  expect(to.closedWith).toBeUndefined();
});

test('an abort in a function of the user ends the run', async () => {
  const controller = new AbortController();
  const sink = keeping<number>();
  const made = pipeline('inside')
    .from(counting({ records: 1_000_000 }))
    .map((n) => {
      if (n === 5000) controller.abort(reason);
      return n;
    })
    .to(sink);
  const { end } = await begin(made, { signal: controller.signal });
  expect((await end()).error).toBe(reason);
  expect(sink.values.length).toBeLessThanOrEqual(5000);
  expect(sink.closed).toBe(1);
});

describe('a stop', () => {
  test.each(Object.keys(slow(never)))('%s ends the run gracefully', async (state) => {
    const world = virtualWorld();
    const { two, from, to, second } = made(slow(() => later(world, 20, undefined))[state]!);
    const { running, end } = await begin(two, { world });
    await world.advance(5);
    running.stop().catch(() => {});
    const { report, error } = await end(60_000);
    expect(error).toBeUndefined();
    expect(to.values).toHaveLength(from.given);
    expect(second.values).toHaveLength(from.given);
    expect(report?.out).toBe(2 * from.given);
    expect([from.closed, to.closed, second.closed]).toEqual([from.opened, to.opened, second.opened]);
    expect(world.clock.pendingTimers).toBe(0);
  });

  test('in the turn of the start reads little or nothing, and ends', async () => {
    const { two, from, to } = made({ source: { records: 300_000, atMost: 1 } });
    const { running, end } = await begin(two);
    running.stop().catch(() => {});
    expect((await end(60_000)).report?.ended).toBe('stop');
    expect(to.values).toHaveLength(from.given);
  });
});
