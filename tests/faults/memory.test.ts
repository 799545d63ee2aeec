import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { pipeline, type Run } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { counting, guardRejections, keeping, later, never, upTo } from './rig.ts';

guardRejections();

const LIMIT = 1 << 20;
const BYTES_EACH = 1000;
const CHUNK = 64;
const padded = (n: number): string => `${n}`.padEnd(BYTES_EACH / 2, '.');

test('runs that share a memory never hold more than its limit, their floors and a chunk each, and all come to their end', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world, memory: '1MiB', chunk: CHUNK });
  const runs: Run[] = [];
  let most = 0;
  const measure = (): void =>
    void (most = Math.max(
      most,
      runs.reduce((sum, run) => sum + run.metrics().heldBytes, 0),
    ));
  const sinks = [1, 2, 3].map((pace) =>
    keeping<string>({
      id: `sink${pace}`,
      onWrite: () => {
        measure();
        return later(world, pace, undefined);
      },
    }),
  );
  for (const sink of sinks) {
    const made = pipeline(sink.id)
      .from(counting({ records: 5000 }))
      .map(padded)
      .buffer({ items: 100_000, bytes: '64MiB' })
      .tap(measure)
      .to(sink);
    runs.push(await runtime.start(made, {}));
  }
  const reports = await world.until(Promise.all(runs.map((run) => run.done)));
  for (const sink of sinks) expect(sink.values.map(parseFloat)).toEqual(upTo(5000));
  expect(most).toBeGreaterThan(LIMIT * 0.9);
  // A run below its floor goes on in any case; all floors together are a quarter of the limit.
  expect(most).toBeLessThanOrEqual(LIMIT * 1.25 + runs.length * CHUNK * BYTES_EACH);
  // A chunk that changes hands counts twice for a moment.
  for (const report of reports) expect(report.peakBytes).toBeLessThanOrEqual(LIMIT + 2 * CHUNK * BYTES_EACH);
  expect(runs.map((run) => run.metrics().heldBytes)).toEqual([0, 0, 0]);
});

test('a run that holds little goes on while another one fills the memory for ever', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world, memory: '1MiB', chunk: CHUNK });
  const hog = pipeline('hog')
    .from(counting({ records: 100_000 }))
    .map(padded)
    .buffer({ items: 100_000, bytes: '64MiB' })
    .to(keeping({ onWrite: never }));
  const hogging = await runtime.start(hog, {});
  await world.advance(100);
  expect(hogging.metrics().heldBytes).toBeGreaterThan(LIMIT * 0.9);
  const sink = keeping<string>({ id: 'small', onWrite: () => later(world, 1, undefined) });
  const small = pipeline('small')
    .from(counting({ records: 3000 }))
    .map(padded)
    .buffer({ items: 100_000, bytes: '64MiB' })
    .to(sink);
  const report = await world.until((await runtime.start(small, {})).done);
  expect(report.out).toBe(3000);
  hogging.stop('1s').catch(() => {});
  await world.until(hogging.done.catch(() => {}));
});

test('a run that gives up gives its memory back', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world, memory: '1MiB', chunk: CHUNK });
  const controller = new AbortController();
  const hog = await runtime.start(
    pipeline('hog')
      .from(counting({ records: 100_000 }))
      .map(padded)
      .buffer({ items: 100_000, bytes: '64MiB' })
      .to(keeping({ onWrite: never })),
    { signal: controller.signal },
  );
  await world.advance(100);
  controller.abort(new Error('enough'));
  await world.until(hog.done.catch(() => {}));
  expect(hog.metrics().heldBytes).toBe(0);
  const after = await runtime.start(
    pipeline('after')
      .from(counting({ records: 2000 }))
      .map(padded)
      .buffer({ items: 100_000, bytes: '64MiB' })
      .to(keeping()),
    {},
  );
  expect((await world.until(after.done)).out).toBe(2000);
});

test('this measure can fail: with more memory allowed, more is held', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world, memory: '8MiB', chunk: CHUNK });
  const made = pipeline('more')
    .from(counting({ records: 5000 }))
    .map(padded)
    .buffer({ items: 100_000, bytes: '64MiB' })
    .to(keeping({ onWrite: () => later(world, 1, undefined) }));
  const { peakBytes } = await world.until((await runtime.start(made, {})).done);
  expect(peakBytes).toBeGreaterThan(2 * LIMIT);
});
