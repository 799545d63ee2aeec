import { HeadraceError } from '../../core/error.ts';
import { stableHash } from '../../core/hash.ts';
import type { Reader, Resume } from '../../core/source.ts';
import type { SinkContext, Writer } from '../../core/sink.ts';
import type { TopicRow, TopicRows, TopicSpec, TopicStore } from '../../core/topic.ts';
import { MemoryLog } from './memory-log.ts';

/** What one topic holds in memory, over all of its partitions. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Topics of runs without a folder. Only what some reader has not read yet is kept; a writer waits while that is 64 MiB.
 * While nobody reads, the newest are kept for whoever comes, and what they displace is counted.
 */
export class MemoryTopics implements TopicStore {
  readonly #topics = new Map<string, readonly MemoryLog[]>();

  async partitions(topic: TopicSpec): Promise<readonly number[]> {
    return this.#logs(topic).map((_, partition) => partition);
  }

  async reader(topic: TopicSpec, partition: number, from: Resume): Promise<Reader<never>> {
    return this.#log(topic, partition).reader(from);
  }

  async writer(topic: TopicSpec, { signal, dropped }: SinkContext, rows: TopicRows): Promise<Writer<never>> {
    const logs = this.#logs(topic);
    let turn = 0;
    return {
      write(chunk) {
        // Records without a key go to one partition a chunk: spread, and mostly in order.
        turn = (turn + 1) % logs.length;
        let lost = 0;
        const put = (row: TopicRow): void => {
          lost += logs[row.key === undefined ? turn : stableHash(row.key) % logs.length]!.append(row);
        };
        try {
          rows.each(chunk, put);
        } finally {
          if (lost > 0) dropped?.(lost, 'unread');
        }
        const full = logs.filter((log) => log.isFull);
        return full.length === 0 ? undefined : Promise.all(full.map((log) => log.room(signal))).then(() => {});
      },
      close() {},
    };
  }

  #logs(topic: TopicSpec): readonly MemoryLog[] {
    const known = this.#topics.get(topic.name);
    if (known !== undefined) return known;
    const made = Array.from({ length: topic.partitions }, (_, i) => new MemoryLog(`topic:${topic.name}`, i, MOST_BYTES / topic.partitions));
    this.#topics.set(topic.name, made);
    return made;
  }

  #log(topic: TopicSpec, partition: number): MemoryLog {
    const log = this.#logs(topic)[partition];
    if (log !== undefined) return log;
    throw new HeadraceError({
      code: 'HR_POSITION_UNKNOWN',
      what: `there is no partition ${partition}`,
      where: `topic:${topic.name}`,
      todo: 'The topic has fewer partitions than when the position was kept: begin anew, or give it the name of a new topic.',
    });
  }
}
