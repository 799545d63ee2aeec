import type { Scheduler, Timer, World } from '../core/world.ts';
import { isHeadraceError, HeadraceError } from '../core/error.ts';
import type { LogBatch } from '../log/log-batch.ts';
import type { PartitionReader } from '../log/partition-reader.ts';
import type { TopicLog } from '../log/topic-log.ts';
import { ExitCode } from './exit-code.ts';
import { topicOf } from './log-folder.ts';
import { recordJson, recordText } from './log-record.ts';
import type { CatWish } from './log-wish.ts';
import { say } from './printable.ts';
import { usageError } from './usage.ts';

/** `headrace log cat`: prints records until there are no more, or for as long as somebody wants them. */
export async function logCat(wish: CatWish, world: World): Promise<number> {
  const log = await topicOf(world, wish.dir, wish.topic);
  const partitions = partitionsOf(wish, log);
  const stop = new AbortController();
  const left = { records: wish.limit };
  const onSignal = (): void => stop.abort();
  const letGo = wish.follow ? stayAlive(world.scheduler) : undefined;
  if (wish.follow) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  try {
    const read = (partition: number): Promise<void> => printed(wish, log, { partition, left, stop });
    if (wish.follow) {
      await Promise.all(
        partitions.map((partition) =>
          read(partition).catch((error: unknown) => {
            stop.abort();
            throw error;
          }),
        ),
      );
    } else for (const partition of partitions) await read(partition);
    return ExitCode.ok;
  } finally {
    letGo?.();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

const HOUR_MS = 3_600_000;

/** Watching a file does not keep a process alive; a timer does. */
function stayAlive(scheduler: Scheduler): () => void {
  let timer: Timer;
  const wait = (): void => {
    timer = scheduler.after(HOUR_MS, wait);
  };
  wait();
  return () => timer.cancel();
}

function partitionsOf({ partition, from }: CatWish, log: TopicLog): readonly number[] {
  if (partition !== undefined && partition >= log.partitions)
    throw usageError('log', `topic '${log.name}' has no partition ${partition}`, `It has ${range(log)}.`);
  if (typeof from === 'number' && partition === undefined && log.partitions > 1)
    throw usageError(
      'log',
      '--from with a position wants --partition',
      `Each has positions of its own, and topic '${log.name}' has ${range(log)}.`,
    );
  return partition === undefined ? Array.from({ length: log.partitions }, (_, n) => n) : [partition];
}

function range({ partitions }: TopicLog): string {
  return partitions === 1 ? 'partition 0 only' : `partitions 0 to ${partitions - 1}`;
}

interface Progress {
  readonly partition: number;
  /** Shared by all partitions. */
  readonly left: { records: number };
  readonly stop: AbortController;
}

const READ_BYTES = 1 << 18;

async function printed(wish: CatWish, log: TopicLog, { partition, left, stop }: Progress): Promise<void> {
  const { signal } = stop;
  if (left.records === 0) return;
  try {
    const reader = await readerAt(wish, log, partition);
    try {
      while (left.records > 0 && !signal.aborted) {
        const batch = await reader.read({ records: left.records, bytes: READ_BYTES });
        if (batch === undefined) {
          if (!wish.follow) return;
          await reader.more(signal);
          continue;
        }
        // Others may have printed meanwhile; what is left is taken at once.
        const count = Math.min(batch.count, left.records);
        left.records -= count;
        if (!(await say(linesOf(wish, partition, batch, count)))) left.records = 0;
      }
      if (left.records === 0) stop.abort();
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (signal.aborted && error === signal.reason) return;
    throw explained(error, wish, partition);
  }
}

function linesOf({ json, keys }: CatWish, partition: number, batch: LogBatch, count: number): string {
  let lines = '';
  for (let i = 0; i < count; i++) lines += `${json ? recordJson(batch, i, partition) : recordText(batch, i, keys)}\n`;
  return lines;
}

/** A reader waits a while for a position that is not there yet; somebody who typed one wants to know at once. */
async function readerAt({ from }: CatWish, log: TopicLog, partition: number): Promise<PartitionReader> {
  if (typeof from !== 'number') return await log.reader(partition, from);
  const reader = await log.reader(partition, 'start');
  const end = await reader.end();
  await reader.close();
  if (from <= end) return await log.reader(partition, from);
  throw new HeadraceError({
    code: 'HR_POSITION_UNKNOWN',
    what: `position ${from} lies behind the end of the partition, which is ${end}`,
    where: log.partitionFolder(partition),
    todo: 'Name a position before that, or write --from end --follow to wait for what comes.',
  });
}

function explained(error: unknown, { dir, topic }: CatWish, partition: number): unknown {
  if (!isHeadraceError(error)) return error;
  if (error.code === 'HR_LOG_DAMAGED') {
    const behind = /position (\d+)/.exec(error.todo)?.[1];
    const goOn = behind === undefined ? '' : ` To go on behind it: --partition ${partition} --from ${behind}.`;
    const todo = `Put the file back from a copy, or put the damage aside with \`headrace log repair ${dir} ${topic}\`.${goOn}`;
    return new HeadraceError({ code: error.code, what: error.what, where: error.where, todo, cause: error.cause });
  }
  if (error.code === 'HR_POSITION_EXPIRED')
    return new HeadraceError({ code: error.code, what: error.what, where: error.where, todo: 'Read from there, or with --from start.' });
  return error;
}
