import type { Sink } from '../../core/sink.ts';
import { closedEarly, explain } from './errors.ts';
import type { NodeWritable } from './streams.ts';

const EVENTS = ['drain', 'finish', 'error', 'close'];

/**
 * Writes to a Node Writable: objects in object mode, otherwise text and bytes. A stream over its high water mark holds
 * the pipeline back. It is ended at the end of the run and destroyed with the error when the run fails; `end: false`
 * leaves it open in both cases.
 *
 * @example
 * ```ts no-run
 * import { createWriteStream } from 'node:fs';
 * import { toNode } from 'headrace/connectors/streams';
 *
 * const file = createWriteStream('squares.txt');
 * await run(pipeline('squares').from(values([1, 2])).map((n) => `${n * n}\n`).to(toNode(file)));
 * ```
 */
export function toNode<T>(stream: NodeWritable, options: { readonly name?: string; readonly end?: boolean } = {}): Sink<T> {
  const id = `node:${options.name ?? 'writable'}`;
  return {
    kind: 'node',
    id,
    delivery: 'none',
    open({ signal }) {
      const owns = options.end ?? true;
      let wake: (() => void) | undefined;
      let unwritten = 0;
      const onWritten = (): void => {
        unwritten -= 1;
        if (unwritten === 0) wake?.();
      };
      const onEvent = (): void => wake?.();
      for (const event of EVENTS) stream.on(event, onEvent);
      function check(): void {
        if (stream.errored !== null) throw explain(stream.errored, id);
        if (stream.destroyed && !stream.writableFinished) throw closedEarly(id);
      }
      /** Resolves once `holds` does; rejects when the stream fails or the run is aborted. */
      function until(holds: () => boolean): Promise<void> {
        return new Promise((resolve, reject) => {
          const settle = (): void => {
            try {
              check();
              signal.throwIfAborted();
              if (!holds()) return;
              resolve();
            } catch (error) {
              reject(error);
            }
            wake = undefined;
            signal.removeEventListener('abort', settle);
          };
          wake = settle;
          signal.addEventListener('abort', settle);
          settle();
        });
      }
      function send(value: unknown): boolean {
        unwritten += 1;
        return stream.write(value, onWritten);
      }
      async function writeFrom(values: readonly T[], from: number): Promise<void> {
        for (let i = from; i < values.length; i++) {
          if (stream.writableNeedDrain) await until(() => !stream.writableNeedDrain);
          check();
          send(values[i]);
        }
        if (stream.writableNeedDrain) await until(() => !stream.writableNeedDrain);
      }
      return {
        write(chunk) {
          check();
          const { values } = chunk;
          for (let i = 0; i < values.length; i++) {
            if (!send(values[i])) return writeFrom(values, i + 1);
          }
          return undefined;
        },
        flush() {
          check();
          return unwritten === 0 ? undefined : until(() => unwritten === 0);
        },
        async close(error) {
          try {
            if (!owns) {
              if (error === undefined) await until(() => unwritten === 0);
            } else if (error !== undefined) stream.destroy(error instanceof Error ? error : new Error('the run failed', { cause: error }));
            else {
              check();
              if (!stream.writableEnded) stream.end();
              await until(() => stream.writableFinished);
            }
          } finally {
            if (owns && stream.destroyed && !stream.closed) await new Promise<void>((resolve) => stream.on('close', resolve));
            // A destroyed stream tells its error a tick later, when `closed` is true already: that listener stays.
            for (const event of EVENTS) if (event !== 'error' || !owns) stream.off(event, onEvent);
          }
        },
      };
    },
  };
}
