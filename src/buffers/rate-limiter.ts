import { realWorld } from '../base/real-world.ts';
import { HeadraceError } from '../core/error.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import type { Timer, World } from '../core/world.ts';
import { Line, Waiter } from './waiters.ts';

export interface RateLimit {
  /** How many records may pass in each span of `per`. */
  readonly records: number;
  /** The span, as '1s' or in milliseconds. */
  readonly per: Duration;
  /**
   * How many may pass at once after a pause; by default one and what 20 ms bring. Timers come a few milliseconds late,
   * and a burst smaller than what these bring makes the true rate lower than the one asked for.
   */
  readonly burst?: number;
  /** How many calls of `take` may wait at one time; 10,000 by default. */
  readonly waiters?: number;
  /** Clock and timers; the real ones by default. */
  readonly world?: Pick<World, 'clock' | 'scheduler'>;
}

/** A hair below a whole token, so that sums of fractions do not wait for a second timer. */
const ROUNDING = 1e-9;

/**
 * Lets so many records pass in a span of time, first come, first served.
 *
 * A bucket of tokens: time fills it, `take` empties it. In any span of `per` at most `records` plus `burst` pass; who
 * takes more than `burst` at once waits until that many tokens have come, and for him alone the bucket is larger. Time
 * is the monotonic clock, so setting the system's clock changes nothing. There is a timer only while somebody waits.
 *
 * @example
 * ```ts
 * const limiter = new RateLimiter({ records: 100, per: '1s', burst: 1 });
 * console.log(limiter.tryTake(), limiter.tryTake()); // true false
 * await limiter.take(); // 10 ms later
 * ```
 */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #world: Pick<World, 'clock' | 'scheduler'>;
  readonly #line: Line<void, number>;
  #tokens: number;
  #filledAt: number;
  #timer: Timer | undefined;

  constructor(limit: RateLimit) {
    const spanMs = milliseconds(limit.per, 'option per');
    if (!(limit.records > 0) || !(spanMs > 0) || !Number.isFinite(limit.records)) {
      throw new HeadraceError({
        code: 'HR_OPTION_INVALID',
        what: `${limit.records} records per ${limit.per} lets nothing pass`,
        where: 'RateLimiter',
        todo: "Give both above zero, as in { records: 100, per: '1s' }.",
      });
    }
    this.#perMs = limit.records / spanMs;
    this.#burst = wholeNumber(limit.burst ?? 1 + Math.ceil(this.#perMs * Math.min(20, spanMs)), 'option burst');
    this.#world = limit.world ?? realWorld();
    this.#line = new Line(wholeNumber(limit.waiters ?? 10_000, 'option waiters'), 'RateLimiter');
    this.#tokens = this.#burst;
    this.#filledAt = this.#world.clock.monotonic();
  }

  /** Takes `count` permits at once: undefined when they are there, else a promise for the moment they are. */
  take(count = 1, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> | undefined {
    wholeNumber(count, 'count', 0);
    options.signal?.throwIfAborted();
    if (this.#line.first === undefined && this.#grant(count)) return undefined;
    const waiter = this.#line.join(new Waiter<void, number>(count));
    waiter.listen(options.signal, () => this.#leave(waiter));
    if (this.#line.first === waiter) this.#wait();
    return waiter.promise;
  }

  /** Takes `count` permits if they are there and nobody waits for them; never waits. */
  tryTake(count = 1): boolean {
    if (wholeNumber(count, 'count', 0) > this.#burst) {
      throw new HeadraceError({
        code: 'HR_OPTION_INVALID',
        what: `${count} permits are never there at once with a burst of ${this.#burst}`,
        where: 'RateLimiter.tryTake',
        todo: 'Use take, which collects them, or raise the option burst.',
      });
    }
    return this.#line.first === undefined && this.#grant(count);
  }

  #grant(count: number): boolean {
    this.#fill();
    if (this.#tokens + ROUNDING < count) return false;
    this.#tokens -= count;
    return true;
  }

  #fill(): void {
    const now = this.#world.clock.monotonic();
    // Invariant: beyond `burst` tokens are only kept for the first in line, and only as many as he asks for.
    const room = Math.max(this.#burst, this.#line.first?.want ?? 0);
    if (now > this.#filledAt) this.#tokens = Math.min(room, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
  }

  #wait(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const first = this.#line.first;
    if (first === undefined) return;
    const lacking = Math.max(0, first.want - this.#tokens);
    this.#timer = this.#world.scheduler.after(Math.ceil(lacking / this.#perMs), () => this.#serve());
  }

  #serve(): void {
    for (let first = this.#line.first; first !== undefined && this.#grant(first.want); first = this.#line.first) {
      this.#line.leave(first);
      first.resolve();
    }
    this.#wait();
  }

  #leave(waiter: Waiter<void, number>): void {
    const wasFirst = this.#line.first === waiter;
    this.#fill();
    this.#line.leave(waiter);
    if (!wasFirst) return;
    this.#tokens = Math.min(this.#burst, this.#tokens);
    this.#serve();
  }
}
