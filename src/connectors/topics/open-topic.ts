import { realWorld } from '../../base/real-world.ts';
import type { Headers } from '../../core/chunk.ts';
import { canonicalBytes } from '../../core/key-bytes.ts';
import type { Key } from '../../core/keys.ts';
import type { World } from '../../core/world.ts';
import type { LogEntry } from '../../log/batch-body.ts';
import type { TopicLog } from '../../log/topic-log.ts';
import type { KeptTopics } from './kept-topics.ts';
import type { SharedWriter } from './shared-writers.ts';
import type { Topic } from './topic.ts';
import { TopicRecords } from './topic-records.ts';

export interface OpenTopicOptions {
  /** The folder that pipelines are given as `dir`; the topic lies in `topics` under it. */
  readonly dir: string;
  readonly world?: World;
}

export interface RecordOptions {
  /** Takes the place of the topic's own key. */
  readonly key?: Key;
  /** Event time in milliseconds; none unless told. */
  readonly time?: number;
  readonly headers?: Headers;
}

export interface ReadTopicOptions {
  /** Where to begin where no position is kept; 'start' by default. */
  readonly from?: 'start' | 'end';
  /** Keeps how far was read under this name, whenever `commit` is called, and begins there. */
  readonly consumer?: string;
  readonly signal?: AbortSignal;
  /** Ends when everything that was there has been read, in place of waiting for more. */
  readonly until?: 'caughtUp';
}

/**
 * A topic for a program that is no pipeline, as a web handler or a script.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 *
 * const dir = await mkdtemp(`${tmpdir()}/shop-`);
 * await using orders = await openTopic(topic<{ id: number }>('orders', json(), { partitions: 1 }), { dir });
 * await orders.write({ id: 1 }); // durable when it resolves
 * await orders.write({ id: 2 });
 * for await (const { value, position } of orders.read({ consumer: 'mailer', until: 'caughtUp' })) console.log(value.id, position);
 * // 1 0
 * // 2 1
 * ```
 */
export class OpenTopic<T> implements AsyncDisposable {
  readonly #topic: Topic<T>;
  readonly #topics: KeptTopics;
  readonly #log: TopicLog;
  readonly #readers = new Set<TopicRecords<T>>();
  #writers: Promise<readonly SharedWriter[]> | undefined;
  #turn = 0;

  constructor(topic: Topic<T>, topics: KeptTopics, log: TopicLog) {
    this.#topic = topic;
    this.#topics = topics;
    this.#log = log;
  }

  get partitions(): number {
    return this.#log.partitions;
  }

  /** Settles when the record would survive a power cut. Calls that do not wait for each other share one write to the disk. */
  async write(value: T, options: RecordOptions = {}): Promise<void> {
    const row = this.#rowOf(value, options);
    const writers = await this.#opened();
    const { writer } = writers[this.#partitionOf(row)]!;
    await writer.room();
    await writer.append([row]);
  }

  /** Likewise many; all of them or, after a crash, those at the beginning of each partition. */
  async writeAll(values: Iterable<T>, options: RecordOptions = {}): Promise<void> {
    const writers = await this.#opened();
    const rows = writers.map((): LogEntry[] => []);
    for (const value of values) {
      const row = this.#rowOf(value, options);
      rows[this.#partitionOf(row)]!.push(row);
    }
    await Promise.all(rows.map(async (some, partition) => some.length > 0 && writers[partition]!.writer.append(some)));
  }

  /** Reads all partitions, each in its order. */
  read(options: ReadTopicOptions = {}): TopicRecords<T> {
    const records = new TopicRecords(this.#log, this.#topic.codec, options);
    this.#readers.add(records);
    return records;
  }

  async close(): Promise<void> {
    const writers = await this.#writers;
    this.#writers = undefined;
    await Promise.all([...this.#readers].map((records) => records.close()));
    await Promise.all((writers ?? []).map((writer) => writer.release()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #rowOf(value: T, { key, time, headers }: RecordOptions): LogEntry {
    const own = key ?? this.#topic.key?.(value);
    const bytes = this.#topic.codec.encode(value);
    if (own === undefined && headers === undefined && time === undefined) return bytes;
    return { value: bytes, key: own === undefined ? undefined : canonicalBytes(own), headers, time: time ?? Number.NaN };
  }

  /** Taken with the first record that is written: who only reads keeps nobody from writing. */
  async #opened(): Promise<readonly SharedWriter[]> {
    this.#writers ??= this.#topics.writers(this.#topic.spec).then(({ writers }) => writers);
    try {
      return await this.#writers;
    } catch (error) {
      // The next record tries again.
      this.#writers = undefined;
      throw error;
    }
  }

  #partitionOf(entry: LogEntry): number {
    const key = entry instanceof Uint8Array ? undefined : entry.key;
    if (key !== undefined) return this.#log.partitionOf(key);
    this.#turn = (this.#turn + 1) % this.#log.partitions;
    return this.#turn;
  }
}

/** Opens a topic under `dir`, and makes it if it is not there. */
export async function openTopic<T>(topic: Topic<T>, { dir, world = realWorld() }: OpenTopicOptions): Promise<OpenTopic<T>> {
  // What keeps topics on a disk is loaded by those who use one.
  const { KeptTopics: Kept } = await import('./kept-topics.ts');
  const topics = new Kept(world, dir);
  return new OpenTopic(topic, topics, await topics.log(topic.spec));
}
