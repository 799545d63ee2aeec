import type { Sink, Writer } from '../core/sink.ts';
import type { Answer, Reader, Source } from '../core/source.ts';

/** What the reading end of a pipeline uses of a buffer. */
export interface ReadEnd<T> {
  readonly id: string;
  readonly items: number;
  readonly isEnded: boolean;
  tryReadBatch(limit: number): T[];
  readBatch(limit: number, options: { readonly signal: AbortSignal }): Promise<T[]>;
}

/** What the writing end of a pipeline uses of a buffer. */
export interface WriteEnd<T> {
  readonly id: string;
  write(item: T, options: { readonly signal: AbortSignal }): Promise<void> | undefined;
  close(error?: Error): void;
}

/**
 * A buffer as a source under a name of your choice. Closing the pipeline leaves the buffer open and what is inside in it.
 *
 * @example
 * ```ts
 * const buffer = new StreamBuffer<number>();
 * buffer.tryWrite(7);
 * buffer.close();
 * await run(pipeline('sevens').from(bufferSource(buffer, { name: 'sevens' })).to(print())); // 7
 * ```
 */
export function bufferSource<T>(buffer: ReadEnd<T>, options: { readonly name?: string } = {}): Source<T> {
  const id = options.name === undefined ? buffer.id : `buffer:${options.name}`;
  return { kind: 'buffer', id, replay: false, partitions: () => [0], open: () => bufferReader(buffer) };
}

/**
 * A buffer as a sink. The end of the run closes the buffer, and a run that fails closes it with the error; with
 * `close: false` it stays open for other writers.
 *
 * @example
 * ```ts
 * const buffer = new StreamBuffer<number>();
 * await run(pipeline('fill').from(values([1, 2])).to(bufferSink(buffer, { close: false })));
 * console.log(buffer.items, buffer.isClosed); // 2 false
 * ```
 */
export function bufferSink<T>(buffer: WriteEnd<T>, options: { readonly name?: string; readonly close?: boolean } = {}): Sink<T> {
  const id = options.name === undefined ? buffer.id : `buffer:${options.name}`;
  return { kind: 'buffer', id, delivery: 'none', open: ({ signal }) => bufferWriter(buffer, signal, options.close ?? true) };
}

export function bufferReader<T>(buffer: ReadEnd<T>): Reader<T> {
  let next = 0;
  function answer(values: T[]): Answer<T> {
    const first = next;
    next += values.length;
    return { values, positions: { first }, resume: next, end: buffer.isEnded };
  }
  return {
    read(limit, signal) {
      if (buffer.items > 0 || buffer.isEnded || signal.aborted) return answer(buffer.tryReadBatch(limit));
      return buffer.readBatch(limit, { signal }).then(answer, (error: unknown) => {
        // The runtime called the wait off: nothing was taken, and nothing is new.
        if (signal.aborted) return answer([]);
        throw error;
      });
    },
    close() {},
  };
}

export function bufferWriter<T>(buffer: WriteEnd<T>, signal: AbortSignal, closes: boolean): Writer<T> {
  async function writeFrom(values: readonly T[], from: number, held: Promise<void>): Promise<void> {
    await held;
    for (let i = from; i < values.length; i++) await buffer.write(values[i]!, { signal });
  }
  return {
    write({ values }) {
      for (let i = 0; i < values.length; i++) {
        const held = buffer.write(values[i]!, { signal });
        if (held !== undefined) return writeFrom(values, i + 1, held);
      }
      return undefined;
    },
    close(error) {
      if (!closes) return;
      if (error === undefined) buffer.close();
      else buffer.close(error instanceof Error ? error : new Error('the run failed', { cause: error }));
    },
  };
}
