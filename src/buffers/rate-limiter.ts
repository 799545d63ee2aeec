import { realWorld } from '../base/real-world.ts';
import { HeadraceError } from '../core/error.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import type { Timer, World } from '../core/world.ts';
import { Line, Waiter } from './waiters.ts';

export interface RateLimit {
  /** How many records may pass in each span of `per`. */
  readonly records: number;
  /** The span, as '1s' or in milliseconds. */
  readonly per: Duration;
  /**
   * How many may pass at once after a pause; by default what 20 ms bring, at least one. Timers come a few milliseconds late,
   * and a burst smaller than what these bring makes the true rate lower than the one asked for.
   */
  readonly burst?: number;
  /** How many calls of `take` may wait at one time; 10,000 by default. */
  readonly waiters?: number;
  /** Clock and timers; the real ones by default. */
  readonly world?: Pick<World, 'clock' | 'scheduler'>;
}

/** A nanosecond: `now - span + span` is not always `now`, and a full bucket must not look a token short. */
const ROUNDING_MS = 1e-6;

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
  readonly #bucket: TokenBucket;
  readonly #world: Pick<World, 'clock' | 'scheduler'>;
  readonly #line: Line<void, number>;
  #timer: Timer | undefined;

  constructor(limit: RateLimit) {
    this.#world = limit.world ?? realWorld();
    const perMs = milliseconds(limit.per, 'option per');
    this.#bucket = new TokenBucket(
      { records: limit.records, perMs, burst: limit.burst, where: 'RateLimiter' },
      this.#world.clock.monotonic(),
    );
    this.#line = new Line(wholeNumber(limit.waiters ?? 10_000, 'option waiters'), 'RateLimiter');
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
    if (wholeNumber(count, 'count', 0) > this.#bucket.burst) {
      throw new HeadraceError({
        code: 'HR_OPTION_INVALID',
        what: `${count} permits are never there at once with a burst of ${this.#bucket.burst}`,
        where: 'RateLimiter.tryTake',
        todo: 'Use take, which collects them, or raise the option burst.',
      });
    }
    return this.#line.first === undefined && this.#grant(count);
  }

  /** Invariant: beyond a burst, tokens are only kept for the first in line, and only until he leaves it. */
  #grant(count: number): boolean {
    const now = this.#world.clock.monotonic();
    if (this.#line.first === undefined) this.#bucket.settle(now);
    if (this.#bucket.readyAt(count) > now + ROUNDING_MS) return false;
    this.#bucket.collect(count);
    return true;
  }

  #wait(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const first = this.#line.first;
    if (first === undefined) return;
    const waitMs = Math.max(0, this.#bucket.readyAt(first.want) - this.#world.clock.monotonic());
    this.#timer = this.#world.scheduler.after(waitMs, () => this.#serve());
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
    this.#line.leave(waiter);
    if (!wasFirst) return;
    this.#bucket.settle(this.#world.clock.monotonic());
    this.#serve();
  }
}
