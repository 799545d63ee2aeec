import type { World } from '../core/world.ts';
import type { Pump } from './pump.ts';

/** How long the runs of one process together may keep the event loop before they give it back. */
const BURST_MS = 8;

/** Runs that are pulling at this moment; each gets its share of a burst. */
let drivers = 0;

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
    drivers++;
  }

  /** The pump can take a turn. */
  readonly ready = (pump: Pump): void => {
    this.#ready.push(pump);
    if (!this.#isDriving && !this.#isScheduled) this.#drive();
  };

  close(): void {
    if (this.#isOpen) drivers--;
    this.#isOpen = false;
  }

  #drive(): void {
    const { clock } = this.#world;
    const burst = BURST_MS / Math.max(1, drivers);
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
