import type { Reader } from '../../core/source.ts';

/** An array, a typed array: something that can be read at an index, and again. */
export interface List<T> {
  readonly length: number;
  readonly [index: number]: T;
}

/** Reads a list from an index on. The list is not copied: what is appended while it is read is read too. */
export function listReader<T>(items: List<T>, from: number): Reader<T> {
  let next = from;
  return {
    read(limit) {
      const first = next;
      next = Math.max(first, Math.min(items.length, first + limit));
      return { values: slice(items, first, next), positions: { first }, resume: next, end: next >= items.length };
    },
    close() {},
  };
}

function slice<T>(items: List<T>, from: number, to: number): T[] {
  if (Array.isArray(items)) return items.slice(from, to);
  const part: T[] = [];
  for (let i = from; i < to; i++) part.push(items[i] as T);
  return part;
}
