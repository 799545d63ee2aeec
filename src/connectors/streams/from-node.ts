import type { Answer, Source } from '../../core/source.ts';
import { closedEarly, explain } from './errors.ts';
import type { NodeReadable } from './streams.ts';

const EVENTS = ['readable', 'end', 'error', 'close'];

/**
 * Reads a Node Readable: objects in object mode, otherwise its pieces of bytes. The stream fills only to its own high
 * water mark while the pipeline is busy, and is destroyed when the pipeline stops before its end. It can be read once.
 *
 * @example
 * ```ts
 * import { Readable } from 'node:stream';
 * import { fromNode } from 'headrace/connectors/streams';
 *
 * await run(pipeline('letters').from(fromNode<string>(Readable.from(['a', 'b']))).to(print()));
 * // a
 * // b
 * ```
 */
export function fromNode<T = Uint8Array>(stream: NodeReadable, options: { readonly name?: string } = {}): Source<T> {
  const id = `node:${options.name ?? 'readable'}`;
  return {
    kind: 'node',
    id,
    replay: false,
    partitions: () => [0],
    open() {
      let next = 0;
      let wake: (() => void) | undefined;
      // One listener for the reader's life: an error between two reads is not an unhandled one.
      const onEvent = (): void => wake?.();
      for (const event of EVENTS) stream.on(event, onEvent);
      function take(limit: number): Answer<T> {
        const values: T[] = [];
        while (values.length < limit) {
          const value = stream.read();
          if (value === null) break;
          values.push(value as T);
        }
        if (values.length === 0 && !stream.readableEnded) {
          if (stream.errored !== null) throw explain(stream.errored, id);
          if (stream.destroyed) throw closedEarly(id);
        }
        const first = next;
        next += values.length;
        return { values, positions: { first }, resume: next, end: values.length === 0 && stream.readableEnded };
      }
      return {
        read(limit, signal) {
          const now = take(limit);
          if (now.values?.length !== 0 || now.end === true || signal.aborted) return now;
          return new Promise<Answer<T>>((resolve, reject) => {
            const settle = (isAborted: boolean): void => {
              try {
                const answer = take(limit);
                // A 'readable' may come with nothing to read; then the wait goes on.
                if (answer.values?.length === 0 && answer.end !== true && !isAborted) return;
                resolve(answer);
              } catch (error) {
                reject(error);
              }
              wake = undefined;
              signal.removeEventListener('abort', onAbort);
            };
            const onAbort = (): void => settle(true);
            wake = () => settle(false);
            signal.addEventListener('abort', onAbort, { once: true });
          });
        },
        async close() {
          if (!stream.destroyed) stream.destroy();
          if (!stream.closed) await new Promise<void>((resolve) => stream.on('close', resolve));
          // A destroyed stream tells its error a tick later, when `closed` is true already: that listener stays.
          for (const event of EVENTS) if (event !== 'error') stream.off(event, onEvent);
        },
      };
    },
  };
}
