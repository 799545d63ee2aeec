import type { Sink } from '../../core/sink.ts';
import { explain } from './errors.ts';
import type { WebWritable } from './streams.ts';

/**
 * Writes to a Web WritableStream. A stream that is full holds the pipeline back. It is closed at the end of the run and
 * aborted with the error when the run fails.
 *
 * @example
 * ```ts
 * const seen: number[] = [];
 * const stream = new WritableStream<number>({ write: (n) => void seen.push(n) });
 * await run(pipeline('web').from(values([1, 2])).to(toWeb(stream)));
 * console.log(seen); // [ 1, 2 ]
 * ```
 */
export function toWeb<T>(stream: WebWritable<T>, options: { readonly name?: string } = {}): Sink<T> {
  const id = `web:${options.name ?? 'writable'}`;
  return {
    kind: 'web',
    id,
    delivery: 'none',
    open({ signal }) {
      let writer: ReturnType<WebWritable<T>['getWriter']>;
      try {
        writer = stream.getWriter();
      } catch (cause) {
        throw explain(cause, id);
      }
      let failure: { readonly cause: unknown } | undefined;
      let last: Promise<void> = Promise.resolve();
      /** Waits with an eye on the abort: a stream that never settles must not hold a stop. */
      function settled(promise: Promise<unknown>): Promise<void> {
        return new Promise((resolve, reject) => {
          const onAbort = (): void => reject(signal.reason);
          if (signal.aborted) onAbort();
          signal.addEventListener('abort', onAbort, { once: true });
          promise
            .then(
              () => resolve(),
              (cause: unknown) => reject(explain(failure?.cause ?? cause, id)),
            )
            .finally(() => signal.removeEventListener('abort', onAbort));
        });
      }
      return {
        async write(chunk) {
          for (const value of chunk.values) {
            if (failure !== undefined) throw explain(failure.cause, id);
            if ((writer.desiredSize ?? 0) <= 0) await settled(writer.ready);
            last = writer.write(value);
            // Every promise of a failed stream rejects; the first cause is told by the next write, flush or close.
            last.catch((cause: unknown) => {
              failure ??= { cause };
            });
          }
        },
        flush: () => settled(last),
        async close(error) {
          try {
            if (error === undefined) await settled(writer.close());
            else {
              const aborted = writer.abort(error);
              aborted.catch(() => {}); // The run has an error already.
              // A write that never settles keeps an abort open for ever; the run does not wait for it.
              if (!signal.aborted) await aborted;
            }
          } finally {
            writer.releaseLock();
          }
        },
      };
    },
  };
}
