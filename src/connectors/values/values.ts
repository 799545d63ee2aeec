import type { Source } from '../../core/source.ts';
import { asyncReader } from '../async-reader.ts';
import { iteratorReader } from './iterator-reader.ts';
import { type List, listReader } from './list-reader.ts';

/** What `values` reads: a list, anything that can be iterated, or a function that makes such a thing for each run. */
export type Values<T> = List<T> | Iterable<T> | AsyncIterable<T> | (() => Iterable<T> | AsyncIterable<T>);

/**
 * The values of an array, an iterable, an async iterable or a generator. An array is read again after a restart, from
 * the index it had come to; everything else can be read once, unless a function makes it anew for every run.
 *
 * @example
 * ```ts
 * await run(pipeline('squares').from(values([1, 2, 3])).map((n) => n * n).to(print()));
 * // 1
 * // 4
 * // 9
 * ```
 */
export function values<T>(items: Values<T>): Source<T> {
  return {
    kind: 'values',
    id: 'values',
    replay: isList(items),
    partitions: () => [0],
    open(_partition, resume, { world }) {
      if (isList(items)) return listReader(items, typeof resume === 'number' ? resume : 0);
      const made = typeof items === 'function' ? items() : items;
      return isAsync(made) ? asyncReader(made[Symbol.asyncIterator](), world.scheduler) : iteratorReader(made[Symbol.iterator]());
    },
  };
}

function isList<T>(items: Values<T>): items is List<T> {
  return Array.isArray(items) || (ArrayBuffer.isView(items) && 'length' in items);
}

function isAsync<T>(items: Iterable<T> | AsyncIterable<T>): items is AsyncIterable<T> {
  // Text can be iterated too, and `in` wants an object.
  return typeof items === 'object' && Symbol.asyncIterator in items;
}
