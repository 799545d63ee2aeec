import { expect, test } from 'vitest';
import { canonicalBytes } from '../core/key-bytes.ts';
import { emptyDisk, FOLDER, readAll, record, rest, worldOf } from './log-rig.ts';
import { PartitionReader } from './partition-reader.ts';
import { PartitionWriter } from './partition-writer.ts';

const never = new AbortController().signal;

test('keys, headers, times and empty values come back as they were, absent ones as absent', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
  const key = canonicalBytes(['eu', 7n]);
  const none = new Uint8Array(0);
  await writer.append([record('a', 5), { value: none, key }, { value: none, key: none, headers: { größe: '\ud800 ü', __proto__x: '' } }]);
  await writer.append([record('plain')]);
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 0);
  const batch = (await reader.read())!;
  expect([batch.first, batch.count, [...batch.times]]).toEqual([0, 3, [5, Number.NaN, Number.NaN]]);
  expect([0, 1, 2].map((i) => batch.keyAt(i))).toEqual([undefined, key, none]);
  expect([0, 1, 2].map((i) => batch.headersAt(i))).toEqual([undefined, undefined, { größe: '\ud800 ü', __proto__x: '' }]);
  expect(batch.values()).toEqual([new TextEncoder().encode('a'), none, none]);
  const plain = (await reader.read())!;
  expect([plain.first, plain.timeAt(0), plain.keyAt(0), plain.headersAt(0), [...plain.times]]).toEqual([
    3,
    Number.NaN,
    undefined,
    undefined,
    [Number.NaN],
  ]);
  await reader.close();
  await writer.close();
});

test('a read gives no more than it is asked for, and goes on where it stopped', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
  await writer.append(['aa', 'bb', 'cc', 'dd', 'ee', 'f'.repeat(50)].map((value) => record(value)));
  await writer.close();
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 1);
  const texts = async (limit: { records?: number; bytes?: number }): Promise<unknown> => {
    const batch = (await reader.read(limit))!;
    return [
      batch.first,
      batch
        .values()
        .map((value) => new TextDecoder().decode(value))
        .join(),
      reader.position,
    ];
  };
  expect(await texts({ records: 2 })).toEqual([1, 'bb,cc', 3]);
  expect(await texts({ bytes: 5 })).toEqual([3, 'dd,ee', 5]);
  expect(await texts({ bytes: 5 })).toEqual([5, 'f'.repeat(50), 6]);
  expect(await reader.read()).toBeUndefined();
  await reader.close();
});

test('a reader at the end wakes by itself when a record is there, without any timer', async () => {
  const disk = emptyDisk();
  const world = worldOf(disk);
  const writer = await PartitionWriter.open(world, FOLDER);
  const reader = await PartitionReader.open(world, FOLDER, 'end');
  for (let i = 0; i < 5; i++) {
    const more = reader.more(never);
    await writer.append([record(`${i}`)]);
    await more;
    expect(await rest(reader)).toEqual([`${i}`]);
  }
  await writer.append([record('before')]);
  await reader.more(never);
  await reader.close();
  await writer.close();
});

test('a reader of another process wakes by the watched file, and none of the appends is slept through', async () => {
  const disk = emptyDisk();
  // Another object for the same disk: the channel of this process joins only those who share one.
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
  const elsewhere: typeof disk = Object.create(disk, {}) as typeof disk;
  const other = new Proxy(elsewhere, {
    get: (_, name) => {
      const found: unknown = Reflect.get(disk, name);
      return typeof found === 'function' ? found.bind(disk) : found;
    },
  });
  const reader = await PartitionReader.open(worldOf(other), FOLDER, 'start');
  const seen: string[] = [];
  const reading = (async () => {
    while (seen.length < 50) {
      await reader.more(never);
      seen.push(...(await rest(reader)));
    }
  })();
  for (let i = 0; i < 50; i++) await writer.append([record(`${i}`)]);
  await reading;
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  await reader.close();
  await writer.close();
});

test('waiting ends with the signal, and with the reader', async () => {
  const disk = emptyDisk();
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 'end');
  const controller = new AbortController();
  const waiting = reader.more(controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const closing = reader.more(never);
  await reader.close();
  await expect(closing).rejects.toMatchObject({ code: 'HR_LOG_CLOSED' });
  await expect(reader.read()).rejects.toMatchObject({ code: 'HR_LOG_CLOSED' });
  expect(disk.openFiles).toBe(0);
});

test('a position behind the end is refused: the log it was read from is not this one', async () => {
  await expect(readAll(emptyDisk(), 3)).rejects.toMatchObject({ code: 'HR_POSITION_UNKNOWN' });
});

test('with a stale end file and no writer, what is on the disk is found all the same', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
  await writer.append([record('a')]);
  await disk.remove(`${FOLDER}/end`);
  await writer.append([record('b')]);
  disk.powerCut();
  expect(await readAll(disk)).toEqual(['a', 'b']);
});

test('reading begins at a time: the first record that is as late, wherever earlier times stand behind it', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER, { segmentBytes: 300 });
  const times = [5, 1, 3, 20, 2, Number.NaN, 15, 30, 8, 30, 29, 4];
  for (const [i, time] of times.entries()) await writer.append([record(`${i}`, time)]);
  const check = async (): Promise<void> => {
    const reader = await PartitionReader.open(worldOf(disk), FOLDER, 'start');
    for (let ms = 0; ms <= 31; ms++) {
      const first = times.findIndex((time) => time >= ms);
      expect(await reader.seekTime(ms), `${ms}`).toBe(first === -1 ? times.length : first);
      expect((await rest(reader))[0]).toBe(first === -1 ? undefined : `${first}`);
    }
    await reader.close();
  };
  await check();
  for (const name of await disk.list(FOLDER)) if (name.endsWith('.index')) await disk.remove(`${FOLDER}/${name}`);
  await check();
  await writer.close();
});

test('a segment that is removed under a slow reader is told as expired, with both positions', async () => {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER, { segmentBytes: 100, keep: { bytes: 300 } });
  await writer.append([record('0')]);
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 'start');
  for (let i = 1; i < 20; i++) await writer.append([record(`${i}`)]);
  await expect(rest(reader)).rejects.toMatchObject({ code: 'HR_POSITION_EXPIRED' });
  await reader.close();
  await writer.close();
});

test('a partition that somebody has and has not opened yet is not taken for an empty one', async () => {
  const disk = emptyDisk();
  const world = worldOf(disk);
  await disk.makeFolder(FOLDER);
  const lock = (await disk.lock(`${FOLDER}/writer.lock`))!;
  const opening = PartitionReader.open(world, FOLDER, 'start');
  opening.catch(() => {});
  await expect(world.clock.until(opening, 60_000)).rejects.toMatchObject({ code: 'HR_LOG_OPENING', action: 'retry' });
  await lock.release();
  const reader = await PartitionReader.open(world, FOLDER, 'start');
  expect(await reader.read()).toBeUndefined();
  await reader.close();
});
