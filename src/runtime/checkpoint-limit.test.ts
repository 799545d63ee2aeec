import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import type { Sink, Writer } from '../core/sink.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import type { Checkpoints } from '../state/checkpoints.ts';
import { embedded } from './embedded.ts';
import { start } from './run.ts';

const never = new Promise<never>(() => {});

function* numbers(): Generator<number> {
  for (let n = 0; ; n++) yield n;
}

function storeWith(write: Checkpoints['write'] = async () => {}): Checkpoints {
  return { latest: async () => undefined, takeBack: async () => {}, write, committed: async () => {}, close: async () => {} };
}

const sinkOf = (writer: Partial<Writer<number>>): Sink<number> => ({
  kind: 'slow',
  id: 'slow',
  delivery: 'twoPhase',
  open: () => ({ write() {}, prepare: () => 'token', commit() {}, close() {}, ...writer }),
});

/** Records come slowly and without an end. */
const into = (sink: Sink<number>): Pipeline =>
  pipeline('limited')
    .from(values(numbers))
    .rateLimit({ records: 10, per: '1s' })
    .map((n) => n, { name: 'same' })
    .to(sink);

async function endOf(plan: Pipeline, store: Checkpoints = storeWith()): Promise<unknown> {
  const world = virtualWorld();
  const runtime = embedded({ world, chunk: 1, checkpoints: store, checkpointEvery: '10s', checkpointWithin: '1m' });
  const running = await start(plan, { runtime });
  const ended = running.done.then(
    () => undefined,
    (error: unknown) => error,
  );
  await world.advance(69_000);
  const early = running.health().state;
  await world.advance(12_000);
  return { early, error: await world.until(ended, 60_000) };
}

test.each([
  ['a sink that does not prepare', sinkOf({ prepare: () => never }), 'sinks have not prepared (slow)'],
  ['a sink that does not commit', sinkOf({ commit: () => never }), 'it is written, and not all sinks have committed (slow)'],
  ['a sink that does not take what it is given', sinkOf({ write: () => never }), /the barrier has not passed .*slow/],
])('a checkpoint that takes too long ends the run and names %s', async (_what, sink, waitedFor) => {
  expect(await endOf(into(sink))).toMatchObject({
    early: 'running',
    error: {
      code: 'HR_CHECKPOINT_TIMEOUT',
      message: (waitedFor instanceof RegExp ? expect.stringMatching(waitedFor) : expect.stringContaining(waitedFor)) as string,
    },
  });
});

test('and a disk that hangs', async () => {
  const plan = into(sinkOf({}));
  expect(
    await endOf(
      plan,
      storeWith(() => never),
    ),
  ).toMatchObject({
    early: 'running',
    error: {
      code: 'HR_CHECKPOINT_TIMEOUT',
      message: expect.stringContaining('60000 ms after it was begun: it was being written. ') as string,
    },
  });
});

test('whoever has asked for the checkpoint is told the same', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world, chunk: 1, checkpoints: storeWith(), checkpointWithin: '5s' });
  const running = await start(into(sinkOf({ prepare: () => never })), { runtime });
  const asked = running.checkpoint().catch((error: unknown) => error);
  expect(await world.until(asked, 30_000)).toMatchObject({ code: 'HR_CHECKPOINT_TIMEOUT' });
  await expect(world.until(running.done, 30_000)).rejects.toMatchObject({ code: 'HR_CHECKPOINT_TIMEOUT' });
});

test('checkpoints that are finished in time leave no timer behind and end nothing', async () => {
  const world = virtualWorld();
  const runtime = embedded({ world, chunk: 1, checkpoints: storeWith(), checkpointEvery: '10s', checkpointWithin: '15s' });
  const plan = pipeline('limited')
    .from(values(numbers))
    .rateLimit({ records: 10, per: '1s' })
    .to(each(() => {}));
  const running = await start(plan, { runtime });
  await world.advance(120_000);
  expect(running.health()).toMatchObject({ state: 'running', error: undefined });
  expect(running.metrics().checkpoint?.last).toBeGreaterThan(9);
  await world.until(running.stop(), 30_000);
});

test.each([
  [{ keepCheckpoints: 0 }, 'HR_OPTION_INVALID'],
  [{ keepCheckpoints: 1001 }, 'HR_OPTION_INVALID'],
  [{ keepCheckpoints: 1.5 }, 'HR_OPTION_INVALID'],
  [{ checkpointWithin: 'soon' as '1s' }, 'HR_UNIT_INVALID'],
])('%j is refused', (options, code) => {
  expect(() => embedded(options)).toThrow(expect.objectContaining({ code }) as Error);
});
