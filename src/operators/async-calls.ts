import { waitBefore } from '../base/retry.ts';
import { HeadraceError, isHeadraceError, mayPassLater } from '../core/error.ts';
import { Failure, isThenable } from '../core/failure.ts';
import type { StationHost } from '../core/station.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { ignore, listen } from './listen.ts';

export interface CallOptions {
  /** How long one attempt may take; for ever unless told. */
  readonly timeout?: Duration;
  /** How long all attempts and the waits between them may take together; for ever unless told. */
  readonly deadline?: Duration;
  /**
   * How often a failed call is repeated; 0 unless told. The wait doubles from 100 ms up to 10 s and is drawn between
   * nothing and that; an error with `retryAfterMs` is waited for at least so long. A refused record (`fail`) and an
   * error whose action is `deadLetter` or `stop` are not tried again.
   */
  readonly retry?: number;
}

/** Times in milliseconds, Infinity for never. */
export interface CallLimits {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly attempts: number;
}

export function callLimits(options: CallOptions, where: string): CallLimits {
  return {
    timeoutMs: options.timeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.timeout, `${where} timeout`),
    deadlineMs: options.deadline === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.deadline, `${where} deadline`),
    attempts: wholeNumber(options.retry ?? 0, `${where} retry`, 0) + 1,
  };
}

/** Whose calls these are. A task is a number of his choosing, free again once it was answered or failed. */
export interface Caller {
  /** Calls the user's function once. */
  invoke(task: number, signal: AbortSignal): unknown;
  answered(task: number, value: unknown): void;
  /** For good: no attempt, no time is left, or it is not worth another attempt. */
  failed(task: number, error: unknown): void;
  /** A call settled by itself, outside of any call of the host. */
  settled(): void;
}

const BACKOFF = { first: 100, max: 10_000 };

/**
 * Calls under way: attempts, time limits, waits before the next attempt.
 *
 * What a promise answers after its call was given up (time-out, abort, cut) is ignored, whether value or rejection:
 * each promise gets both handlers at once, and a `Call` that was given up has no task any more. Calls that settled are
 * used again with their handlers, so a record costs the user's promise and the one `then` makes, and no closure.
 *
 * There is one time to wake at for all calls: the earliest limit ever set, looked at again when it comes. So setting
 * and settling cost nothing, at the price of a wake-up now and then for a call that is long done.
 */
export class AsyncCalls {
  readonly #host: StationHost<never>;
  readonly #caller: Caller;
  readonly #limits: CallLimits;
  readonly #isTimed: boolean;
  readonly #ownSignals: boolean;
  /** As many as were ever under way at one time, each at its own index. */
  readonly #calls: Call[] = [];
  /** A stack, of which the first `#idleCount` count. */
  readonly #idle: Call[] = [];
  #idleCount = 0;
  #active = 0;
  #wakeAt: number = Number.POSITIVE_INFINITY;
  #isAborted = false;

  /** `ownSignals`: each attempt gets a signal of its own; else all share the one of the run. */
  constructor(host: StationHost<never>, caller: Caller, limits: CallLimits, ownSignals: boolean) {
    this.#host = host;
    this.#caller = caller;
    this.#limits = limits;
    this.#isTimed = limits.timeoutMs !== Number.POSITIVE_INFINITY || limits.deadlineMs !== Number.POSITIVE_INFINITY;
    this.#ownSignals = ownSignals || this.#isTimed;
  }

  /** Calls under way, or waiting for their next attempt. */
  get active(): number {
    return this.#active;
  }

  get usesOwnSignals(): boolean {
    return this.#ownSignals;
  }

  get wakeAt(): number | undefined {
    return this.active === 0 || this.#wakeAt === Number.POSITIVE_INFINITY ? undefined : this.#wakeAt;
  }

  /** Makes the first attempt. The task may be answered or failed within this call. */
  start(task: number, deadlineAt: number = Number.POSITIVE_INFINITY): void {
    const now = this.#isTimed ? this.#host.clock.monotonic() : 0;
    this.#attempt(task, undefined, now, deadlineAt);
  }

  /** Goes on with a first attempt that somebody else made, and whose answer is still to come. Not for calls with signals of their own. */
  adopt(task: number, promise: PromiseLike<unknown>): void {
    // The user's function itself may have ended the run.
    if (this.#isAborted) return ignore(promise);
    const call = this.#idleCount > 0 ? this.#idle[--this.#idleCount]! : this.#added();
    this.#active++;
    call.task = task;
    listen(promise, call.onValue, call.onError);
  }

  /** The same for one that failed. */
  adoptError(task: number, error: unknown): void {
    this.#failed(this.#begin(task, 0, Number.POSITIVE_INFINITY), error);
  }

  advance(nowMs: number): void {
    if (nowMs < this.#wakeAt) return;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#calls.length; at++) {
      const call = this.#calls[at]!;
      if (call.task === GONE) continue;
      if (call.dueAt > nowMs) this.#wakeBy(call.dueAt);
      else if (call.isWaiting) {
        call.isWaiting = false;
        call.dueAt = Number.POSITIVE_INFINITY;
        call.attempt++;
        this.#attempt(call.task, call, nowMs, call.deadlineAt);
      } else this.#overdue(call, nowMs);
      if (this.#isAborted) return;
    }
  }

  /** Gives up everything: signals abort, answers will be ignored. */
  abort(reason: unknown): void {
    this.#isAborted = true;
    const live = this.#calls.filter((call) => call.task !== GONE);
    this.#calls.length = 0;
    this.#idle.length = 0;
    this.#active = 0;
    this.#idleCount = 0;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (const call of live) call.task = GONE;
    for (const call of live) call.controller?.abort(reason);
  }

  #begin(task: number, now: number, deadlineAt: number): Call {
    const call = this.#idleCount > 0 ? this.#idle[--this.#idleCount]! : this.#added();
    this.#active++;
    call.task = task;
    if (this.#isTimed) call.deadlineAt = Math.min(deadlineAt, now + this.#limits.deadlineMs);
    return call;
  }

  #added(): Call {
    const call = new Call(this.#calls.length, this.#onValue, this.#onError);
    this.#calls.push(call);
    return call;
  }

  #await(call: Call, promise: PromiseLike<unknown>, controller: AbortController | undefined, now: number): void {
    if (controller !== undefined) call.controller = controller;
    if (this.#isTimed) {
      call.dueAt = Math.min(now + this.#limits.timeoutMs, call.deadlineAt);
      this.#wakeBy(call.dueAt);
    }
    listen(promise, call.onValue, call.onError);
  }

  readonly #onValue = (call: Call, value: unknown): void => {
    if (call.task === GONE) return;
    const { task } = call;
    this.#end(call);
    this.#caller.answered(task, value);
    this.#caller.settled();
  };

  readonly #onError = (call: Call, error: unknown): void => {
    if (call.task === GONE) return;
    this.#failed(call, error);
    this.#caller.settled();
  };

  #failed(call: Call, error: unknown): void {
    call.controller = undefined;
    if (call.attempt < this.#limits.attempts && mayPass(error)) {
      const waitMs = Math.max(waitBefore(call.attempt + 1, BACKOFF, this.#host.random), retryAfterMs(error));
      const retryAt = this.#host.clock.monotonic() + waitMs;
      // A wait that ends behind the deadline would only hide this error behind a worse one.
      if (retryAt < call.deadlineAt) {
        call.isWaiting = true;
        call.dueAt = retryAt;
        call.lastError = error;
        this.#wakeBy(retryAt);
        return;
      }
    }
    const { task } = call;
    this.#end(call);
    this.#caller.failed(task, error);
  }

  /** `known`: the call this is a further attempt of. An answer that comes at once needs none. */
  #attempt(task: number, known: Call | undefined, now: number, deadlineAt: number): void {
    const controller = this.#ownSignals ? new AbortController() : undefined;
    let result: unknown;
    let promise: PromiseLike<unknown> | undefined;
    try {
      result = this.#caller.invoke(task, controller === undefined ? this.#host.signal : controller.signal);
      if (isThenable(result)) promise = result;
    } catch (error) {
      if (!this.#isAborted) this.#failed(known ?? this.#begin(task, now, deadlineAt), error);
      return;
    }
    // The user's function itself may have ended the run.
    if (this.#isAborted) {
      if (promise !== undefined) ignore(promise);
    } else if (promise !== undefined) {
      this.#await(known ?? this.#begin(task, now, deadlineAt), promise, controller, now);
    } else {
      if (known !== undefined) this.#end(known);
      this.#caller.answered(task, result);
    }
  }

  #overdue(call: Call, now: number): void {
    const isLast = now >= call.deadlineAt;
    const error = isLast ? deadlinePassed(this.#host.operator, this.#limits, call) : timedOut(this.#host.operator, this.#limits);
    // What the promise answers later must not reach the next attempt, so a new call takes the place of this one.
    const next = new Call(call.at, this.#onValue, this.#onError);
    next.task = call.task;
    next.attempt = isLast ? this.#limits.attempts : call.attempt;
    next.deadlineAt = call.deadlineAt;
    this.#calls[call.at] = next;
    call.task = GONE;
    call.controller?.abort(error);
    this.#failed(next, error);
  }

  #end(call: Call): void {
    call.task = GONE;
    call.controller = undefined;
    if (this.#isTimed || call.attempt > 1) {
      call.attempt = 1;
      call.dueAt = Number.POSITIVE_INFINITY;
      call.lastError = undefined;
    }
    this.#active--;
    this.#idle[this.#idleCount++] = call;
  }

  #wakeBy(atMs: number): void {
    if (atMs < this.#wakeAt) this.#wakeAt = atMs;
  }
}

/** The task of a call that was given up, or is waiting to be used again. */
const GONE = -1;

class Call {
  task = GONE;
  attempt = 1;
  readonly at: number;
  /** For its next attempt. */
  isWaiting = false;
  /** When something happens unless it settles before. */
  dueAt: number = Number.POSITIVE_INFINITY;
  deadlineAt: number = Number.POSITIVE_INFINITY;
  controller: AbortController | undefined;
  lastError: unknown;
  readonly onValue: (value: unknown) => void;
  readonly onError: (error: unknown) => void;

  constructor(at: number, onValue: (call: Call, value: unknown) => void, onError: (call: Call, error: unknown) => void) {
    this.at = at;
    this.onValue = (value) => onValue(this, value);
    this.onError = (error) => onError(this, error);
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof Failure) return false;
  return !isHeadraceError(error) || mayPassLater(error);
}

/** What a server asked for, where the error tells it. */
function retryAfterMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0;
  const { retryAfterMs: wanted } = error;
  return typeof wanted === 'number' && wanted > 0 && Number.isFinite(wanted) ? wanted : 0;
}

function timedOut(where: string, { timeoutMs }: CallLimits): HeadraceError {
  return new HeadraceError({
    code: 'HR_CALL_TIMEOUT',
    action: 'retry',
    what: `A call had no answer after ${timeoutMs} ms`,
    where,
    todo: 'Look at what it waited for, raise the option timeout, or let it be repeated with the option retry.',
  });
}

function deadlinePassed(where: string, { deadlineMs }: CallLimits, { attempt, lastError }: Call): HeadraceError {
  return new HeadraceError({
    code: 'HR_DEADLINE_PASSED',
    action: 'deadLetter',
    what: `A record had no answer after ${deadlineMs} ms and ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`,
    where,
    todo: 'Look at what it waited for, or raise the option deadline.',
    cause: lastError,
  });
}
