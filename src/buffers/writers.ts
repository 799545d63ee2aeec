import type { BoundedQueue } from '../base/queue.ts';
import { Line, Waiter } from './waiters.ts';

interface Bringing<T> {
  readonly item: T;
  readonly bytes: number;
}

/** The writers that wait for room in a queue, first come, first served. */
export class Writers<T> extends Line<void, Bringing<T>> {
  readonly #queue: BoundedQueue<T>;

  constructor(queue: BoundedQueue<T>, limit: number, where: string) {
    super(limit, where);
    this.#queue = queue;
  }

  wait(item: T, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const waiter = this.join(new Waiter({ item, bytes }));
    waiter.listen(signal, () => {
      const wasFirst = this.first === waiter;
      this.leave(waiter);
      // A smaller item behind the one that left may fit.
      if (wasFirst) this.admit();
    });
    return waiter.promise;
  }

  /** Lets writers in, as far as there is room. */
  admit(): void {
    for (let first = this.first; first !== undefined; first = this.first) {
      if (!this.#queue.push(first.want.item, first.want.bytes)) return;
      this.leave(first);
      first.resolve();
    }
  }
}
