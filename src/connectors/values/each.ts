import type { Sink } from '../../core/sink.ts';

/**
 * Calls a function with every value. A promise it returns is awaited before the next call, so calls never overlap; for
 * many at a time use `mapAsync` before it.
 *
 * @example
 * ```ts
 * await run(pipeline('greet').from(values(['ann', 'bob'])).to(each((name) => console.log(`hello ${name}`))));
 * // hello ann
 * // hello bob
 * ```
 */
export function each<T>(fn: (value: T) => void | Promise<void>): Sink<T> {
  return {
    kind: 'each',
    id: 'each',
    delivery: 'none',
    open: () => ({
      write(chunk) {
        const { values } = chunk;
        for (let i = 0; i < values.length; i++) {
          const called = fn(values[i]!);
          if (isPromise(called)) return finish(called, values, i + 1, fn);
        }
      },
      close() {},
    }),
  };
}

async function finish<T>(called: Promise<void>, values: readonly T[], from: number, fn: (value: T) => void | Promise<void>): Promise<void> {
  await called;
  for (let i = from; i < values.length; i++) await fn(values[i]!);
}

/** A function meant to answer nothing may well answer something, like the length that push gives. */
function isPromise(called: unknown): called is Promise<void> {
  return typeof called === 'object' && called !== null && 'then' in called;
}
