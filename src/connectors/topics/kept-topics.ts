import type { Reader, Resume } from '../../core/source.ts';
import type { SinkContext, Writer } from '../../core/sink.ts';
import type { TopicRows, TopicSpec, TopicStore } from '../../core/topic.ts';
import type { World } from '../../core/world.ts';
import type { WriterOptions } from '../../log/partition-writer.ts';
import { findTopicLog, openTopicLog, type TopicLog } from '../../log/topic-log.ts';
import { KeptReader } from './kept-reader.ts';
import { openAtCommit } from './write-at-commit.ts';
import { openAtOnce } from './write-at-once.ts';
import { sharedWriter, type SharedWriter } from './shared-writers.ts';

/** Topics in files under `dir/topics`. */
export class KeptTopics implements TopicStore {
  readonly #world: World;
  readonly #dir: string;

  constructor(world: World, dir: string) {
    this.#world = world;
    this.#dir = dir;
  }

  async partitions(topic: TopicSpec): Promise<readonly number[]> {
    const { partitions } = await this.log(topic);
    return Array.from({ length: partitions }, (_, partition) => partition);
  }

  async reader(topic: TopicSpec, partition: number, from: Resume): Promise<Reader<never>> {
    const log = await this.log(topic);
    return new KeptReader(await log.reader(partition, typeof from === 'number' ? from : from === 'end' ? 'end' : 'start'));
  }

  async writer(topic: TopicSpec, context: SinkContext, rows: TopicRows): Promise<Writer<never>> {
    const { log, writers } = await this.writers(topic);
    const open = context.checkpoints === true && topic.visible === 'atCommit' ? openAtCommit : openAtOnce;
    try {
      return await open({ log, writers, rows, context });
    } catch (error) {
      await Promise.all(writers.map((writer) => writer.release()));
      throw error;
    }
  }

  /** All partitions of a topic, for writing; others in this process may write to them too, through the same writers. */
  async writers(topic: TopicSpec): Promise<{ readonly log: TopicLog; readonly writers: readonly SharedWriter[] }> {
    const log = await this.log(topic);
    const writers: SharedWriter[] = [];
    try {
      for (let partition = 0; partition < log.partitions; partition++) {
        writers.push(await sharedWriter(this.#world, log, partition, writingOf(topic)));
      }
    } catch (error) {
      await Promise.all(writers.map((writer) => writer.release()));
      throw error;
    }
    return { log, writers };
  }

  /** The first position that is kept of a partition, and the one behind the last. */
  async bounds(topic: TopicSpec, partition: number): Promise<{ readonly first: number; readonly end: number }> {
    const reader = await (await this.log(topic)).reader(partition, 'start');
    try {
      return { first: await reader.first(), end: await reader.end() };
    } finally {
      await reader.close();
    }
  }

  /** One that is there keeps the partitions it was made with. */
  async log({ name, partitions }: TopicSpec): Promise<TopicLog> {
    return (await findTopicLog(this.#world, this.#dir, name)) ?? (await openTopicLog(this.#world, this.#dir, name, { partitions }));
  }
}

/** Whole segments are removed, so where little is kept they are small: at most an eighth too much stays. */
const SEGMENTS = 8;
const LARGE_SEGMENT = 64 * 2 ** 20;
const SMALL_SEGMENT = 64 * 2 ** 10;

function writingOf({ keep }: TopicSpec): WriterOptions {
  const segmentBytes = Math.max(SMALL_SEGMENT, Math.ceil(keep.bytes / SEGMENTS));
  return { keep, segmentForMs: Math.ceil(keep.forMs / SEGMENTS), ...(segmentBytes < LARGE_SEGMENT ? { segmentBytes } : {}) };
}
