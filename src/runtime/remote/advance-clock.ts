import type { Clock, Timer, World } from '../../core/world.ts';
import { ShiftedClock, ToldClock } from './clocks.ts';

export interface Advancing {
  /** Does what is due, and answers when it wants to be called next. */
  advance(nowMs: number): number | undefined;
  /** Where the time is the host's, it is told what the stage wants. */
  wants(atMs: number): void;
}

/** Gives a stage its `advance` when it asked for one and when its time has come. */
export class AdvanceClock {
  /** The world as the stage sees it: with the time of the host. */
  readonly world: World;
  readonly #advancing: Advancing;
  readonly #clock: Clock;
  readonly #told: ToldClock | undefined;
  #timer: Timer | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #wantedMs = Number.POSITIVE_INFINITY;
  #isSoon = false;
  #isOver = false;

  constructor(
    world: World,
    time: { readonly mode: 'own' | 'host'; readonly nowMs: number; readonly monotonicMs: number },
    advancing: Advancing,
  ) {
    this.#told = time.mode === 'host' ? new ToldClock(time.nowMs, time.monotonicMs) : undefined;
    this.#clock = this.#told ?? new ShiftedClock(world.clock, time.monotonicMs);
    this.world = { ...world, clock: this.#clock };
    this.#advancing = advancing;
  }

  /** An `advance` after this turn of the event loop, which lets a ping and other calls in between. */
  soon(): void {
    if (this.#isSoon || this.#isOver) return;
    this.#isSoon = true;
    this.world.scheduler.soon(this.#turn);
  }

  /** The host says what time it is. */
  tell(nowMs: number, monotonicMs: number): void {
    this.#told?.tell(nowMs, monotonicMs);
    this.#wantedMs = Number.NaN; // It has forgotten what was wanted, and is told anew.
    this.soon();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #turn = (): void => {
    if (this.#isOver) return;
    this.#isSoon = false; // Before the call: a stage that wakes itself within it wants another one.
    const next = this.#advancing.advance(this.#clock.monotonic());
    if (!this.#isOver) this.#arm(next ?? Number.POSITIVE_INFINITY);
  };

  #arm(atMs: number): void {
    if (atMs <= this.#clock.monotonic()) return this.soon(); // There is more to do at once.
    if (this.#told !== undefined) {
      if (atMs !== this.#wantedMs) this.#advancing.wants(atMs);
      this.#wantedMs = atMs;
      return undefined;
    }
    if (this.#timer !== undefined && atMs === this.#dueMs) return undefined;
    this.#timer?.cancel();
    this.#dueMs = atMs;
    const due = (): void => {
      this.#timer = undefined;
      this.soon();
    };
    this.#timer =
      atMs === Number.POSITIVE_INFINITY ? undefined : this.world.scheduler.after(Math.max(0, atMs - this.#clock.monotonic()), due);
    return undefined;
  }
}
