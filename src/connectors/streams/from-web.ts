import type { Source } from '../../core/source.ts';
import { asyncReader } from '../async-reader.ts';
import { explain } from './errors.ts';
import type { WebReadable } from './streams.ts';

/**
 * Reads a Web ReadableStream. It is pulled only as far as the pipeline asks, and cancelled when the pipeline stops
 * before its end. It can be read once.
 *
 * @example
 * ```ts no-run
 * import { fromWeb } from 'headrace/connectors/streams';
 *
 * const response = await fetch('https://example/lines');
 * if (response.body !== null) await run(pipeline('pieces').from(fromWeb(response.body)).map((piece) => piece.length).to(print()));
 * ```
 */
export function fromWeb<T>(stream: WebReadable<T>, options: { readonly name?: string } = {}): Source<T> {
  const id = `web:${options.name ?? 'readable'}`;
  return {
    kind: 'web',
    id,
    replay: false,
    partitions: () => [0],
    open(_partition, _resume, { world }) {
      let reader: ReturnType<WebReadable<T>['getReader']>;
      try {
        reader = stream.getReader();
      } catch (cause) {
        throw explain(cause, id);
      }
      const iterator: AsyncIterator<T, undefined> = {
        async next() {
          try {
            const { done, value } = await reader.read();
            // The stream's own typing: without done there is a value.
            return done ? { done: true, value: undefined } : { done: false, value: value as T };
          } catch (cause) {
            throw explain(cause, id);
          }
        },
        async return() {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
      return asyncReader(iterator, world.scheduler);
    },
  };
}
