import type { Chunk } from '../../core/chunk.ts';
import { type Halt, visitRows } from '../../core/column-rows.ts';
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
      write: (chunk) => show(chunk, fn),
      close() {},
    }),
  };
}

/** A loop without promises until the first one comes. What the function answers otherwise is of no interest. */
function show<T>({ held }: Chunk<T>, fn: (value: T) => void | Promise<void>): void | Promise<void> {
  const from = (row: number): Halt | undefined => (Array.isArray(held) ? visitRows(held, fn, row) : held.visit(fn, row));
  const halt = from(0);
  if (halt !== undefined) return finish(halt, from);
}

async function finish(halt: Halt, from: (row: number) => Halt | undefined): Promise<void> {
  for (let at: Halt | undefined = halt; at !== undefined; at = from(at.next)) await at.wait;
}
