import type { Clock } from '../core/world.ts';

/**
 * When to wake up for a time by the clock: waits are measured by the monotonic one. It is worked out once for each time,
 * since the two drift, and a wait that changes with every call would be set anew each time; and once more when it is over
 * and the clock was set back in the meantime.
 */
export class ClockWake {
  readonly #clock: Clock;
  #wake: { readonly at: number; readonly dueMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The monotonic time. */
  get at(): number | undefined {
    return this.#wake?.at;
  }

  set(dueMs: number | undefined): void {
    if (dueMs === undefined) {
      this.#wake = undefined;
      return;
    }
    const nowMs = this.#clock.monotonic();
    if (this.#wake?.dueMs === dueMs && this.#wake.at > nowMs) return;
    this.#wake = { at: nowMs + Math.max(0, dueMs - this.#clock.now()), dueMs };
  }
}
