import { HeadraceError } from './error.ts';

/** A record refused by a user's function: a value, not a throw, so it costs nanoseconds. */
export class Failure {
  readonly reason: string;
  /** Only `fail` makes one, so that nobody builds a failure by accident. */
  private constructor(reason: string) {
    this.reason = reason;
  }
  /** @internal */
  static of(reason: string): Failure {
    return new Failure(reason);
  }
}

/**
 * Refuses the record at hand; what happens to it is decided by `onError`. The type of the stream stays clean.
 *
 * @example
 * ```ts
 * const numbers = collect<number>();
 * const parse = pipeline('parse', { onError: 'skip' })
 *   .from(values(['1', 'x', '3']))
 *   .map((text) => (Number.isNaN(Number(text)) ? fail(`not a number: ${text}`) : Number(text)))
 *   .to(numbers);
 * const report = await run(parse);
 * console.log(numbers.values, report.skipped); // [ 1, 3 ] 1
 * ```
 */
export function fail(reason: string): Failure {
  return Failure.of(reason);
}

/** Anything to wait for. Reading `then` of it may throw, as it may in `await`. */
export function isThenable(result: unknown): result is PromiseLike<unknown> {
  if (typeof result !== 'object' || result === null) return false;
  return result instanceof Promise || typeof (result as { readonly then?: unknown }).then === 'function';
}

/**
 * Is this an answer that refuses its record: a failure, or a promise where none is allowed? Operators that remember
 * ask before they do; they emit such an answer as it is, and the runtime knows what to make of it.
 */
export function isRefusal(result: unknown): boolean {
  return result instanceof Failure || isThenable(result);
}

/** The error for a function that must answer at once and answered a promise. */
export function refusedPromise(result: PromiseLike<unknown>, who: string, where?: string): HeadraceError {
  // Nobody will look at this promise again; without a handler its rejection would end the process.
  void Promise.resolve(result).catch(() => {});
  return new HeadraceError({
    code: 'HR_PROMISE_NOT_ALLOWED',
    what: `the function of ${who} answered a promise`,
    where,
    todo: 'This step is synchronous: use mapAsync for a function that returns a promise.',
  });
}

/** What is left of a result type once failures are taken out. */
export type Kept<U> = Exclude<U, Failure>;
/** A promise is refused where the loop is synchronous, and the message says what to write instead. */
export type Sync<U> = U extends PromiseLike<unknown> ? 'this function must not return a promise: use mapAsync' : unknown;
/** What a user chooses for a record that fails in an operator. */
export type OnError = 'stop' | 'skip' | 'deadLetter';
