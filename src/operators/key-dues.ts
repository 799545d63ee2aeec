import { type Queued, TimerQueue } from './timer-queue.ts';

/** When something of a key is due; among those of one time the lesser order comes first. */
export interface Moment {
  readonly at: number;
  readonly order: number;
}

export interface KeyDue extends Queued {
  readonly keyId: number;
  at: number;
  order: number;
  isGone: boolean;
}

/** Of each key the moment at which the first of what it keeps is due, so that a watermark costs what it sets off. */
export class KeyDues {
  readonly #queue = new TimerQueue<KeyDue>();
  readonly #dues = new Map<number, KeyDue>();

  first(): KeyDue | undefined {
    return this.#queue.first();
  }

  /** What is due first of a key from now on; undefined for nothing. */
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
