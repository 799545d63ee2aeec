import type { Clock, Scheduler, Timer } from '../../core/world.ts';

export interface LivenessOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly everyMs: number;
  readonly withinMs: number;
  ping(): void;
  /** A number that moves while the other side works, although it may not come to answering. */
  pulse?(): number;
  silent(ms: number): void;
}

/**
 * Asks the other side for a sign of life and says when it has given none for too long. Anything it sends is one. Only
 * time in which this side was listening counts: a process that was itself blocked for a minute finds the answers
 * unread, and must not blame the other.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #tickMs: number;
  #timer: Timer | undefined;
  #lastTick = 0;
  #silentMs = 0;
  #isAsked = false;
  #pulse = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#tickMs = Math.max(1, Math.min(options.everyMs, options.withinMs / 4));
  }

  start(): void {
    this.#lastTick = this.#options.clock.monotonic();
    this.#timer = this.#options.scheduler.after(this.#tickMs, this.#tick);
  }

  heard(): void {
    this.#silentMs = 0;
    this.#isAsked = false;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #tick = (): void => {
    const { clock, scheduler, withinMs, ping, pulse, silent } = this.#options;
    const now = clock.monotonic();
    // Silence before anybody asked says nothing.
    if (this.#isAsked) this.#silentMs += Math.min(now - this.#lastTick, this.#tickMs * 2);
    this.#lastTick = now;
    const moved = pulse?.() ?? this.#pulse;
    if (moved !== this.#pulse) this.#silentMs = 0;
    this.#pulse = moved;
    if (this.#silentMs >= withinMs) {
      this.#timer = undefined;
      silent(this.#silentMs);
      return;
    }
    this.#timer = scheduler.after(this.#tickMs, this.#tick);
    if (this.#isAsked) return;
    this.#isAsked = true;
    ping();
  };
}
