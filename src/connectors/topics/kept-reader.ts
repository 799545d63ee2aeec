import type { Headers } from '../../core/chunk.ts';
import type { Answer, Reader } from '../../core/source.ts';
import type { LogBatch } from '../../log/log-batch.ts';
import type { PartitionReader } from '../../log/partition-reader.ts';

/** What one answer brings at the most, so that large records come a few at a time. */
const ANSWER_BYTES = 4 * 2 ** 20;

/** Reads a partition for a pipeline: at the end it says so once, then it waits. */
export class KeptReader implements Reader<never> {
  readonly #reader: PartitionReader;
  #hasSaidEnd = false;

  constructor(reader: PartitionReader) {
    this.#reader = reader;
  }

  async read(limit: number, signal: AbortSignal): Promise<Answer<never>> {
    const batch = await this.#batch(limit);
    if (batch !== undefined) return answerOf(batch);
    if (!this.#hasSaidEnd) {
      this.#hasSaidEnd = true;
      return this.#nothing();
    }
    try {
      await this.#reader.more(signal);
    } catch (error) {
      if (signal.aborted) return this.#nothing();
      this.#hasSaidEnd = false;
      throw error;
    }
    const more = await this.#batch(limit);
    return more === undefined ? this.#nothing() : answerOf(more);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #batch(limit: number): Promise<LogBatch | undefined> {
    const batch = await this.#reader.read({ records: limit, bytes: ANSWER_BYTES });
    if (batch !== undefined) this.#hasSaidEnd = false;
    return batch;
  }

  #nothing(): Answer<never> {
    const { position } = this.#reader;
    return { bodies: [], positions: { first: position }, resume: position };
  }
}

function answerOf(batch: LogBatch): Answer<never> {
  const { first, count, times } = batch;
  let headers: (Headers | undefined)[] | undefined;
  for (let i = 0; i < count; i++) {
    const some = batch.headersAt(i);
    if (some !== undefined) (headers ??= Array.from({ length: count }, () => undefined))[i] = some;
  }
  return { bodies: batch.values(), positions: { first }, times, ...(headers === undefined ? {} : { headers }), resume: first + count };
}
