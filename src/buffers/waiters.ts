import { crowded } from './errors.ts';

/**
 * Somebody who waits: for room, for an item, for a permit. It stands in one line, first come, first served, and leaves
 * it by being settled or by the abort of its signal. A doubly linked list, so that leaving from the middle is O(1).
 */
export class Waiter<T, Want> {
  /** What it waits for. */
  readonly want: Want;
  readonly promise: Promise<T>;
  before: Waiter<T, Want> | undefined;
  after: Waiter<T, Want> | undefined;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  #unlisten: (() => void) | undefined;

  constructor(want: Want) {
    this.want = want;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A caller who does not await a write learns of the abort by its next call; an unhandled rejection would end the process.
    this.promise.catch(() => {});
  }

  /** Calls `leave` when the signal aborts before the waiter is settled. */
  listen(signal: AbortSignal | undefined, leave: () => void): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      leave();
      this.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', onAbort);
  }

  resolve(value: T): void {
    this.#unlisten?.();
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#unlisten?.();
    this.#reject(reason);
  }
}

/** A line of waiters, first come, first served, with a bound of its own. */
export class Line<T, Want> {
  first: Waiter<T, Want> | undefined;
  #last: Waiter<T, Want> | undefined;
  #count = 0;
  readonly #limit: number;
  readonly #where: string;

  constructor(limit: number, where: string) {
    this.#limit = limit;
    this.#where = where;
  }

  join(waiter: Waiter<T, Want>): Waiter<T, Want> {
    if (this.#count >= this.#limit) {
      throw crowded(this.#where, this.#limit);
    }
    waiter.before = this.#last;
    if (this.#last === undefined) this.first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
    this.#count += 1;
    return waiter;
  }

  /** Does nothing when the waiter has left before. */
  leave(waiter: Waiter<T, Want>): void {
    const { before, after } = waiter;
    if (before === undefined && this.first !== waiter) return;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    waiter.before = undefined;
    waiter.after = undefined;
    this.#count -= 1;
  }

  rejectAll(reason: unknown): void {
    for (let first = this.first; first !== undefined; first = this.first) {
      this.leave(first);
      first.reject(reason);
    }
  }
}
