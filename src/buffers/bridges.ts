import type { WaitOptions } from './options.ts';

/** The writing side of a StreamBuffer. */
interface Fillable<T> {
  write(item: T, options?: WaitOptions): Promise<void> | undefined;
  close(error?: Error): void;
}

/**
 * Writes everything of an iterable into a buffer and closes it at the end: an array, a generator, an async iterable, a
 * Node Readable, a Web ReadableStream. It asks for the next item only when the last one was taken. If the iterable
 * fails, the buffer gives what came before and then the error, which also rejects the promise.
 * The other way needs no bridge: a buffer is an async iterable, so `Readable.from(buffer)` and
 * `ReadableStream.from(buffer)` make it a stream.
 *
 * @example
 * ```ts
 * const buffer = new StreamBuffer<number>({ items: 2 });
 * const filled = fill(buffer, [1, 2, 3]);
 * for await (const n of buffer) console.log(n);
 * await filled;
 * // 1
 * // 2
 * // 3
 * ```
 */
export async function fill<T>(buffer: Fillable<T>, from: Iterable<T> | AsyncIterable<T>, options: WaitOptions = {}): Promise<void> {
  try {
    for await (const item of from) await buffer.write(item, options);
    buffer.close();
  } catch (error) {
    buffer.close(error instanceof Error ? error : new Error('what was to be read failed', { cause: error }));
    throw error;
  }
}
