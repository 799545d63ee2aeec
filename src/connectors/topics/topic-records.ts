import type { Headers } from '../../core/chunk.ts';
import type { Codec } from '../../core/codec.ts';
import { keyOf } from '../../core/key-bytes.ts';
import type { Key } from '../../core/keys.ts';
import type { LogConsumer } from '../../log/consumers.ts';
import type { LogBatch } from '../../log/log-batch.ts';
import type { PartitionReader } from '../../log/partition-reader.ts';
import type { TopicLog } from '../../log/topic-log.ts';
import type { ReadTopicOptions } from './open-topic.ts';

const READ = { records: 1024, bytes: 4 * 2 ** 20 };

export interface TopicRecord<T> {
  readonly value: T;
  readonly key: Key | undefined;
  /** Event time, NaN for none. */
  readonly time: number;
  readonly headers: Headers | undefined;
  readonly partition: number;
  readonly position: number;
}

/** The records of a topic, partition by partition as they come. One reader at a time goes through it. */
export class TopicRecords<T> implements AsyncIterable<TopicRecord<T>> {
  readonly #log: TopicLog;
  readonly #codec: Codec<T>;
  readonly #options: ReadTopicOptions;
  readonly #closing = new AbortController();
  /** Behind every record that was handed out, by partition. */
  readonly #read = new Map<number, number>();
  #consumer: LogConsumer | undefined;

  constructor(log: TopicLog, codec: Codec<T>, options: ReadTopicOptions) {
    this.#log = log;
    this.#codec = codec;
    this.#options = options;
  }

  /** Keeps the place behind every record handed out so far under the consumer's name. Settles when it would survive a power cut. */
  async commit(): Promise<void> {
    await this.#consumer?.commit(new Map(this.#read));
  }

  close(): Promise<void> {
    this.#closing.abort(new DOMException('the topic was closed', 'AbortError'));
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TopicRecord<T>, void, undefined> {
    const { consumer, signal, until } = this.#options;
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    if (consumer !== undefined) this.#consumer = await this.#log.consumer(consumer);
    const readers = await this.#open();
    try {
      while (!stop.aborted) {
        let isAtEnd = true;
        for (const [partition, reader] of readers.entries()) {
          const batch = await reader.read(READ);
          if (batch === undefined) continue;
          isAtEnd = false;
          for (let i = 0; i < batch.count; i++) {
            this.#read.set(partition, batch.first + i + 1);
            yield this.#record(batch, i, partition);
            if (stop.aborted) return;
          }
        }
        if (!isAtEnd) continue;
        if (until === 'caughtUp') return;
        await anyMore(readers, stop);
      }
    } finally {
      await Promise.all(readers.map((reader) => reader.close()));
    }
  }

  async #open(): Promise<readonly PartitionReader[]> {
    const { from = 'start' } = this.#options;
    const kept = this.#consumer?.positions();
    const readers: PartitionReader[] = [];
    try {
      for (let partition = 0; partition < this.#log.partitions; partition++) {
        readers.push(await this.#log.reader(partition, kept?.get(partition) ?? from));
      }
    } catch (error) {
      await Promise.all(readers.map((reader) => reader.close()));
      throw error;
    }
    return readers;
  }

  #record(batch: LogBatch, i: number, partition: number): TopicRecord<T> {
    const key = batch.keyAt(i);
    return {
      value: this.#codec.decode(batch.valueAt(i)),
      key: key === undefined ? undefined : keyOf(key),
      time: batch.timeAt(i),
      headers: batch.headersAt(i),
      partition,
      position: batch.first + i,
    };
  }
}

/** Settles when one of the partitions has more, or the signal says that it is over. */
async function anyMore(readers: readonly PartitionReader[], stop: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const waiting = AbortSignal.any([stop, enough.signal]);
  try {
    await Promise.race(readers.map((reader) => reader.more(waiting)));
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    enough.abort();
  }
}
