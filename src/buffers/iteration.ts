import { quiet, rejected } from './quiet.ts';

/** How a loop over a buffer gets its next step. */
export interface Steps<V, W extends { readonly promise: Promise<V | undefined> }> {
  /** Whether `take` would answer now. */
  isReady(): boolean;
  /** What there is, or undefined at the end; throws where reading fails. */
  take(): V | undefined;
  /** Stands in line for it. */
  wait(): W;
  /** Leaves the line with nothing. */
  leave(waiter: W): void;
  readonly signal: AbortSignal | undefined;
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A loop over a buffer. Leaving it takes nothing along: a `next` that still waits ends, and what it waited for stays for
 * others. After a failure, as after the end, it is over.
 */
export function iterate<V, W extends { readonly promise: Promise<V | undefined> }>(
  steps: Steps<V, W>,
): AsyncIterableIterator<V, undefined, undefined> {
  const waiting = new Set<W>();
  let isOver = false;

  function step(value: V | undefined): IteratorResult<V, undefined> {
    if (value !== undefined) return { done: false, value };
    isOver = true;
    return END;
  }

  async function waitForNext(): Promise<IteratorResult<V, undefined>> {
    const waiter = steps.wait();
    waiting.add(waiter);
    try {
      return step(await waiter.promise);
    } catch (error) {
      isOver = true;
      throw error;
    } finally {
      waiting.delete(waiter);
    }
  }

  const iterator: AsyncIterableIterator<V, undefined, undefined> = {
    [Symbol.asyncIterator]: () => iterator,
    next() {
      if (isOver) return Promise.resolve(END);
      try {
        steps.signal?.throwIfAborted();
        return steps.isReady() ? Promise.resolve(step(steps.take())) : quiet(waitForNext());
      } catch (error) {
        isOver = true;
        return rejected(error);
      }
    },
    return() {
      isOver = true;
      for (const waiter of waiting) steps.leave(waiter);
      return Promise.resolve(END);
    },
  };
  return iterator;
}
