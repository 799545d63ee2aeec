import { HeadraceError } from './error.ts';
import { wholeNumber } from './units.ts';

export interface BucketSize {
  /** How many tokens come in each span. */
  readonly records: number;
  /** The span, in milliseconds. */
  readonly perMs: number;
  /** How many there can be at once; what 20 ms bring unless told, at least one. */
  readonly burst?: number | undefined;
  /** Whose bucket it is, for errors. */
  readonly where: string;
}

/**
 * A bucket of tokens as one number: the moment at which it was empty. What is inside follows from the time since, so
 * nothing is added up tick by tick and nothing drifts. In any span of `perMs` at most `records + burst` tokens leave.
 *
 * Invariant: "n tokens are there" and "the moment n tokens are there" are the same comparison, so whoever waits until
 * `readyAt(n)` gets n, whatever the fractions were rounded to.
 *
 * @example
 * ```ts
 * const bucket = new TokenBucket({ records: 100, perMs: 1000, burst: 2, where: 'rateLimit' }, 0);
 * console.log(bucket.available(0)); // 2
 * bucket.take(2, 0);
 * console.log(bucket.available(9), bucket.readyAt(1), bucket.available(10)); // 0 10 1
 * ```
 */
export class TokenBucket {
  readonly burst: number;
  readonly #records: number;
  readonly #perMs: number;
  readonly #burstMs: number;
  #emptyAt: number;

  /** Full at `nowMs`. */
  constructor({ records, perMs, burst, where }: BucketSize, nowMs: number) {
    if (!(records > 0 && perMs > 0 && Number.isFinite(records) && Number.isFinite(perMs))) {
      const what = `${records} records per ${perMs} ms lets nothing pass`;
      throw new HeadraceError({ code: 'HR_OPTION_INVALID', what, where, todo: "Give both above zero, as in { records: 100, per: '1s' }." });
    }
    this.#records = records;
    this.#perMs = perMs;
    this.burst = wholeNumber(burst ?? Math.max(1, Math.floor((records / perMs) * Math.min(20, perMs))), `${where} burst`);
    this.#burstMs = this.#msFor(this.burst);
    // Twice: with exactly one burst, a rounding could make a full bucket look one token short.
    this.#emptyAt = nowMs - 2 * this.#burstMs;
  }

  /** Whole tokens inside at `nowMs`. */
  available(nowMs: number): number {
    let tokens = Math.min(this.burst, Math.floor(((nowMs - this.#emptyAt) * this.#records) / this.#perMs));
    // The division may be off by a rounding; the comparison with `readyAt` decides.
    while (tokens > 0 && this.readyAt(tokens) > nowMs) tokens--;
    while (tokens < this.burst && this.readyAt(tokens + 1) <= nowMs) tokens++;
    return Math.max(0, tokens);
  }

  /** Takes tokens out. More than there are is a debt, paid off by time before `available` answers again. */
  take(tokens: number, nowMs: number): void {
    // A full bucket runs over: beyond `burst`, time that has passed brought nothing.
    this.settle(nowMs);
    this.collect(tokens);
  }

  /** Pours off what is beyond `burst`: done before somebody begins to wait for more than that. */
  settle(nowMs: number): void {
    this.#emptyAt = Math.max(this.#emptyAt, nowMs - this.#burstMs);
  }

  /** Takes out what somebody has waited for until `readyAt`; unlike `take` it may be more than a burst. */
  collect(tokens: number): void {
    this.#emptyAt += this.#msFor(tokens);
  }

  /** The monotonic time at which `tokens` (at most `burst`, or one after the other) are inside, if nobody takes any before. */
  readyAt(tokens: number): number {
    return this.#emptyAt + this.#msFor(tokens);
  }

  #msFor(tokens: number): number {
    return (tokens * this.#perMs) / this.#records;
  }
}
