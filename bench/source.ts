import type { Source } from 'headrace';

/** The first `count` values of `valueOf`, read as a connector would give them: as many at a time as the runtime asks for. */
export function numbered<T>(count: number, valueOf: (i: number) => T): Source<T> {
  return {
    kind: 'numbered',
    id: 'numbered',
    partitions: () => [0],
    open() {
      let next = 0;
      return {
        read(limit) {
          const first = next;
          next = Math.min(count, first + limit);
          const values = new Array<T>(next - first);
          for (let i = first, at = 0; i < next; i++, at++) values[at] = valueOf(i);
          return { values, positions: { first }, resume: next, end: next === count };
        },
        close() {},
      };
    },
  };
}

/** The same values for peers that take an iterable. */
export function* iterated<T>(count: number, valueOf: (i: number) => T): Generator<T, void, undefined> {
  for (let i = 0; i < count; i++) yield valueOf(i);
}

/** The same values for peers that take an asynchronous one. */
export async function* iteratedAsync<T>(count: number, valueOf: (i: number) => T): AsyncGenerator<T, void, undefined> {
  for (let i = 0; i < count; i++) yield valueOf(i);
}
