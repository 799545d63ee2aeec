import type { Clock, Scheduler, Timer } from '../core/world.ts';
import { realClock } from './clock.ts';

// Node keeps a delay in 31 bits; a longer one would fire at once.
const LONGEST = 2 ** 31 - 1;

// Taken when the module loads, so that a test which replaces the timers of the process does not stop virtual time.
const immediate = setImmediate;

/** Resolves after one turn of the real event loop, when all promise chains, however deep, have run to their end. */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => {
    immediate(resolve);
  });
}

/** The timers of this process. Never early by the clock, and as long as a wait may be: Node alone promises neither. */
export function realScheduler(clock: Clock = realClock): Scheduler {
  return {
    after(ms, fn) {
      return new RealTimer(clock, ms, fn);
    },
    soon(fn) {
      setImmediate(fn);
    },
  };
}

class RealTimer implements Timer {
  readonly #clock: Clock;
  readonly #due: number;
  readonly #fn: () => void;
  #timeout: NodeJS.Timeout;

  constructor(clock: Clock, ms: number, fn: () => void) {
    this.#clock = clock;
    this.#due = clock.monotonic() + Math.max(0, ms);
    this.#fn = fn;
    this.#timeout = this.#wait(ms);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #wait(ms: number): NodeJS.Timeout {
    return setTimeout(this.#fire, Math.min(Math.ceil(ms), LONGEST));
  }

  // libuv counts from the start of the loop's turn, in whole milliseconds: a timer can come up to 1 ms too soon.
  readonly #fire = (): void => {
    const left = this.#due - this.#clock.monotonic();
    if (left > 0) this.#timeout = this.#wait(left);
    else this.#fn();
  };
}
