import { TimerHeap } from '../../base/timer-heap.ts';
import type { Clock, Scheduler, Timer, World } from '../../core/world.ts';

/**
 * The waits of one stage. Nothing happens by itself: what is due happens in the `advance` of the host, and what wants
 * to happen soon asks for one.
 */
export class StageClock implements Scheduler {
  readonly #timers = new TimerHeap();
  readonly #clock: Clock;
  readonly #wake: () => void;
  #soon: (() => void)[] = [];

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  after(ms: number, fn: () => void): Timer {
    const timer = this.#timers.add(this.#clock.monotonic() + ms, fn);
    // The host sleeps until what it was told last; it must hear of an earlier time.
    this.#wake();
    return timer;
  }

  soon(fn: () => void): void {
    this.#soon.push(fn);
    this.#wake();
  }

  get nextAt(): number | undefined {
    return this.#soon.length > 0 ? Number.NEGATIVE_INFINITY : this.#timers.first()?.due;
  }

  run(nowMs: number): void {
    for (const fn of this.#soon.splice(0)) fn();
    for (let timer = this.#timers.first(); timer !== undefined && timer.due <= nowMs; timer = this.#timers.first()) {
      timer.cancel();
      timer.fn();
    }
  }
}

/** The world as the operators of a stage see it. */
export function stageWorld(world: World, scheduler: Scheduler): World {
  return { clock: world.clock, random: world.random, files: world.files, scheduler };
}
