import type { Clock, World } from '../core/world.ts';
import type { Pump } from './pump.ts';

/** How long the runs of one process together may keep the event loop before they give it back. */
const BURST_MS = 8;

/** Runs that are pulling at this moment, by the clock they share; each gets its share of a burst. A virtual world counts its own. */
const drivers = new WeakMap<Clock, number>();

function count(clock: Clock, more: 1 | -1 | 0): number {
  const now = (drivers.get(clock) ?? 0) + more;
  if (more !== 0) drivers.set(clock, now);
  return now;
}

/** Gives turns to pumps, one chunk at a time, and the event loop back after a burst. */
export class Driver {
  readonly #world: World;
  readonly #crash: (error: unknown) => void;
  readonly #ready: Pump[] = [];
  #isDriving = false;
  #isScheduled = false;
  #turnStart: number;
  #isOpen = true;

  constructor(world: World, crash: (error: unknown) => void) {
    this.#world = world;
    this.#crash = crash;
    this.#turnStart = world.clock.monotonic();
    count(world.clock, 1);
  }

  /** The pump can take a turn. */
  readonly ready = (pump: Pump): void => {
    this.#ready.push(pump);
    if (!this.#isDriving && !this.#isScheduled) this.#drive();
  };

  close(): void {
    if (this.#isOpen) count(this.#world.clock, -1);
    this.#isOpen = false;
  }

  #drive(): void {
    const { clock } = this.#world;
    const burst = BURST_MS / Math.max(1, count(clock, 0));
    this.#isDriving = true;
    try {
      while (this.#ready.length > 0 && this.#isOpen) {
        // Checked before the turn too: a run that goes on from promise to promise never comes back here by itself.
        if (clock.monotonic() - this.#turnStart > burst) {
          this.#pause();
          return;
        }
        this.#ready.shift()!.turn();
      }
    } catch (error) {
      this.#crash(error);
    } finally {
      this.#isDriving = false;
    }
  }

  #pause(): void {
    this.#isScheduled = true;
    this.#world.scheduler.soon(() => {
      this.#isScheduled = false;
      this.#turnStart = this.#world.clock.monotonic();
      this.#drive();
    });
  }
}
