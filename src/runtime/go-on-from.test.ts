import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { values } from '../connectors/values/values.ts';
import type { Sink } from '../core/sink.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import { embedded } from './embedded.ts';
import { start } from './run.ts';
import type { Run, RunOptions } from './runtime.ts';

const FOLDER = '/state/pipelines/sums';
const RECORDS = 40;

/** Commits into an array; what was prepared lives in the token. */
function sinkInto(committed: number[], done: Set<string>): Sink<number> {
  return {
    kind: 'keep',
    id: 'keep',
    delivery: 'twoPhase',
    open({ committed: tokens }) {
      let open: number[] = [];
      const commit = (all: readonly string[]): void => {
        for (const token of all.filter((one) => !done.has(one))) {
          done.add(token);
          committed.push(...(JSON.parse(token) as { values: number[] }).values);
        }
      };
      commit(tokens);
      return {
        write: ({ values: more }) => void open.push(...(more as number[])),
        prepare(n) {
          const token = JSON.stringify({ n, values: open });
          open = [];
          return token;
        },
        commit,
        close() {},
      };
    },
  };
}

/** A world, what its sink has committed, and how to start the pipeline in it. */
function place(): { world: VirtualWorld; committed: number[]; begin(options?: RunOptions, keep?: number): Promise<Run> } {
  const world = virtualWorld();
  const committed: number[] = [];
  const done = new Set<string>();
  const sums = (): Pipeline =>
    pipeline('sums')
      .from(values(Array.from({ length: RECORDS }, (_, n) => n)))
      .rateLimit({ records: 1, per: '1s' })
      .scan(
        'sum',
        () => 0,
        (sum, n) => sum + n,
      )
      .to(sinkInto(committed, done));
  const begin = (options: RunOptions = {}, keep = 10): Promise<Run> =>
    start(sums(), { ...options, runtime: embedded({ world, dir: '/state', chunk: 1, checkpointEvery: '1h', keepCheckpoints: keep }) });
  return { world, committed, begin };
}

/** The running sums of the first records. */
const sumsTo = (records: number): number[] => Array.from({ length: records }, (_, n) => (n * (n + 1)) / 2);

/** A run that takes checkpoints 1 to `last` and is then given up. */
async function given(last: number): Promise<ReturnType<typeof place> & { readonly counts: readonly number[] }> {
  const there = place();
  const power = new AbortController();
  const running = await there.begin({ signal: power.signal });
  const counts: number[] = [];
  for (let n = 1; n <= last; n++) {
    await there.world.advance(4000);
    expect(await there.world.until(running.checkpoint(), 10_000)).toBe(n);
    counts.push(there.committed.length);
  }
  power.abort(new Error('the power is gone'));
  await there.world.until(
    running.done.catch(() => {}),
    10_000,
  );
  return { ...there, counts };
}

async function spoil({ files }: VirtualWorld, n: number): Promise<void> {
  const file = await files.open(`${FOLDER}/${String(n).padStart(10, '0')}.ckpt`, 'extend');
  await file.write(Uint8Array.of(0), (await file.size()) - 1);
  await file.close();
}

const checkpoints = async ({ files }: VirtualWorld): Promise<readonly string[]> =>
  (await files.list(FOLDER)).filter((name) => name.includes('.ckpt'));

test('from an older checkpoint, with leave, it goes on with the state and positions of that one', async () => {
  const { world, committed, counts, begin } = await given(3);
  await expect(begin({ from: 1 })).rejects.toMatchObject({ code: 'HR_CHECKPOINT_OLDER' });
  expect(await checkpoints(world)).toHaveLength(3);
  const running = await begin({ from: 1, acceptDuplicates: true });
  expect(running.metrics().checkpoint).toEqual({ from: 1, last: 1 });
  await world.until(running.done, 100_000);
  expect(running.metrics().checkpoint).toEqual({ from: 1, last: 4 });
  expect(committed).toEqual([...sumsTo(counts[2]!), ...sumsTo(RECORDS).slice(counts[0])]);
  expect(await checkpoints(world)).toEqual(['0000000001.ckpt', '0000000002.ckpt.aside', '0000000003.ckpt.aside', '0000000004.ckpt']);
});

test('a damaged newest one stops the start; from the one before, with leave, it goes on', async () => {
  const { world, committed, counts, begin } = await given(3);
  await spoil(world, 3);
  await expect(begin()).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED', todo: /--from 2 --accept-duplicates/ });
  await expect(begin({ from: 2 })).rejects.toMatchObject({ code: 'HR_CHECKPOINT_OLDER' });
  const running = await begin({ from: 2, acceptDuplicates: true });
  await world.until(running.done, 100_000);
  expect(committed).toEqual([...sumsTo(counts[2]!), ...sumsTo(RECORDS).slice(counts[1])]);
  // Its own next start has nothing to say about any of this.
  const idle = await begin();
  expect(await idle.done).toMatchObject({ ended: 'before' });
});

test('given up before it has taken one of its own, the next start goes on from the same, without being told', async () => {
  const { world, committed, counts, begin } = await given(2);
  const power = new AbortController();
  const running = await begin({ from: 1, acceptDuplicates: true, signal: power.signal });
  await world.advance(2000);
  power.abort(new Error('the power is gone again'));
  await world.until(
    running.done.catch(() => {}),
    10_000,
  );
  const next = await begin();
  expect(next.metrics().checkpoint).toEqual({ from: 1, last: 1 });
  await world.until(next.done, 100_000);
  expect(committed).toEqual([...sumsTo(counts[1]!), ...sumsTo(RECORDS).slice(counts[0])]);
});

test('from the newest is what a start does anyway, and exactly once', async () => {
  const { world, committed, begin } = await given(2);
  const running = await begin({ from: 2 });
  await world.until(running.done, 100_000);
  expect(committed).toEqual(sumsTo(RECORDS));
});

test('as many checkpoints are kept as were asked for', async () => {
  const { world, begin } = await given(3);
  const running = await begin({}, 1);
  await world.until(running.done, 100_000);
  expect(await checkpoints(world)).toEqual(['0000000004.ckpt']);
});

test('one that is not there is refused, and so are options that mean nothing', async () => {
  const { begin } = await given(1);
  await expect(begin({ from: 7 })).rejects.toMatchObject({ code: 'HR_CHECKPOINT_MISSING' });
  for (const options of [{ from: 0 }, { from: 1, again: true }, { acceptDuplicates: true }]) {
    await expect(begin(options)).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
  }
  const none = pipeline('none')
    .from(values([1]))
    .to(sinkInto([], new Set()));
  await expect(start(none, { from: 1 })).rejects.toMatchObject({ code: 'HR_OPTION_INVALID', where: 'option from' });
});
