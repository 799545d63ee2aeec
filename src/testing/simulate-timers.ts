import type { Scheduler, Timer } from '../core/world.ts';

/** The timers of one process, which end with it. */
export class MortalTimers implements Scheduler {
  readonly #scheduler: Scheduler;
  readonly #waiting = new Set<Timer>();
  #isDead = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  after(ms: number, fn: () => void): Timer {
    if (this.#isDead) return { cancel() {} };
    const timer = this.#scheduler.after(ms, () => {
      this.#waiting.delete(timer);
      fn();
    });
    this.#waiting.add(timer);
    return {
      cancel: () => {
        this.#waiting.delete(timer);
        timer.cancel();
      },
    };
  }

  soon(fn: () => void): void {
    this.#scheduler.soon(() => void (this.#isDead || fn()));
  }

  die(): void {
    this.#isDead = true;
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
  }
}
