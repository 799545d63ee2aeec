import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { type HeadraceError, pipeline } from '../../src/index.ts';
import { begin, counting, guardRejections, keeping, later, never, retriable, runToEnd, upTo } from './rig.ts';

guardRejections();

const broken = (): never => {
  throw new Error('no space left');
};

test.each([
  ['throws', (n: number) => (n === 2 ? fail() : undefined)],
  ['rejects', (n: number) => (n === 2 ? Promise.reject(retriable('busy')) : undefined)],
])('a sink that %s once with action retry gets each record once', async (_how, onWrite) => {
  const sink = keeping<number>({ onWrite });
  const { report } = await runToEnd(
    pipeline('busy')
      .from(counting({ records: 100, atMost: 10 }))
      .to(sink),
  );
  expect(sink.values).toEqual(upTo(100));
  expect(report).toMatchObject({ in: 100, out: 100 });
});
function fail(): never {
  throw retriable('busy');
}

test('a sink that is always busy is given up after a bounded number of attempts, and nothing is written out of order', async () => {
  const sink = keeping<number>({
    onWrite: (n) => {
      if (n > 3) fail();
    },
  });
  const { code, error } = await runToEnd(
    pipeline('busy')
      .from(counting({ records: 1000, atMost: 10 }))
      .to(sink),
  );
  expect(code).toBe('HR_SINK_FAILED');
  expect((error as HeadraceError).message).toContain('busy');
  expect(sink.values).toEqual(upTo(30));
  expect(sink.writes).toBeLessThanOrEqual(13);
  expect(sink.closed).toBe(1);
  expect(sink.closedWith).toBe(error);
});

test('an error without action retry is not tried again', async () => {
  const sink = keeping<number>({ onWrite: broken });
  const { code, error } = await runToEnd(
    pipeline('full')
      .from(counting({ records: 10 }))
      .to(sink),
  );
  expect(code).toBe('HR_SINK_FAILED');
  expect((error as HeadraceError).cause).toEqual(new Error('no space left'));
  expect(sink.writes).toBe(1);
});

test.each([
  ['throws', broken],
  ['rejects', async () => broken()],
])('a sink that %s on open fails the run before anything is read', async (_how, onOpen) => {
  const source = counting({ records: 10 });
  const first = keeping<number>({ id: 'first' });
  const both = pipeline('full');
  const numbers = both.from(source);
  numbers.to(first);
  numbers.to(keeping({ onOpen }));
  const { error } = await runToEnd(both);
  expect(String(error)).toContain('no space left');
  expect(source.reads).toBe(0);
  expect(first.opened).toBe(first.closed);
});

test.each(['onFlush', 'onClose'] as const)('a sink that fails %s fails the run', async (when) => {
  const other = keeping<number>({ id: 'other' });
  const both = pipeline('full');
  const numbers = both.from(counting({ records: 10 }));
  numbers.to(keeping({ [when]: broken }));
  numbers.to(other);
  const { code } = await runToEnd(both);
  expect(code).toBe('HR_SINK_FAILED');
  expect(other.closed).toBe(1);
});

test('a slow sink holds the source back: what is read ahead is bounded', async () => {
  const world = virtualWorld();
  let mostAhead = 0;
  const source = counting({ records: 200_000 });
  const sink = keeping<number>({
    onWrite: () => {
      mostAhead = Math.max(mostAhead, source.given - sink.values.length);
      return later(world, 1, undefined);
    },
  });
  const { end } = await begin(
    pipeline('slow')
      .from(source)
      .map((n) => n)
      .to(sink),
    { world },
  );
  await end();
  expect(sink.values).toHaveLength(200_000);
  // One chunk is being written, four wait in the sink's queue, one was just brought.
  expect(mostAhead).toBeLessThanOrEqual(6 * 1024);
  expect(mostAhead).toBeGreaterThan(1024);
});

test('with stations on the way to a slow sink, each adds no more than what it was allowed', async () => {
  const world = virtualWorld();
  let mostAhead = 0;
  const source = counting({ records: 100_000 });
  const sink = keeping<readonly number[]>({
    onWrite: () => {
      mostAhead = Math.max(mostAhead, source.given - sink.values.reduce((sum, batch) => sum + batch.length, 0));
      return later(world, 1, undefined);
    },
  });
  const slow = pipeline('slow')
    .from(source)
    .mapAsync(async (n) => n, { concurrency: 4 })
    .buffer({ items: 2000 })
    .batch(100)
    .to(sink);
  const { end } = await begin(slow, { world });
  await end();
  expect(sink.values.flat()).toHaveLength(100_000);
  // The sink's queue 6 chunks, batch 2, buffer 2,000 and a chunk, mapAsync 1,024 slots and a chunk.
  expect(mostAhead).toBeLessThanOrEqual(6 * 1024 + 2 * 1024 + 3024 + 2 * 1024);
});

test('a sink that never comes back does not keep an aborted run from ending', async () => {
  const controller = new AbortController();
  const sink = keeping<number>({ onWrite: never, onClose: never });
  const { world, end } = await begin(
    pipeline('hung')
      .from(counting({ records: 10 }))
      .to(sink),
    { signal: controller.signal },
  );
  await world.settle();
  const reason = new Error('enough');
  controller.abort(reason);
  expect((await end(10_000)).error).toBe(reason);
});

test('a sink that never comes back is named when a stop runs out of time', async () => {
  const sink = keeping<number>({ onWrite: never });
  const { world, running, end } = await begin(
    pipeline('hung')
      .from(counting({ records: 1_000_000 }))
      .to(sink),
  );
  await world.settle();
  running.stop('3s').catch(() => {});
  const { code, error } = await end(10_000);
  expect(code).toBe('HR_STOP_TIMEOUT');
  expect((error as HeadraceError).message).toContain('keeping');
});

test('a sink keeps what it was given: nobody writes to its chunks afterwards', async () => {
  const world = virtualWorld();
  const one = pipeline('kept');
  const numbers = one.from(counting({ records: 20 }));
  const plain = keeping<number>({ id: 'plain', onWrite: () => later(world, 5, undefined) });
  const changed = keeping<number>({ id: 'changed', onWrite: () => later(world, 1, undefined) });
  const buffered = keeping<number>({ id: 'buffered' });
  numbers.to(plain);
  numbers
    .merge(one.from({ ...counting({ records: 0 }), id: 'none' }))
    .map((n) => n + 100)
    .to(changed);
  numbers
    .buffer({ items: 10 })
    .map((n) => n + 200)
    .to(buffered);
  await runToEnd(one, { world });
  expect(plain.values).toEqual(upTo(20));
  expect(changed.values).toEqual(upTo(20).map((n) => n + 100));
  expect(buffered.values).toEqual(upTo(20).map((n) => n + 200));
});
