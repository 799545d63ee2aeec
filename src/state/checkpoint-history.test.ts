import { expect, test } from 'vitest';
import { VirtualFiles } from '../base/virtual-files.ts';
import { dyingFiles } from '../base/dying-files.ts';
import type { Files } from '../core/world.ts';
import { chosenCheckpoint, leaveBehind } from './checkpoint-choice.ts';
import { readCheckpointName } from './checkpoint-names.ts';
import { type CheckpointContent, type Checkpoints, openCheckpoints } from './checkpoints.ts';

const CLOCK = { now: () => 0, monotonic: () => 0 };
const FOLDER = '/state/pipelines/orders';

const content = (n: number, tokens: readonly string[] = ['t']): CheckpointContent => ({
  pipeline: 'orders',
  fingerprint: 'f',
  plan: { version: 1, nodes: [] },
  takenAt: Date.UTC(2026, 0, n),
  maxParallelism: 128,
  positions: [
    { source: 'file:in', partition: '0', resume: n * 10, ended: false },
    { source: 'file:still', partition: '0', resume: 7, ended: true },
  ],
  tokens: tokens.map((token, index) => ({ sink: 'file:out', index, token })),
  isStop: false,
  isCompleted: false,
});

/** A folder with checkpoints 1 to `last`, each with a token, the numbers in `damaged` spoilt. */
async function folderOf(
  last: number,
  damaged: readonly number[] = [],
  tokens: readonly string[] = ['t'],
): Promise<[VirtualFiles, Checkpoints]> {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders', { keep: 1000 });
  for (let n = 1; n <= last; n++) await checkpoints.write(n, content(n, tokens), []);
  for (const n of damaged) await spoil(files, n);
  return [files, checkpoints];
}

async function spoil(files: Files, n: number): Promise<void> {
  const file = await files.open(`${FOLDER}/${String(n).padStart(10, '0')}.ckpt`, 'extend');
  await file.write(Uint8Array.of(0), (await file.size()) - 1);
  await file.close();
}

const choice = (from: number, acceptDuplicates = false) => ({ from, acceptDuplicates, pipeline: 'orders' });

test.each([1, 2, 5])('the newest %i that are committed are kept, and one that is not committed beside them', async (keep) => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders', { keep });
  for (let n = 1; n <= 8; n++) {
    await checkpoints.write(n, content(n), []);
    if (n < 8) await checkpoints.committed(n);
  }
  expect(await checkpoints.history!.numbers()).toEqual(Array.from({ length: keep + 1 }, (_, i) => 8 - i));
  await checkpoints.committed(8);
  expect(await checkpoints.history!.numbers()).toHaveLength(keep);
});

test('fewer kept than before: the surplus goes with the next commit', async () => {
  const [files] = await folderOf(6);
  const checkpoints = await openCheckpoints(files, '/state', 'orders', { keep: 2 });
  expect(await checkpoints.history!.numbers()).toHaveLength(6);
  await checkpoints.write(7, content(7), []);
  await checkpoints.committed(7);
  expect(await checkpoints.history!.numbers()).toEqual([7, 6]);
});

test('what a crashed write left is removed by the next open; files that are not ours stay', async () => {
  const [files] = await folderOf(1);
  for (const name of ['2.part', '17.part', 'notes.part', '2.part.txt', '1.ckpt', '01.part', '0000000001.ckpt.bak']) {
    await (await files.open(`${FOLDER}/${name}`, 'create')).close();
  }
  await openCheckpoints(files, '/state', 'orders');
  expect(await files.list(FOLDER)).toEqual(['0000000001.ckpt', '0000000001.ckpt.bak', '01.part', '1.ckpt', '2.part.txt', 'notes.part']);
});

test('names are read as they are written, and no others', () => {
  expect(readCheckpointName('0000000012.ckpt')).toEqual({ n: 12, kind: 'whole' });
  expect(readCheckpointName('12345678901.ckpt')).toEqual({ n: 12_345_678_901, kind: 'whole' });
  expect(readCheckpointName('0000000012.ckpt.aside')).toEqual({ n: 12, kind: 'aside' });
  for (const name of ['12.ckpt', '0000000000.ckpt', '0.part', 'run.lock', '99999999999999999999.ckpt'])
    expect(readCheckpointName(name)).toBeUndefined();
});

test('the newest may be named; one that is not there is an error that says which are', async () => {
  const [, checkpoints] = await folderOf(3);
  expect(await chosenCheckpoint(checkpoints, choice(3))).toMatchObject({ n: 3 });
  await expect(chosenCheckpoint(checkpoints, choice(4))).rejects.toMatchObject({
    code: 'HR_CHECKPOINT_MISSING',
    message: "there is no checkpoint 4 (pipeline 'orders'). There are 3, 2 and 1.",
  });
  const [, none] = await folderOf(0);
  await expect(chosenCheckpoint(none, choice(1))).rejects.toMatchObject({ code: 'HR_CHECKPOINT_MISSING', todo: /none at all/ });
});

test('an older one says what would be written again, and is taken when that is accepted', async () => {
  const [files, checkpoints] = await folderOf(3);
  await expect(chosenCheckpoint(checkpoints, choice(1))).rejects.toMatchObject({
    code: 'HR_CHECKPOINT_OLDER',
    message:
      "checkpoint 1 of 2026-01-01T00:00:00.000Z is older than checkpoints 2 to 3, whose output sinks may have committed (pipeline 'orders'). " +
      'What was read since is read again: file:in/0 from 10 (it had come to 30), and written again by every sink that does not drop repeats. ' +
      'If that may be, add --accept-duplicates (acceptDuplicates: true). Or leave --from out, to go on from 3.',
  });
  expect(await files.list(FOLDER)).toHaveLength(3);
  expect(await chosenCheckpoint(checkpoints, choice(1, true))).toMatchObject({ n: 1 });
});

test('the error about a damaged newest offers the newest sound one before it, and that way works', async () => {
  const [, checkpoints] = await folderOf(4, [3, 4]);
  await expect(checkpoints.latest()).rejects.toMatchObject({
    code: 'HR_CHECKPOINT_DAMAGED',
    where: `${FOLDER}/0000000004.ckpt`,
    todo: /--from 2 --accept-duplicates/,
  });
  await expect(chosenCheckpoint(checkpoints, choice(2))).rejects.toMatchObject({
    code: 'HR_CHECKPOINT_OLDER',
    cause: { code: 'HR_CHECKPOINT_DAMAGED' },
  });
  await expect(chosenCheckpoint(checkpoints, choice(3, true))).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED' });
  expect(await chosenCheckpoint(checkpoints, choice(2, true))).toMatchObject({ n: 2 });
  expect(await leaveBehind(checkpoints.history, 2)).toBe(4);
  expect(await checkpoints.latest()).toMatchObject({ n: 2 });
  const [, all] = await folderOf(2, [1, 2]);
  await expect(all.latest()).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED', todo: /begins anew/ });
});

test('before a damaged one that no sink has committed, the one before needs no leave', async () => {
  const [, checkpoints] = await folderOf(3, [3], []);
  expect(await chosenCheckpoint(checkpoints, choice(2))).toMatchObject({ n: 2 });
  await expect(chosenCheckpoint(checkpoints, choice(1))).rejects.toMatchObject({ code: 'HR_CHECKPOINT_OLDER' });
});

test('what was left behind is kept beside, does not count as one of the kept, and its numbers are not given again', async () => {
  const [files, checkpoints] = await folderOf(4);
  expect(await leaveBehind(checkpoints.history, 2)).toBe(4);
  const names = ['0000000001.ckpt', '0000000002.ckpt', '0000000003.ckpt.aside', '0000000004.ckpt.aside'];
  expect(await files.list(FOLDER)).toEqual(names);
  files.powerCut();
  expect(await files.list(FOLDER)).toEqual(names);
  const again = await openCheckpoints(files, '/state', 'orders');
  expect(await again.latest()).toMatchObject({ n: 2 });
  await again.write(5, content(5), []);
  await again.committed(5);
  expect(await files.list(FOLDER)).toEqual(['0000000002.ckpt', '0000000003.ckpt.aside', '0000000004.ckpt.aside', '0000000005.ckpt']);
});

test('killed while it sets aside, the newest still counts, or all are aside', async () => {
  for (let diesAt = 0; ; diesAt++) {
    const [files] = await folderOf(4);
    const dying = dyingFiles(files, diesAt, 'after');
    const history = (await openCheckpoints(files, '/state', 'orders')).history!;
    const through = await openCheckpoints(dying, '/state', 'orders').catch(() => undefined);
    await through?.history!.setAside(2).catch(() => {});
    if (through !== undefined) files.powerCut();
    const numbers = await history.numbers();
    expect(numbers[0] === 4 || numbers[0] === 2, `${numbers.join()} after a death at call ${diesAt}`).toBe(true);
    expect(await history.highest()).toBe(4);
    if (!dying.isDead) break;
  }
});

test('a place that keeps the newest only cannot go on from another', async () => {
  const store: Checkpoints = {
    latest: async () => undefined,
    takeBack: async () => {},
    write: async () => {},
    committed: async () => {},
    close: async () => {},
  };
  await expect(chosenCheckpoint(store, choice(1))).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
  expect(await leaveBehind(undefined, 7)).toBe(7);
});

test('what is still being written when the run is over comes to nothing', async () => {
  const [files, checkpoints] = await folderOf(1);
  const gate = Promise.withResolvers<void>();
  const slow = { write: () => gate.promise, drop() {} };
  const writing = checkpoints.write(2, content(2), [slow]);
  await checkpoints.close();
  const next = await openCheckpoints(files, '/state', 'orders');
  const theirs = next.write(2, content(2, ['theirs']), []);
  gate.resolve();
  await expect(writing).rejects.toThrow('the run is over');
  await theirs;
  expect(await next.latest()).toMatchObject({ n: 2, tokens: [{ token: 'theirs' }] });
});
