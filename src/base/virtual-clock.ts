import { assert, HeadraceError } from '../core/error.ts';
import type { Clock, Random, Scheduler, Timer } from '../core/world.ts';
import { loopTurn } from './scheduler.ts';
import { TimerHeap } from './timer-heap.ts';

/**
 * Time that passes only when a test says so. Timers run in order of their time, and of being set where that is equal;
 * after each one everything that follows from it happens before the next: promise chains of any depth, and what was
 * asked for `soon`. An hour passes in as long as its callbacks take.
 *
 * With `order`, chance decides what runs first of what is due at the same moment: code that leans on an order nobody
 * promised then fails for some seed, and for that seed always.
 *
 * What waits on the real world (a socket, a real file) is not waited for.
 *
 * @example
 * ```ts
 * const time = new VirtualClock();
 * time.after(2000, () => console.log('second', time.now()));
 * time.after(1000, () => console.log('first', time.now()));
 * await time.advance(1500);
 * console.log(time.pendingTimers, time.now());
 * // first 1000
 * // 1 1500
 * ```
 */
export class VirtualClock implements Clock, Scheduler {
  readonly #timers = new TimerHeap();
  #soon: (() => void)[] = [];
  #elapsed = 0;
  #offset: number;
  #isRunning = false;
  readonly #order: Random | undefined;

  /** `start`: what `now()` answers at first, in milliseconds since 1970. */
  constructor(start = 0, { order }: { readonly order?: Random } = {}) {
    this.#offset = start;
    this.#order = order;
  }

  now(): number {
    return Math.floor(this.#offset + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, fn: () => void): Timer {
    assert(!Number.isNaN(ms), 'a timer is set for a number of milliseconds');
    return this.#timers.add(this.#elapsed + Math.max(0, ms), fn, this.#order?.next());
  }

  soon(fn: () => void): void {
    this.#soon.push(fn);
  }

  /** Timers that were set and have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Sets the clock as an administrator does: `now()` jumps, also back; nothing that was waited for moves. */
  jump(ms: number): void {
    this.#offset += ms;
  }

  /** Lets `ms` pass. Rejects with what a callback threw; time then stands where that happened. */
  advance(ms: number): Promise<void> {
    return this.#exclusively(async () => {
      const end = this.#elapsed + ms;
      await this.#settle();
      for (let timer = this.#timers.first(); timer !== undefined && timer.due <= end; timer = this.#timers.first()) {
        this.#elapsed = timer.due;
        timer.cancel(); // It leaves before it runs, so it may set itself again.
        timer.fn();
        await this.#settle();
      }
      this.#elapsed = end;
    });
  }

  /** Runs everything that is due now, until nothing is; no time passes. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  /**
   * Lets time pass until the promise settles, timer by timer, and answers with it. When nothing is left that could
   * still happen, or `limitMs` (a day unless told) have passed, it rejects: that is how a hang looks in virtual time.
   */
  until<T>(promise: PromiseLike<T>, limitMs = 86_400_000): Promise<T> {
    return this.#exclusively(async () => {
      let isSettled = false;
      const mark = (): void => {
        isSettled = true;
      };
      promise.then(mark, mark);
      const end = this.#elapsed + limitMs;
      for (await this.#settle(); !isSettled; await this.#settle()) {
        const timer = this.#timers.first();
        if (timer === undefined || timer.due > end) throw stuck(limitMs, this.#timers.size);
        this.#elapsed = timer.due;
        timer.cancel();
        timer.fn();
      }
      return promise;
    });
  }

  // One turn of the real loop runs all promise chains to their end, however deep. What is asked for in a turn belongs
  // to the next one, as with the real scheduler.
  async #settle(): Promise<void> {
    await loopTurn();
    while (this.#soon.length > 0) {
      const now = this.#order === undefined ? this.#soon : shuffled(this.#soon, this.#order);
      this.#soon = [];
      for (const [i, fn] of now.entries()) {
        try {
          fn();
        } catch (error) {
          this.#soon = [...now.slice(i + 1), ...this.#soon];
          throw error;
        }
        await loopTurn();
      }
    }
  }

  async #exclusively<T>(run: () => Promise<T>): Promise<T> {
    assert(!this.#isRunning, 'one caller at a time lets virtual time pass');
    this.#isRunning = true;
    try {
      return await run();
    } finally {
      this.#isRunning = false;
    }
  }
}

function shuffled<T>(items: readonly T[], order: Random): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(order.next() * left.length), 1)[0]!);
}

function stuck(limitMs: number, timers: number): HeadraceError {
  const what =
    timers === 0
      ? 'The promise waits for something that will never happen'
      : `The promise did not settle within ${limitMs} ms of virtual time`;
  const todo = 'Look for a callback that was lost, or give `until` more time; what waits on the real world is not seen here.';
  return new HeadraceError({ code: 'HR_VIRTUAL_STUCK', what, where: `${timers} timers pending`, todo });
}
