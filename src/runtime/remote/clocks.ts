import type { Clock } from '../../core/world.ts';

/**
 * The clock of a worker that says what its host's says. Monotonic time begins anew in each thread and process, while
 * records carry the moment they were read: without the shift a latency measured here would be the age of a process.
 */
export class ShiftedClock implements Clock {
  readonly #clock: Clock;
  readonly #shiftMs: number;

  constructor(clock: Clock, hostMs: number) {
    this.#clock = clock;
    this.#shiftMs = hostMs - clock.monotonic();
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic() + this.#shiftMs;
  }
}

/** A clock that stands until it is told the time, for a worker under a host whose time is virtual. */
export class ToldClock implements Clock {
  #now: number;
  #monotonic: number;

  constructor(nowMs: number, monotonicMs: number) {
    this.#now = nowMs;
    this.#monotonic = monotonicMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  tell(nowMs: number, monotonicMs: number): void {
    this.#now = nowMs;
    this.#monotonic = Math.max(this.#monotonic, monotonicMs);
  }
}
