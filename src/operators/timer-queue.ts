/** What stands in the queue: due at a time, and among those of one time in the order in which they were set. */
export interface Queued {
  readonly at: number;
  readonly order: number;
  /** It has fired or was cancelled. */
  readonly isGone: boolean;
  /** Written by the queue: the one of its entries that counts. */
  queuedAt: number;
  queuedOrder: number;
}

/**
 * A heap that is told little. A timer that is put off, as each record of a session puts off its end, stays where
 * it is: when it comes to the front it is put in again by its true time. Only one that is moved forward gets a second
 * entry. What was cancelled is passed over; when most entries are of that kind they are cleared away. So putting off
 * costs nothing, and the queue holds no more than about twice the timers there are.
 */
export class TimerQueue<T extends Queued> {
  // Side by side: comparing reads these two and nothing else.
  #ats: number[] = [];
  #orders: number[] = [];
  #timers: T[] = [];
  #stale = 0;

  /** Entries, stale ones too. */
  get size(): number {
    return this.#timers.length;
  }

  add(timer: T): void {
    timer.queuedAt = timer.at;
    timer.queuedOrder = timer.order;
    this.#push(timer);
  }

  /** It has another time or order than before; the order has grown. */
  moved(timer: T): void {
    if (timer.at >= timer.queuedAt) return;
    this.add(timer);
    this.#wasted();
  }

  /** A timer that is in here is gone. */
  cancelled(): void {
    this.#wasted();
  }

  first(): T | undefined {
    while (this.#timers.length > 0) {
      const timer = this.#timers[0]!;
      const isStale = timer.isGone || timer.queuedAt !== this.#ats[0] || timer.queuedOrder !== this.#orders[0];
      if (!isStale && timer.at === timer.queuedAt && timer.order === timer.queuedOrder) return timer;
      this.shift();
      if (isStale) this.#stale--;
      else this.add(timer);
    }
    return undefined;
  }

  /** Takes the entry at the front away. */
  shift(): void {
    const at = this.#ats.pop()!;
    const order = this.#orders.pop()!;
    const timer = this.#timers.pop()!;
    if (this.#timers.length > 0) this.#sink(at, order, timer);
  }

  #wasted(): void {
    if (++this.#stale < FEW || this.#stale * 2 < this.#timers.length) return;
    const live = this.#timers.filter(
      (timer, i) => !timer.isGone && timer.queuedAt === this.#ats[i] && timer.queuedOrder === this.#orders[i],
    );
    this.#stale = 0;
    this.#ats = [];
    this.#orders = [];
    this.#timers = [];
    for (const timer of live) this.add(timer);
  }

  #push(timer: T): void {
    const { at, order } = timer;
    const [ats, orders, timers] = [this.#ats, this.#orders, this.#timers];
    let place = timers.length;
    // So that the arrays have no holes on the way.
    ats.push(at);
    orders.push(order);
    timers.push(timer);
    while (place > 0) {
      const above = (place - 1) >> 2;
      if (ats[above]! < at || (ats[above] === at && orders[above]! < order)) break;
      ats[place] = ats[above]!;
      orders[place] = orders[above]!;
      timers[place] = timers[above]!;
      place = above;
    }
    ats[place] = at;
    orders[place] = order;
    timers[place] = timer;
  }

  /** Four children each: half the levels of a binary heap, and siblings lie side by side in memory. */
  #sink(at: number, order: number, timer: T): void {
    const [ats, orders, timers] = [this.#ats, this.#orders, this.#timers];
    const { length } = timers;
    let place = 0;
    for (;;) {
      const first = 4 * place + 1;
      if (first >= length) break;
      const end = Math.min(first + 4, length);
      let least = first;
      for (let child = first + 1; child < end; child++)
        if (ats[child]! < ats[least]! || (ats[child] === ats[least] && orders[child]! < orders[least]!)) least = child;
      if (at < ats[least]! || (at === ats[least] && order < orders[least]!)) break;
      ats[place] = ats[least]!;
      orders[place] = orders[least]!;
      timers[place] = timers[least]!;
      place = least;
    }
    ats[place] = at;
    orders[place] = order;
    timers[place] = timer;
  }
}

/** Fewer than so many stale entries are not worth clearing away. */
const FEW = 1024;
