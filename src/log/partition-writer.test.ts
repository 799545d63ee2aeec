import { expect, test } from 'vitest';
import { virtualWorld } from '../base/virtual-world.ts';
import type { LogEntry } from './batch-body.ts';
import { emptyDisk, failingFiles, FOLDER, readAll, record, rest, worldOf } from './log-rig.ts';
import { PartitionReader } from './partition-reader.ts';
import { PartitionWriter } from './partition-writer.ts';

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => record(`${from + i}`));
const texts = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`);

test('an append answers the position of its first record, and what waits together is written by one sync', async () => {
  const disk = emptyDisk();
  let syncs = 0;
  const counting = failingFiles(disk);
  const files = {
    ...counting,
    open: async (path: string, mode: 'read' | 'create' | 'extend') => {
      const file = await counting.open(path, mode);
      return {
        ...file,
        sync: () => {
          syncs++;
          return file.sync();
        },
      };
    },
  };
  const writer = await PartitionWriter.open(worldOf(files), FOLDER);
  syncs = 0;
  const positions = await Promise.all([
    writer.append(numbered(3)),
    writer.append(numbered(1, 3)),
    writer.append([]),
    writer.append(numbered(2, 4)),
  ]);
  expect(positions).toEqual([0, 3, 4, 4]);
  expect(syncs).toBeLessThanOrEqual(2);
  expect(writer.end).toBe(6);
  await writer.close();
  expect(await readAll(disk)).toEqual(texts(6));
});

test('appends of all sizes that wait together stand in the order they came, with keys, headers and times where they have some', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const long = 'x'.repeat(1000);
  // A record of a value alone may be its bytes, also beside records that have more.
  const appends: readonly (readonly LogEntry[])[] = [
    [bytes('0'), { value: bytes('1'), key: bytes('a') }, bytes('2')],
    Array.from({ length: 400 }, (_, i) => bytes(`${3 + i} ${long}`)),
    [{ value: bytes('403'), time: 7 }],
    [],
    [bytes('404'), { value: bytes('405'), headers: { from: 'b' } }],
    Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? bytes(`${406 + i} ${long}`) : { value: bytes(`${406 + i}`), time: i })),
    [bytes('806')],
  ];
  expect(await Promise.all(appends.map((records) => writer.append(records)))).toEqual([0, 3, 403, 404, 404, 406, 806]);
  expect(writer.end).toBe(807);
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 'start');
  const found: unknown[] = [];
  for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
    for (const [i, value] of batch.values().entries()) {
      const text = new TextDecoder().decode(value).split(' ')[0];
      expect(text).toBe(String(batch.first + i));
      const [key, headers, time] = [batch.keyAt(i), batch.headersAt(i), batch.timeAt(i)];
      if (key !== undefined || headers !== undefined || !Number.isNaN(time)) found.push([text, key?.length, headers, time]);
    }
  }
  expect(reader.position).toBe(807);
  expect(found.slice(0, 4)).toEqual([
    ['1', 1, undefined, Number.NaN],
    ['403', undefined, undefined, 7],
    ['405', undefined, { from: 'b' }, Number.NaN],
    ['407', undefined, undefined, 1],
  ]);
  expect(found).toHaveLength(203);
  await reader.close();
  await writer.close();
});

test('a second writer is refused and told who has the partition', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
  const second = worldOf(disk);
  await expect(second.until(PartitionWriter.open(second, FOLDER))).rejects.toMatchObject({
    code: 'HR_LOG_IN_USE',
    what: expect.stringContaining(`process ${process.pid}`),
  });
  await writer.close();
  await (await PartitionWriter.open(worldOf(disk), FOLDER)).close();
});

test('readers that come at once with a writer do not keep it out', async () => {
  const disk = emptyDisk();
  const world = worldOf(disk);
  const [reader, writer, other] = await Promise.all([
    PartitionReader.open(world, FOLDER, 'start'),
    PartitionWriter.open(world, FOLDER),
    PartitionReader.open(world, FOLDER, 'start'),
  ]);
  await writer.append(numbered(1));
  expect([await rest(reader), await rest(other)]).toEqual([['0'], ['0']]);
  await Promise.all([reader.close(), writer.close(), other.close()]);
  expect(disk.openFiles).toBe(0);
});

test('a record that is too large is refused by itself, and those before it are taken', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER, { recordBytes: 100 });
  const values = [record('a'), record('x'.repeat(101)), record('b')];
  await expect(writer.append(values)).rejects.toMatchObject({ code: 'HR_RECORD_TOO_LARGE', action: 'deadLetter', member: 1 });
  expect(await writer.append([record('b')])).toBe(1);
  await writer.close();
  expect(await readAll(disk)).toEqual(['a', 'b']);
});

test('with an interval an append is answered before the sync, and seen after it', async () => {
  const world = virtualWorld();
  const writer = await PartitionWriter.open(world, FOLDER, { sync: { every: 100 } });
  const reader = await PartitionReader.open(world, FOLDER, 'start');
  await writer.append(numbered(2));
  expect(await rest(reader)).toEqual([]);
  await world.advance(100);
  expect(await rest(reader)).toEqual(texts(2));
  await writer.append(numbered(1, 2));
  world.files.powerCut();
  expect(await readAll(world.files)).toEqual(texts(2));
});

test('what is never synced is seen at once, and a power cut makes no damage of it', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER, { sync: 'never' });
  await writer.append(numbered(2));
  expect(await readAll(disk)).toEqual(texts(2));
  disk.powerCut();
  const next = await PartitionWriter.open(worldOf(disk), FOLDER);
  expect([next.end, next.recovered.damage]).toEqual([0, []]);
  await next.close();
});

test('a failed sync ends the writer for good: nothing is tried again as if the disk were clean', async () => {
  const disk = emptyDisk();
  const files = failingFiles(disk);
  const writer = await PartitionWriter.open(worldOf(files), FOLDER);
  await writer.append(numbered(1));
  files.fail('sync', /\.log$/, 'EIO');
  const failed = { code: 'HR_LOG_WRITE_FAILED', action: 'stop' };
  const both = [writer.append([record('lost')]), writer.flush()];
  for (const each of both) await expect(each).rejects.toMatchObject(failed);
  files.fail('sync', /\.log$/, undefined);
  await expect(writer.append(numbered(1, 1))).rejects.toMatchObject(failed);
  await writer.close();
  disk.powerCut();
  expect(await readAll(disk)).toEqual(['0']);
});

test('a full disk fails the append and no other: what it took of it is cut off again', async () => {
  const disk = emptyDisk();
  const files = failingFiles(disk);
  const writer = await PartitionWriter.open(worldOf(files), FOLDER, { segmentBytes: 400 });
  for (let i = 0; i < 12; i++) {
    files.fail('write', i % 2 === 0 ? /\.log$/ : /\.index/, 'ENOSPC');
    await writer.append(numbered(1, i)).then(
      () => expect(i % 2).toBe(1),
      (error: unknown) => expect(error).toMatchObject({ code: 'HR_LOG_DISK_FULL', action: 'retry' }),
    );
    files.fail('write', /\.log$/, undefined);
    if (writer.end < i + 1) expect(await writer.append(numbered(1, i))).toBe(i);
  }
  await writer.close();
  expect(await readAll(disk)).toEqual(texts(12));
  expect((await disk.list(FOLDER)).filter((name) => name.endsWith('.log')).length).toBeGreaterThan(2);
});

test('whoever appends more than may wait is told when there is room', async () => {
  const writer = await PartitionWriter.open(worldOf(emptyDisk()), FOLDER, { waitingBytes: 100 });
  expect(writer.room()).toBeUndefined();
  const done = writer.append(numbered(20));
  const room = writer.room();
  expect(room).toBeDefined();
  await room;
  expect(writer.room()).toBeUndefined();
  expect(await done).toBe(0);
  await writer.close();
});

test('retention removes whole segments by bytes and by the time of the append, not by event times', async () => {
  const world = virtualWorld({ start: 1_000_000 });
  const options = { segmentBytes: 100, keep: { forMs: 5_000 } };
  const writer = await PartitionWriter.open(world, FOLDER, options);
  for (let i = 0; i < 5; i++) await writer.append([record(`${i}`, i)]);
  expect(writer.first).toBe(0);
  await world.advance(4_000);
  await writer.append([record('5', 5)]);
  await world.advance(2_000);
  await writer.retain();
  expect([writer.first, await readAll(world.files)]).toEqual([5, ['5']]);
  await expect(readAll(world.files, 4)).rejects.toMatchObject({
    code: 'HR_POSITION_EXPIRED',
    what: expect.stringMatching(/position 4 .* begins at 5/),
  });
  await writer.close();
  const small = await PartitionWriter.open(world, FOLDER, { segmentBytes: 100, keep: { bytes: 300 } });
  for (let i = 6; i < 20; i++) await small.append(numbered(1, i));
  expect([small.first > 15, small.first < 19]).toEqual([true, true]);
  await small.close();
});

test('a segment is left when it is old', async () => {
  const world = virtualWorld();
  const writer = await PartitionWriter.open(world, FOLDER, { segmentForMs: 1_000 });
  await writer.append(numbered(1));
  await world.advance(1_000);
  await writer.append(numbered(1, 1));
  await writer.close();
  expect((await world.files.list(FOLDER)).filter((name) => name.endsWith('.log')).length).toBe(2);
});

test('what readers could see before a power cut is there behind it, after every change of the disk', async () => {
  const { dyingFiles } = await import('../base/dying-files.ts');
  let isDead = true;
  for (let diesAt = 0; isDead; diesAt++) {
    const disk = emptyDisk();
    const files = dyingFiles(disk, diesAt, 'after');
    const life = async (): Promise<void> => {
      const writer = await PartitionWriter.open(worldOf(files), FOLDER, { segmentBytes: 300 });
      for (let i = 0; i < 6; i++) await writer.append(numbered(2, 2 * i));
      await writer.close();
    };
    await life().catch(() => {});
    isDead = files.isDead;
    const { readEnd } = await import('./end-file.ts');
    const seen = (await disk.stat(`${FOLDER}/end`)) === undefined ? undefined : await readEnd(await disk.open(`${FOLDER}/end`, 'read'), '');
    disk.powerCut();
    expect((await readAll(disk)).length, `${diesAt}`).toBeGreaterThanOrEqual(seen?.position ?? 0);
  }
});

test('a log of a newer version is refused, not cut', async () => {
  const { segmentHeader, headerCrc } = await import('./format.ts');
  const disk = emptyDisk();
  await disk.makeFolder(FOLDER);
  const header = segmentHeader(0, 0);
  const view = new DataView(header.buffer);
  view.setUint32(8, 2, true);
  view.setUint32(12, headerCrc(header, 12), true);
  const file = await disk.open(`${FOLDER}/${'0'.repeat(20)}.log`, 'create');
  await file.write(header, 0);
  await file.close();
  await expect(PartitionWriter.open(worldOf(disk), FOLDER)).rejects.toMatchObject({ code: 'HR_LOG_VERSION' });
  await expect(readAll(disk)).rejects.toMatchObject({ code: 'HR_LOG_VERSION' });
});

test('a writer that was closed takes nothing', async () => {
  const writer = await PartitionWriter.open(worldOf(emptyDisk()), FOLDER);
  await writer.close();
  await writer.close();
  await expect(writer.append(numbered(1))).rejects.toMatchObject({ code: 'HR_LOG_CLOSED' });
});
