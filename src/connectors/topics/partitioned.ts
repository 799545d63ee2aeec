import type { Chunk } from '../../core/chunk.ts';
import type { TopicRow, TopicRows } from '../../core/topic.ts';
import type { TopicLog } from '../../log/topic-log.ts';

/** Divides the rows of chunks among the partitions of a topic. */
export class Partitioned {
  readonly #log: TopicLog;
  readonly #rows: TopicRows;
  #turn = 0;
  /** A key's bytes are one array for as long as its table lives, so its partition is looked up and not hashed again. */
  readonly #known = new WeakMap<Uint8Array, number>();

  constructor(log: TopicLog, rows: TopicRows) {
    this.#log = log;
    this.#rows = rows;
  }

  /** The rows of a chunk by partition, with the error of the one that ended it early. */
  of(chunk: Chunk<never>): { readonly rows: readonly TopicRow[][]; readonly failure: unknown } {
    const { partitions } = this.#log;
    const rows = Array.from({ length: partitions }, (): TopicRow[] => []);
    // Records without a key go to one partition a chunk: spread, and mostly in order.
    this.#turn = (this.#turn + 1) % partitions;
    const turn = this.#turn;
    try {
      this.#rows.each(chunk, (row) => rows[row.key === undefined ? turn : this.#partitionOf(row.key)]!.push(row));
    } catch (failure) {
      return { rows, failure };
    }
    return { rows, failure: undefined };
  }

  #partitionOf(key: Uint8Array): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const partition = this.#log.partitionOf(key);
    this.#known.set(key, partition);
    return partition;
  }
}
