import type { Files, World } from '../../core/world.ts';
import type { PartitionWriter, WriterOptions } from '../../log/partition-writer.ts';
import type { TopicLog } from '../../log/topic-log.ts';

/** A partition has one writer, and in one process any number of sinks and programs that use it. */
export interface SharedWriter {
  readonly writer: PartitionWriter;
  release(): Promise<void>;
}

interface Shared {
  readonly opening: Promise<PartitionWriter>;
  users: number;
}

const open = new WeakMap<Files, Map<string, Shared>>();

/** Opens the writer of a partition, or joins those who have it open; the last to let go closes it. */
export async function sharedWriter({ files }: World, log: TopicLog, partition: number, options: WriterOptions): Promise<SharedWriter> {
  const folder = log.partitionFolder(partition);
  const known = open.get(files) ?? new Map<string, Shared>();
  open.set(files, known);
  const shared = known.get(folder) ?? { opening: log.writer(partition, options), users: 0 };
  known.set(folder, shared);
  shared.users++;
  let isReleased = false;
  const leave = (): boolean => {
    if (isReleased) return false;
    isReleased = true;
    if (--shared.users > 0) return false;
    known.delete(folder);
    return true;
  };
  try {
    const writer = await shared.opening;
    return {
      writer,
      async release() {
        if (leave()) await writer.close();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}
