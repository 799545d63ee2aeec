import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../base/dying-files.ts';
import { canonicalBytes } from '../core/key-bytes.ts';
import { checkLog } from './check.ts';
import { emptyDisk, record, worldOf } from './log-rig.ts';
import { findTopicLog, listTopics, openTopicLog } from './topic-log.ts';

test('a topic is made once, keeps its partitions, and is found by its name', async () => {
  const disk = emptyDisk();
  const world = worldOf(disk);
  expect([await findTopicLog(world, '/d', 'a/b'), await listTopics(disk, '/d')]).toEqual([undefined, []]);
  const topic = await openTopicLog(world, '/d', 'a/b', { partitions: 3, maxParallelism: 64 });
  disk.powerCut();
  const again = await openTopicLog(world, '/d', 'a/b', { partitions: 2 });
  expect([again.partitions, again.maxParallelism, again.folder]).toEqual([3, 64, topic.folder]);
  expect((await findTopicLog(world, '/d', 'a/b'))?.partitions).toBe(3);
  expect(await listTopics(disk, '/d')).toEqual(['a/b']);
  await expect(openTopicLog(world, '/d', 'a/b', { partitions: 4 })).rejects.toMatchObject({ code: 'HR_TOPIC_PARTITIONS' });
  expect((await openTopicLog(world, '/d', 'other')).partitions).toBe(4);
});

test('a key lives in one partition for ever', async () => {
  const topic = await openTopicLog(worldOf(emptyDisk()), '/d', 't', { partitions: 4 });
  expect(['a', 'b', 'c', 'user-17', 7, true].map((key) => topic.partitionOf(canonicalBytes(key)))).toMatchInlineSnapshot(`
    [
      1,
      2,
      1,
      2,
      2,
      3,
    ]
  `);
});

test('a description that is no topic is refused', async () => {
  const disk = emptyDisk();
  const world = worldOf(disk);
  const { folder } = await openTopicLog(world, '/d', 't');
  for (const [text, code] of [
    ['', 'HR_TOPIC_DAMAGED'],
    ['null', 'HR_TOPIC_DAMAGED'],
    ['{"version":1,"name":"x","partitions":1}', 'HR_TOPIC_DAMAGED'],
    ['{"version":1,"name":"t","partitions":1e9}', 'HR_TOPIC_DAMAGED'],
    ['{"version":2}', 'HR_LOG_VERSION'],
  ] as const) {
    const file = await disk.open(`${folder}/topic.json`, 'create');
    await file.write(new TextEncoder().encode(text), 0);
    await file.close();
    await expect(openTopicLog(world, '/d', 't'), text).rejects.toMatchObject({ code });
  }
});

test('a consumer goes on where it committed, whatever happened in between', async () => {
  for (const dying of ['before', 'half', 'after'] satisfies Dying[]) {
    for (let diesAt = 0, isDead = true; isDead; diesAt++) {
      const disk = emptyDisk();
      const topic = await openTopicLog(worldOf(disk), '/d', 't');
      await (await topic.consumer('c')).commit(
        new Map([
          [0, 5],
          [1, 7],
        ]),
      );
      const files = dyingFiles(disk, diesAt, dying);
      const life = async (): Promise<void> =>
        (await (await openTopicLog(worldOf(files), '/d', 't')).consumer('c')).commit(new Map([[1, 9]]));
      await life().catch(() => {});
      isDead = files.isDead;
      disk.powerCut();
      const consumer = await topic.consumer('c');
      const found = consumer.positions();
      expect(found.get(0)).toBe(5);
      expect(isDead ? [7, 9] : [9]).toContain(found.get(1));
      expect(await topic.consumers()).toEqual(['c']);
      await consumer.remove();
      expect([await topic.consumers(), (await topic.consumer('c')).positions().size]).toEqual([[], 0]);
    }
  }
});

test('the check of a topic tells what its partitions hold', async () => {
  const disk = emptyDisk();
  const topic = await openTopicLog(worldOf(disk), '/d', 't', { partitions: 2, segmentBytes: 100 });
  const writer = await topic.writer(1);
  for (let i = 0; i < 5; i++) await writer.append([record(`${i}`, 10 - i)]);
  await writer.append([record('no time')]);
  const staged = writer.stage('p', 1);
  await staged.write([record('s')]);
  await staged.seal();
  await writer.close();
  const { partitions, isSound } = await checkLog(disk, topic.folder);
  expect(isSound).toBe(true);
  expect(partitions).toMatchObject([
    {
      partition: 1,
      segments: 6,
      first: 0,
      end: 6,
      records: 6,
      minTime: 6,
      maxTime: 10,
      torn: undefined,
      damage: [],
      staged: ['p-1.staged'],
    },
  ]);
});
