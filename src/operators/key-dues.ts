import type { DueKey, Moment } from '../core/agenda.ts';
import { type Queued, TimerQueue } from './timer-queue.ts';

/** Of each key the moment at which the first of what it keeps is due, so that a watermark costs what it sets off. */
export interface Dues<S> {
  /** The first that is due, where it is not behind `upTo`. */
  first(upTo: number): DueKey | undefined;
  /** What is due first of a key from now on; undefined for nothing. The state was asked for in this call. */
  put(keyId: number, next: Moment | undefined, state: S): void;
}

export interface KeyDue extends Queued {
  readonly keyId: number;
  at: number;
  order: number;
  isGone: boolean;
}

/** In memory, all of them. */
export class KeyDues implements Dues<unknown> {
  readonly #queue = new TimerQueue<KeyDue>();
  readonly #dues = new Map<number, KeyDue>();

  first(upTo: number): KeyDue | undefined {
    const due = this.#queue.first();
    return due !== undefined && due.at <= upTo ? due : undefined;
  }

  put(keyId: number, next: Moment | undefined): void {
    const due = this.#dues.get(keyId);
    if (next === undefined) {
      if (due === undefined) return;
      due.isGone = true;
      this.#dues.delete(keyId);
      this.#queue.cancelled();
    } else if (due === undefined) {
      const fresh: KeyDue = { keyId, at: next.at, order: next.order, isGone: false, queuedAt: 0, queuedOrder: 0 };
      this.#dues.set(keyId, fresh);
      this.#queue.add(fresh);
    } else if (due.at !== next.at || due.order !== next.order) {
      due.at = next.at;
      due.order = next.order;
      this.#queue.moved(due);
    }
  }
}
