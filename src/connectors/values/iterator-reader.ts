import type { Answer, Reader } from '../../core/source.ts';

/** Reads a synchronous iterator, as far as it is asked and not one value further. */
export function iteratorReader<T>(iterator: Iterator<T>): Reader<T> {
  let next = 0;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  return {
    read(limit): Answer<T> {
      const values: T[] = [];
      const first = next;
      if (failure !== undefined) throw failure.error;
      while (!ended && values.length < limit) {
        try {
          const step = iterator.next();
          if (step.done === true) ended = true;
          else values.push(step.value);
        } catch (error) {
          ended = true;
          // What came before the failure is good: it is answered first, and the failure by the next read.
          if (values.length === 0) throw error;
          failure = { error };
        }
      }
      next += values.length;
      return { values, positions: { first }, resume: next, end: ended && failure === undefined };
    },
    close() {
      if (ended) return;
      ended = true;
      iterator.return?.();
    },
  };
}
