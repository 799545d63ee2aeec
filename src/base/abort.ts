import { HeadraceError } from '../core/error.ts';
import type { Scheduler } from '../core/world.ts';

// One listener a signal, whatever the number of waiters: an EventTarget looks through all its listeners for each new
// one, so 100,000 waiters on the signal of a run would cost 5 billion steps. It is taken away with the last waiter.
const waiters = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `fn` once when the signal aborts, at once when it already has. The answer takes the listener away; call it
 * when the wait is over, or the signal of a long run collects all waits that ever were.
 *
 * @example
 * ```ts
 * const controller = new AbortController();
 * const off = onAbort(controller.signal, () => console.log('stopped'));
 * onAbort(controller.signal, () => console.log('me too'));
 * off();
 * controller.abort();
 * // me too
 * ```
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  if (signal.aborted) {
    fn();
    return nothing;
  }
  const waiter = (): void => fn(); // One function may wait twice.
  const all = waiters.get(signal) ?? listen(signal);
  all.add(waiter);
  return () => {
    if (all.delete(waiter) && all.size === 0) unlisten(signal);
  };
}

const listeners = new WeakMap<AbortSignal, () => void>();

function listen(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  const listener = (): void => {
    waiters.delete(signal);
    listeners.delete(signal);
    for (const waiter of all) {
      all.delete(waiter); // One that takes another one away in its call has its way.
      call(waiter);
    }
  };
  waiters.set(signal, all);
  listeners.set(signal, listener);
  signal.addEventListener('abort', listener, { once: true });
  return all;
}

function unlisten(signal: AbortSignal): void {
  const listener = listeners.get(signal);
  if (listener !== undefined) signal.removeEventListener('abort', listener);
  waiters.delete(signal);
  listeners.delete(signal);
}

// As with an EventTarget, one that throws does not keep the others from being told, and its error is not swallowed.
function call(waiter: () => void): void {
  try {
    waiter();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function nothing(): void {}

/**
 * The promise, or the signal's reason if that comes first. What the promise does later is ignored, also a rejection.
 *
 * @example
 * ```ts
 * const controller = new AbortController();
 * const answer = abortable(new Promise(() => {}), controller.signal);
 * controller.abort(new Error('enough'));
 * console.log(await answer.catch((error) => error.message)); // enough
 * ```
 */
export function abortable<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const off = onAbort(signal, () => reject(signal.reason));
    promise.then(
      (value) => {
        off();
        resolve(value);
      },
      (error: unknown) => {
        off();
        reject(error);
      },
    );
  });
}

/** A signal that others can also end. `close` takes its listeners and its timer away without aborting it. */
export interface Linked {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  close(): void;
}

/** A signal that aborts when one of its parents does, with that one's reason. */
export function linked(...parents: readonly (AbortSignal | undefined)[]): Linked {
  const controller = new AbortController();
  const offs: (() => void)[] = [];
  const close = (): void => {
    for (const off of offs.splice(0)) off();
  };
  const abort = (reason: unknown): void => {
    close();
    controller.abort(reason);
  };
  for (const parent of parents) {
    if (parent === undefined || controller.signal.aborted) continue;
    offs.push(onAbort(parent, () => abort(parent.reason)));
  }
  return { signal: controller.signal, abort, close };
}

export interface DeadlineOptions {
  readonly scheduler: Scheduler;
  readonly parent?: AbortSignal | undefined;
  /** What was being waited for, for the error. */
  readonly where?: string | undefined;
}

/**
 * A signal that aborts with `HR_DEADLINE_PASSED` after `ms`, or with its parent. Driven by the scheduler, so that a
 * test can let hours pass; always `close` it when the work is done, or its timer keeps the process alive.
 */
export function deadline(ms: number, options: DeadlineOptions): Linked {
  const link = linked(options.parent);
  if (link.signal.aborted || ms === Number.POSITIVE_INFINITY) return link;
  const timer = options.scheduler.after(ms, () => link.abort(deadlinePassed(ms, options.where)));
  const off = onAbort(link.signal, () => timer.cancel());
  return {
    signal: link.signal,
    abort: link.abort,
    close() {
      timer.cancel();
      off();
      link.close();
    },
  };
}

function deadlinePassed(ms: number, where: string | undefined): HeadraceError {
  return new HeadraceError({
    code: 'HR_DEADLINE_PASSED',
    action: 'retry',
    what: `It was not done within ${ms} ms`,
    where,
    todo: 'Look at what was slow, or allow it more time.',
  });
}
