import { inspect } from 'node:util';
import { HeadraceError } from '../../core/error.ts';
import type { Sink } from '../../core/sink.ts';

/** The part of process.stdout that print uses. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string, written: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Writes each value on a line of its own to the standard output: text as it is, everything else as console.log shows it,
 * or what `format` makes of it. One write a chunk; all of it is out before the run ends.
 *
 * @example
 * ```ts
 * await run(pipeline('hello').from(values(['ann', { age: 3 }])).to(print()));
 * // ann
 * // { age: 3 }
 * ```
 */
export function print<T>(format?: (value: T) => string, options: { readonly to?: Output } = {}): Sink<T> {
  return {
    kind: 'print',
    id: 'print',
    delivery: 'none',
    open() {
      const output: Output = options.to ?? process.stdout;
      const line = format ?? ((value: T) => show(value, output.isTTY === true));
      let failure: Error | undefined;
      let last: Promise<void> = Promise.resolve();
      // Without a listener a closed pipe (`| head`) would end the process in place of the run.
      const onError = (error: Error): void => {
        failure ??= error;
      };
      output.on('error', onError);
      function send(text: string): boolean {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        promise.catch(() => {}); // It is told by the next write, flush or close.
        last = promise;
        return output.write(text, (error) => (error ? reject(explain(error)) : resolve()));
      }
      return {
        write(chunk) {
          if (failure !== undefined) throw explain(failure);
          let text = '';
          for (const value of chunk.values) text += `${line(value)}\n`;
          if (text === '' || send(text)) return undefined;
          return last;
        },
        flush: () => last,
        async close(error) {
          try {
            if (error === undefined) await last;
          } finally {
            output.off('error', onError);
          }
        },
      };
    },
  };
}

function show(value: unknown, colors: boolean): string {
  return typeof value === 'string' ? value : inspect(value, { colors });
}

function explain(cause: Error): HeadraceError {
  return new HeadraceError({
    code: 'HR_PRINT_FAILED',
    where: 'print',
    what: `the standard output takes no more: ${cause.message}`,
    todo: 'Keep the reading end of the pipe open; with `| head` this is the normal end.',
    cause,
  });
}
