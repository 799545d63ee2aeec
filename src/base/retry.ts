import { isHeadraceError, mayPassLater } from '../core/error.ts';
import type { Random, World } from '../core/world.ts';
import { abortable, deadline } from './abort.ts';

export interface Backoff {
  /** The longest wait before the second attempt; it doubles with each attempt. */
  readonly first: number;
  /** No wait is longer. */
  readonly max: number;
}

/**
 * The milliseconds to wait before an attempt: exponential with full jitter, which is uniform between nothing and
 * `first` doubled with each attempt after the second. Many callers that failed together do not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @example
 * ```ts
 * const highest = { next: () => 0.999, fork: () => highest };
 * console.log([1, 2, 3, 4, 99].map((attempt) => Math.round(waitBefore(attempt, { first: 100, max: 1000 }, highest)))); // [ 0, 100, 200, 400, 999 ]
 * ```
 */
export function waitBefore(attempt: number, { first, max }: Backoff, random: Random): number {
  if (attempt <= 1) return 0;
  // 2 to the 1,000 is still a number; beyond, 0 times infinity would be none.
  return random.next() * Math.min(max, first * 2 ** Math.min(attempt - 2, 1000));
}

export interface RetryOptions {
  readonly world: Pick<World, 'clock' | 'scheduler' | 'random'>;
  /** How often it is tried in all, the first time included. */
  readonly attempts: number;
  /** 100 ms doubling up to 10 s unless told. */
  readonly backoff?: Backoff;
  /** Milliseconds for all attempts and the waits between them. */
  readonly deadline?: number;
  readonly signal?: AbortSignal | undefined;
  /** Unless told: anything but an error of ours whose action is `stop` or `deadLetter`. */
  readonly isRetryable?: (error: unknown) => boolean;
  /** Shared by all calls to one endpoint. */
  readonly budget?: RetryBudget | undefined;
  readonly where?: string | undefined;
  /** Told before each wait. */
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void;
}

/**
 * Calls `fn` until it succeeds, and rejects with the last error of its own once there is no attempt, time or budget
 * left; with the signal's reason when that aborts. An attempt still under way when the deadline passes is left with
 * `HR_DEADLINE_PASSED`; it is told by the signal it got.
 */
export async function retry<T>(fn: (signal: AbortSignal, attempt: number) => T | PromiseLike<T>, options: RetryOptions): Promise<T> {
  const { world, attempts, budget, isRetryable = mayPass, backoff = { first: 100, max: 10_000 } } = options;
  const allowed = options.deadline ?? Number.POSITIVE_INFINITY;
  const end = world.clock.monotonic() + allowed;
  const limit = deadline(allowed, { scheduler: world.scheduler, parent: options.signal, where: options.where });
  try {
    for (let attempt = 1; ; attempt++) {
      limit.signal.throwIfAborted();
      try {
        // `async`, so that a throw is a rejection.
        const result = await abortable((async () => fn(limit.signal, attempt))(), limit.signal);
        budget?.succeeded();
        return result;
      } catch (error) {
        if (limit.signal.aborted || attempt >= attempts || !isRetryable(error)) throw error;
        const waitMs = waitBefore(attempt + 1, backoff, world.random);
        // A wait that ends behind the deadline would only hide this error behind a worse one.
        if (world.clock.monotonic() + waitMs >= end || budget?.take() === false) throw error;
        options.onRetry?.(error, attempt, waitMs);
        await sleep(waitMs, world, limit.signal);
      }
    }
  } finally {
    limit.close();
  }
}

/** Resolves after `ms`, or rejects with the signal's reason and leaves no timer behind. */
export async function sleep(ms: number, world: Pick<World, 'scheduler'>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = world.scheduler.after(ms, resolve);
  try {
    await abortable(promise, signal);
  } finally {
    timer.cancel();
  }
}

function mayPass(error: unknown): boolean {
  return !isHeadraceError(error) || mayPassLater(error);
}

/**
 * What keeps retries from making a bad hour worse: a bucket of tokens shared by all calls to one endpoint. A retry
 * takes one token, a success puts back a tenth; when the bucket is empty calls are still made, but not repeated. So an
 * endpoint that is down sees one call for each that is due, not five.
 *
 * @example
 * ```ts
 * const budget = new RetryBudget({ tokens: 2 });
 * console.log(budget.take(), budget.take(), budget.take()); // true true false
 * for (let i = 0; i < 10; i++) budget.succeeded();
 * console.log(budget.take(), budget.take()); // true false
 * ```
 */
export class RetryBudget {
  readonly #most: number;
  // In tenths or whatever a success is worth, as whole numbers: ten times 0.1 is not 1.
  readonly #cost: number;
  #left: number;

  /** `tokens`: how many retries may come in a row, 100 unless told. `successesPerRetry`: 10 unless told. */
  constructor(options: { readonly tokens?: number; readonly successesPerRetry?: number } = {}) {
    this.#cost = options.successesPerRetry ?? 10;
    this.#most = (options.tokens ?? 100) * this.#cost;
    this.#left = this.#most;
  }

  /** May one more call be repeated? */
  take(): boolean {
    if (this.#left < this.#cost) return false;
    this.#left -= this.#cost;
    return true;
  }

  succeeded(): void {
    if (this.#left < this.#most) this.#left++;
  }
}
