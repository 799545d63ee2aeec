import { HeadraceError } from '../../core/error.ts';
import type { Sink } from '../../core/sink.ts';
import { wholeNumber } from '../../core/units.ts';

export interface Collected<T> extends Sink<T> {
  /** Everything that came, in order. */
  readonly values: readonly T[];
}

/**
 * Keeps all values in an array, for tests and small answers. It stops the run with an error when more than `limit` come,
 * ten million by default, instead of filling the memory.
 *
 * @example
 * ```ts
 * const even = collect<number>();
 * await run(pipeline('even').from(values([1, 2, 3, 4])).filter((n) => n % 2 === 0).to(even));
 * console.log(even.values); // [ 2, 4 ]
 * ```
 */
export function collect<T>(options: { readonly limit?: number } = {}): Collected<T> {
  const limit = wholeNumber(options.limit ?? 10_000_000, 'option limit', 0);
  const kept: T[] = [];
  return {
    kind: 'collect',
    id: 'collect',
    delivery: 'none',
    values: kept,
    open: () => ({
      write(chunk) {
        const { values } = chunk;
        const room = limit - kept.length;
        for (let i = 0; i < values.length && i < room; i++) kept.push(values[i]!);
        if (values.length > room) {
          throw new HeadraceError({
            code: 'HR_COLLECT_FULL',
            where: 'collect',
            what: `more than ${limit} values came`,
            todo: 'Write them to a file instead, aggregate them first, or raise the option limit.',
          });
        }
      },
      close() {},
    }),
  };
}
