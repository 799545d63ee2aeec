import type { SinkContext, Writer } from '../../core/sink.ts';
import type { TopicRows } from '../../core/topic.ts';
import type { TopicLog } from '../../log/topic-log.ts';
import { Partitioned } from './partitioned.ts';
import type { SharedWriter } from './shared-writers.ts';

export interface TopicWriting {
  readonly log: TopicLog;
  readonly writers: readonly SharedWriter[];
  readonly rows: TopicRows;
  readonly context: SinkContext;
}

/** What is written can be read as soon as it is safe. A failed write is told by every later call. */
export async function openAtOnce({ log, writers, rows }: TopicWriting): Promise<Writer<never>> {
  const partitioned = new Partitioned(log, rows);
  let failure: { readonly error: unknown } | undefined;

  const check = (): void => {
    if (failure !== undefined) throw failure.error;
  };

  return {
    write(chunk) {
      check();
      const { rows: byPartition, failure: refused } = partitioned.of(chunk);
      const waits: Promise<void>[] = [];
      for (const [partition, some] of byPartition.entries()) {
        if (some.length === 0) continue;
        const { writer } = writers[partition]!;
        writer.append(some).catch((error: unknown) => {
          failure ??= { error };
        });
        const room = writer.room();
        if (room !== undefined) waits.push(room);
      }
      if (refused !== undefined) throw refused;
      return waits.length === 0 ? undefined : Promise.all(waits).then(check);
    },
    async flush() {
      await Promise.all(writers.map(({ writer }) => writer.flush()));
      check();
    },
    async close(error) {
      try {
        if (error === undefined) await Promise.all(writers.map(({ writer }) => writer.flush()));
      } finally {
        await Promise.all(writers.map((writer) => writer.release()));
      }
      if (error === undefined) check();
    },
  };
}
