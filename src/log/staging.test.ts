import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../base/dying-files.ts';
import type { VirtualFiles } from '../base/virtual-files.ts';
import type { Files } from '../core/world.ts';
import { emptyDisk, failingFiles, FOLDER, readAll, record, worldOf } from './log-rig.ts';
import { PartitionReader } from './partition-reader.ts';
import { PartitionWriter } from './partition-writer.ts';
import type { StagedToken } from './staged-writer.ts';

const BY = 'p/out/0';
const open = (files: Files, segmentBytes = 1 << 20): Promise<PartitionWriter> =>
  PartitionWriter.open(worldOf(files), FOLDER, { segmentBytes });

async function stage(writer: PartitionWriter, n: number, ...values: string[]): Promise<StagedToken> {
  const staged = writer.stage(BY, n);
  await staged.write(values.map((value) => record(value)));
  return staged.seal();
}

async function staged(files: VirtualFiles): Promise<readonly string[]> {
  return (await files.stat(`${FOLDER}/staged`)) === undefined ? [] : await files.list(`${FOLDER}/staged`);
}

test('what is staged is seen with the commit of its token, wherever it was begun, and once', async () => {
  const disk = emptyDisk();
  const writer = await open(disk);
  const first = await stage(writer, 1, 'a', 'b');
  await writer.append([record('plain')]);
  const second = await stage(writer, 2, 'c');
  expect(await readAll(disk)).toEqual(['plain']);
  await writer.commit(second);
  await writer.commit(first);
  await writer.commit(first);
  expect(await readAll(disk)).toEqual(['plain', 'c', 'a', 'b']);
  expect(await staged(disk)).toEqual([]);
  await writer.close();
  const later = await open(disk);
  await later.commit(second);
  await later.close();
  expect((await readAll(disk)).length).toBe(4);
});

test('a token survives as JSON, a power cut, and another process', async () => {
  const disk = emptyDisk();
  const writer = await open(disk);
  const token = JSON.parse(JSON.stringify(await stage(writer, 1, 'a', 'b'))) as StagedToken;
  disk.powerCut();
  const later = await open(disk);
  await later.commit(token);
  disk.powerCut();
  expect(await readAll(disk)).toEqual(['a', 'b']);
});

test('an empty transaction leaves nothing on the disk', async () => {
  const disk = emptyDisk();
  const writer = await open(disk);
  const token = await stage(writer, 1);
  await writer.commit(token);
  expect([token.records, await staged(disk)]).toEqual([0, []]);
  await writer.close();
});

test('what no checkpoint holds is removed, and what one holds stays', async () => {
  const disk = emptyDisk();
  const writer = await open(disk);
  const kept = await stage(writer, 1, 'a');
  await stage(writer, 2, 'b');
  const others = writer.stage('p/out/01', 1);
  await others.write([record('c')]);
  await others.seal();
  await writer.stage(BY, 3).discard();
  await writer.discardStaged(BY, [kept]);
  expect(await staged(disk)).toEqual([kept.file, 'p%2Fout%2F01-1.staged']);
  await writer.close();
});

test('numbers that begin anew are other transactions: a topic may outlive the checkpoints that wrote it', async () => {
  const disk = emptyDisk();
  const writer = await open(disk);
  const old = await stage(writer, 1, 'old');
  await writer.commit(old);
  const anew = await stage(writer, 1, 'new');
  expect(anew.origin).not.toBe(old.origin);
  await writer.commit(old);
  await writer.commit(anew);
  await writer.close();
  expect(await readAll(disk)).toEqual(['old', 'new']);
});

test('a staged file that is not what was staged is refused before anything of it is seen', async () => {
  for (let at = 0; at < 200; at += 3) {
    const disk = emptyDisk();
    const writer = await open(disk);
    const token = await stage(writer, 1, 'aaaa', 'bbbb');
    if (at >= token.bytes) break;
    const file = await disk.open(`${FOLDER}/staged/${token.file}`, 'extend');
    const byte = new Uint8Array(1);
    await file.read(byte, at);
    byte[0]! ^= 4;
    await file.write(byte, at);
    if (at >= 32)
      await expect(writer.commit(token), `${at}`).rejects.toMatchObject({ code: expect.stringMatching(/HR_LOG_(DAMAGED|VERSION)/) });
    await writer.append([record('goes on')]);
    expect((await readAll(disk)).at(-1)).toBe('goes on');
    await writer.close();
  }
});

test('a full disk in the middle of a commit takes back all of it, and the commit can be tried again', async () => {
  const disk = emptyDisk();
  const files = failingFiles(disk);
  const writer = await open(files);
  const token = await stage(writer, 1, 'a', 'b');
  files.fail('write', /\.log$/, 'ENOSPC');
  await expect(writer.commit(token)).rejects.toMatchObject({ code: 'HR_LOG_DISK_FULL', action: 'retry' });
  files.fail('write', /\.log$/, undefined);
  await writer.append([record('x')]);
  await writer.commit(token);
  await writer.close();
  expect(await readAll(disk)).toEqual(['x', 'a', 'b']);
});

test('a large transaction is seen whole or not at all by a reader beside it', async () => {
  const disk = emptyDisk();
  const writer = await open(disk, 2_000);
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 'start');
  const token = await stage(writer, 1, ...Array.from({ length: 70_000 }, (_, i) => `${i}`));
  expect(token.batches).toBeGreaterThan(1);
  let isDone = false;
  const committing = writer.commit(token).then(() => (isDone = true));
  while (!isDone) {
    expect([0, 70_000]).toContain(await reader.end());
    await Promise.resolve();
  }
  await committing;
  expect((await readAll(disk)).length).toBe(70_000);
  await reader.close();
  await writer.close();
});

// A removal that a power cut takes back, when the transaction lies in a segment that recovery does not look into any more.
test('a token that was committed is never committed again, however many segments, kills and power cuts lie between', async () => {
  const dyings: readonly Dying[] = ['before', 'half', 'after'];
  for (const dying of dyings) {
    let isDead = true;
    for (let diesAt = 0; isDead; diesAt++) {
      const disk = emptyDisk();
      const first = await open(disk, 200);
      const token = await stage(first, 1, 'once', 'and no more');
      await first.close();
      const files = dyingFiles(disk, diesAt, dying);
      const life = async (): Promise<void> => {
        const writer = await open(files, 200);
        await writer.commit(token);
        for (let i = 0; i < 6; i++) await writer.append([record(`${i}`)]);
        await writer.close();
      };
      await life().catch(() => {});
      isDead = files.isDead;
      for (const isReader of [true, false]) {
        if (isReader) await readAll(disk);
        const writer = await open(disk, 200);
        for (let i = 0; i < 4; i++) await writer.append([record(`${isReader} ${i}`)]);
        disk.powerCut();
        const again = await open(disk, 200);
        await again.commit(token);
        await again.close();
        const seen = await readAll(disk);
        expect(
          seen.filter((value) => /once|more/.test(value)),
          `${dying} ${diesAt} ${isReader}`,
        ).toEqual(['once', 'and no more']);
      }
    }
  }
});
