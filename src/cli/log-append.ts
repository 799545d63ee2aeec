import { HeadraceError } from '../core/error.ts';
import { canonicalBytes } from '../core/key-bytes.ts';
import type { World } from '../core/world.ts';
import type { LogRecord } from '../log/batch-body.ts';
import type { PartitionWriter } from '../log/partition-writer.ts';
import { findTopicLog, openTopicLog, type TopicLog } from '../log/topic-log.ts';
import { records as grouped } from './amounts.ts';
import { ExitCode } from './exit-code.ts';
import { linesOf } from './log-lines.ts';
import type { AppendWish } from './log-wish.ts';

/** `headrace log append`: each line of stdin becomes a record. What it counts survives a power cut. */
export async function logAppend(wish: AppendWish, world: World): Promise<number> {
  const { dir, topic, partitions, key, headers } = wish;
  if (topic.endsWith('.dead')) throw forLetters(topic);
  const isNew = (await findTopicLog(world, dir, topic)) === undefined;
  const log = await openTopicLog(world, dir, topic, partitions === undefined ? {} : { partitions });
  const keyBytes = key === undefined ? undefined : canonicalBytes(key);
  const writers = await writersOf(log, keyBytes);
  let done = 0;
  // Where there is least: single lines would all come to the first one otherwise.
  let turn = writers.reduce((least, { end }, i) => (end < writers[least]!.end ? i : least), 0);
  try {
    for await (const lines of linesOf(process.stdin)) {
      const rows = writers.map((): LogRecord[] => []);
      for (const value of lines) rows[turn++ % writers.length]!.push({ value, key: keyBytes, headers });
      const appended = await Promise.allSettled(
        writers.map((writer, i) => (rows[i]!.length === 0 ? Promise.resolve(0) : writer.append(rows[i]!))),
      );
      appended.forEach(({ status }, i) => (done += status === 'fulfilled' ? rows[i]!.length : 0));
      const failed = appended.find((settled) => settled.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    }
  } catch (error) {
    process.stderr.write(`${grouped(done)} records were appended before this:\n`);
    throw error;
  } finally {
    await Promise.all(writers.map((writer) => writer.close()));
  }
  const made = isNew ? `, which is new and has ${log.partitions} ${log.partitions === 1 ? 'partition' : 'partitions'}` : '';
  process.stderr.write(`${grouped(done)} ${done === 1 ? 'record' : 'records'} appended to ${topic}${made}\n`);
  return ExitCode.ok;
}

/** The one that a key belongs to, else all of them. */
async function writersOf(log: TopicLog, key: Uint8Array | undefined): Promise<readonly PartitionWriter[]> {
  if (key !== undefined) return [await log.writer(log.partitionOf(key))];
  const writers: PartitionWriter[] = [];
  try {
    for (let partition = 0; partition < log.partitions; partition++) writers.push(await log.writer(partition));
  } catch (error) {
    await Promise.all(writers.map((writer) => writer.close()));
    throw error;
  }
  return writers;
}

function forLetters(topic: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_USAGE',
    what: `'${topic}' is the name of a topic of dead letters, which lines of text are not`,
    todo: 'Append to the topic that the pipeline reads, or send its dead letters in again: headrace dlq redrive.',
  });
}
