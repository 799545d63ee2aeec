import type { Answer, Reader } from '../core/source.ts';
import type { Scheduler } from '../core/world.ts';

/**
 * Reads an async iterator. A read answers as soon as one value is there: it takes along what arrives within the same
 * turn of the event loop, and never waits to fill a chunk. At most one `next()` is open at a time, and none is called
 * while nobody reads, so at most `limit` values are taken ahead of the pipeline.
 */
export function asyncReader<T>(iterator: AsyncIterator<T>, scheduler: Scheduler): Reader<T> {
  let here: T[] = [];
  let next = 0;
  let state: 'open' | 'ended' | 'failed' | 'closed' = 'open';
  let failure: unknown;
  let isPulling = false;
  /** Present while a read waits. */
  let waiting: { readonly limit: number; answer(): void } | undefined;

  function pull(): void {
    if (isPulling || state !== 'open') return;
    isPulling = true;
    // A next() that throws, or answers no promise, is treated as one that rejects or resolves.
    new Promise<IteratorResult<T>>((resolve) => resolve(iterator.next())).then(arrive, fall);
  }

  function arrive(step: IteratorResult<T>): void {
    isPulling = false;
    if (state === 'closed') return;
    if (step.done === true) {
      state = 'ended';
      waiting?.answer();
      return;
    }
    here.push(step.value);
    if (waiting === undefined) return;
    if (here.length >= waiting.limit) waiting.answer();
    else {
      if (here.length === 1) scheduler.soon(waiting.answer);
      pull();
    }
  }

  function fall(error: unknown): void {
    isPulling = false;
    if (state === 'closed') return;
    state = 'failed';
    failure = error;
    waiting?.answer();
  }

  function take(limit: number): Answer<T> {
    const values = here.length <= limit ? here : here.slice(0, limit);
    here = here.length <= limit ? [] : here.slice(limit);
    if (values.length === 0 && state === 'failed') throw failure;
    const first = next;
    next += values.length;
    return { values, positions: { first }, resume: next, end: state === 'ended' && here.length === 0 };
  }

  return {
    read(limit, signal) {
      if (here.length > 0 || state !== 'open' || signal.aborted) return take(limit);
      return new Promise<Answer<T>>((resolve, reject) => {
        const answer = (): void => {
          if (waiting !== reading) return;
          waiting = undefined;
          signal.removeEventListener('abort', answer);
          try {
            resolve(take(limit));
          } catch (error) {
            reject(error);
          }
        };
        const reading = { limit, answer };
        waiting = reading;
        // An abort leaves the open next() alone: its value is the first of the next read.
        signal.addEventListener('abort', answer, { once: true });
        pull();
      });
    },
    async close() {
      if (state !== 'open') return;
      state = 'closed';
      waiting?.answer();
      const returned = Promise.resolve(iterator.return?.());
      // A generator in the middle of a next() that never settles would never answer its return() either:
      // it is told, and not waited for. Its failure has nobody left to tell.
      if (isPulling) returned.catch(() => {});
      else await returned;
    },
  };
}
