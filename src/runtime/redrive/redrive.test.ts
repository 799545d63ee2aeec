import { expect, test } from 'vitest';
import { dyingFiles } from '../../base/dying-files.ts';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { json } from '../../codecs/json.ts';
import { fileSink } from '../../connectors/files/file-sink.ts';
import { openTopic } from '../../connectors/topics/open-topic.ts';
import { values } from '../../connectors/values/values.ts';
import { fail } from '../../core/failure.ts';
import type { DeadLetter } from '../../core/letter.ts';
import type { Files } from '../../core/world.ts';
import type { PipelineOptions } from '../../pipeline/draft.ts';
import { deadLetterTopic } from '../../pipeline/unread-letters.ts';
import { type Pipeline, pipeline } from '../../pipeline/pipeline.ts';
import { embedded } from '../embedded.ts';
import { committedIn } from '../output-rig.ts';
import type { RunReport } from '../report.ts';
import type { RunOptions } from '../runtime.ts';

const COUNT = 40;

/** What is wrong with the pipeline at the moment; mending it is what a user does before a redrive. */
interface Faults {
  readonly refuses: (n: number) => boolean;
  readonly calls: number[];
}

/** Odd numbers by key, summed; then an asynchronous call; some are refused at each step. */
function sums({ refuses, calls }: Faults, options: PipelineOptions = {}): Pipeline {
  return pipeline('sums', { onError: 'deadLetter', ...options })
    .from(values(Array.from({ length: COUNT }, (_, n) => n)))
    .map((n) => (n % 5 === 1 && refuses(n) ? fail('no') : n))
    .keyBy((n) => n % 3)
    .scan(
      'sum',
      () => 0,
      (sum, n) => {
        if (n % 5 === 2 && refuses(n)) throw new Error('not yet');
        return sum + n;
      },
    )
    .mapAsync(
      async (sum, record) => {
        if (refuses(sum)) throw new Error('the other side is down');
        calls.push(sum);
        return { key: record.key, sum, id: record.id };
      },
      { concurrency: 4 },
    )
    .to(fileSink('/sums.jsonl', json()));
}

async function life(world: VirtualWorld, made: Pipeline, options: RunOptions = {}, files: Files = world.files): Promise<RunReport> {
  const running = await embedded({ dir: '/state', checkpointEvery: '1h', world: { ...world, files } }).start(made, options);
  return await world.until(running.done, 60_000);
}

interface Sum {
  readonly key: number;
  readonly sum: number;
  readonly id: string;
}

async function lettersOf(world: VirtualWorld): Promise<readonly DeadLetter[]> {
  await using kept = await openTopic(deadLetterTopic('sums'), { dir: '/state', world });
  const all: DeadLetter[] = [];
  for await (const { value } of kept.read({ until: 'caughtUp' })) all.push(value);
  return all;
}

const none = { refuses: () => false };
const ids: readonly string[] = Array.from({ length: COUNT }, (_, n) => `values/0/${n}`).sort();

test('letters that nobody reads are kept in a topic with the checkpoint, with value, key and id', async () => {
  const world = virtualWorld();
  const report = await life(world, sums({ refuses: () => true, calls: [] }));
  const letters = await lettersOf(world);
  expect(letters).toHaveLength(report.deadLetters);
  expect(letters.find(({ origin }) => origin.position === '7')).toMatchObject({
    id: 'values/0/7',
    operator: 'sum',
    value: 7,
    key: 1,
    error: { code: 'HR_OPERATOR_FAILED', what: 'not yet' },
  });
});

test('a redrive sends each letter in where it was refused, with its key and id', async () => {
  const world = virtualWorld();
  const first = await life(world, sums({ refuses: (n) => n % 2 === 1 || n > 30, calls: [] }));
  expect(first.deadLetters).toBeGreaterThan(10);
  const again = await life(world, sums({ ...none, calls: [] }), { redrive: true });
  expect(again).toMatchObject({ ended: 'stop', deadLetters: 0, in: first.deadLetters });
  const all = await committedIn<Sum>(world.files, 'sums');
  expect(all.map(({ id }) => id).sort()).toEqual(ids);
  // Whatever the order, the largest sum of a key is that of all its records: they met the state that was there.
  for (let key = 0; key < 3; key++) {
    const total = Array.from({ length: COUNT }, (_, n) => n)
      .filter((n) => n % 3 === key)
      .reduce((sum, n) => sum + n, 0);
    expect(Math.max(...all.filter((sum) => sum.key === key).map(({ sum }) => sum))).toBe(total);
  }
});

test('what is refused again waits for the next redrive, and what was sent in is not sent again', async () => {
  const world = virtualWorld();
  const first = await life(world, sums({ refuses: () => true, calls: [] }));
  const second = await life(world, sums({ refuses: (n) => n > 20, calls: [] }), { redrive: true });
  expect(second.in).toBe(first.deadLetters);
  const third = await life(world, sums({ ...none, calls: [] }), { redrive: true });
  expect(third.in).toBe(second.deadLetters);
  expect((await life(world, sums({ ...none, calls: [] }), { redrive: true })).in).toBe(0);
  expect((await committedIn<Sum>(world.files, 'sums')).map(({ id }) => id).sort()).toEqual(ids);
  // A run in between, here one that begins anew, keeps how far the letters have come.
  expect(await life(world, sums({ ...none, calls: [] }), { again: true })).toMatchObject({ in: COUNT });
  expect((await life(world, sums({ ...none, calls: [] }), { redrive: true })).in).toBe(0);
  expect((await committedIn<Sum>(world.files, 'sums')).map(({ id }) => id).sort()).toEqual(ids);
});

test('a redrive that dies anywhere and is asked for again has sent each letter in once', async () => {
  for (let diesAt = 0; ; diesAt++) {
    const world = virtualWorld();
    await life(world, sums({ refuses: (n) => n % 2 === 1, calls: [] }));
    const files = dyingFiles(world.files, diesAt, diesAt % 3 === 0 ? 'before' : diesAt % 3 === 1 ? 'half' : 'after');
    const died = await life(world, sums({ ...none, calls: [] }), { redrive: true }, files).then(
      () => false,
      () => true,
    );
    if (diesAt % 2 === 0) world.files.powerCut();
    await life(world, sums({ ...none, calls: [] }), { redrive: true });
    expect((await committedIn<Sum>(world.files, 'sums')).map(({ id }) => id).sort(), `died at change ${diesAt}`).toEqual(ids);
    if (!died) break;
  }
});

test('letters are sent in also by a version that reads what it refuses itself', async () => {
  const world = virtualWorld();
  const first = await life(world, sums({ refuses: () => true, calls: [] }));
  const reading = sums({ ...none, calls: [] }, { forget: ['topic:sums.dead'] });
  reading.deadLetters().to(fileSink('/refused.jsonl', json()));
  expect((await life(world, reading, { redrive: true })).in).toBe(first.deadLetters);
  expect((await committedIn<Sum>(world.files, 'sums')).map(({ id }) => id).sort()).toEqual(ids);
});

test('letters of an operator that is gone stop a redrive before it begins', async () => {
  const world = virtualWorld();
  await life(world, sums({ refuses: () => true, calls: [] }));
  const other = pipeline('sums', { onError: 'deadLetter', forget: ['sum'] })
    .from(values([1]))
    .to(fileSink('/sums.jsonl', json()));
  await expect(life(world, other, { redrive: true })).rejects.toMatchObject({ code: 'HR_REDRIVE_UNKNOWN' });
});

test('without a folder, letters that nobody reads are refused at the start, and so is a redrive', async () => {
  const world = virtualWorld();
  const made = sums({ ...none, calls: [] });
  await expect(embedded({ world }).start(made, {})).rejects.toMatchObject({ code: 'HR_DEAD_LETTERS_UNREAD' });
  await expect(embedded({ world }).start(made, { redrive: true })).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
});
