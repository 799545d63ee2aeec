import { HeadraceError } from '../core/error.ts';
import type { CellCall } from './cell-call.ts';
import type { TimerTable } from './timers.ts';

/** Where a call stands in time, for the timers that it sets. */
export interface CallTime {
  /** What is set to this or before is set to a time that has come. */
  reachedMs: number;
  isEnd: boolean;
  /** Of the timer that fires: how many set each other in a row while time stood still, itself among them; 0 of a record. */
  depth: number;
}

export interface CallTimersOptions {
  readonly most: number;
  readonly operator: string;
  /** Where no function would be called with them. */
  readonly isUnheard: boolean;
  readonly handlerName: 'onTimer' | 'onClock';
}

/**
 * The timers of the key at hand, as the handler sees them. What it sets and cancels waits until its call is over, as
 * what it does to cells.
 */
export class CallTimers {
  readonly #timers: TimerTable;
  readonly #call: CellCall;
  readonly #options: CallTimersOptions;
  /** The times that were set in this call, and what was cancelled. */
  readonly #changes = new Map<string, number | undefined>();
  readonly time: CallTime = { reachedMs: Number.NEGATIVE_INFINITY, isEnd: false, depth: 0 };

  constructor(timers: TimerTable, call: CellCall, options: CallTimersOptions) {
    this.#timers = timers;
    this.#call = call;
    this.#options = options;
  }

  set(name: string, at: number | Date): void {
    this.#call.check();
    const ms = at instanceof Date ? at.getTime() : at;
    const { most, operator, isUnheard, handlerName } = this.#options;
    if (isUnheard) throw unheard(operator, handlerName);
    if (typeof name !== 'string' || !Number.isFinite(ms)) throw invalid(operator, name, ms);
    if (this.#depthOf(ms) > MOST_IN_A_ROW) throw endless(operator, name);
    if (this.get(name) === undefined && this.#count() >= most) throw full(operator, most);
    this.#changes.set(name, ms);
  }

  cancel(name: string): void {
    this.#call.check();
    this.#changes.set(name, undefined);
  }

  get(name: string): number | undefined {
    this.#call.check();
    if (this.#changes.has(name)) return this.#changes.get(name);
    return this.#timers.of(this.#call.keyId).find((timer) => timer.name === name)?.at;
  }

  cancelAll(): void {
    this.#changes.clear();
    for (const { name } of this.#timers.of(this.#call.keyId)) this.#changes.set(name, undefined);
  }

  commit(): void {
    if (this.#changes.size === 0) return;
    const { keyId, timeMs } = this.#call;
    for (const [name, at] of this.#changes) {
      if (at === undefined) this.#timers.cancel(keyId, name);
      else {
        const isLate = at <= this.time.reachedMs;
        this.#timers.set(keyId, name, { at, setAt: timeMs, isLate, depth: this.#depthOf(at) });
      }
    }
    this.#changes.clear();
  }

  drop(): void {
    this.#changes.clear();
  }

  #depthOf(at: number): number {
    const { depth, isEnd, reachedMs } = this.time;
    return depth > 0 && (isEnd || at <= reachedMs) ? depth + 1 : 0;
  }

  /** How many the key would have. */
  #count(): number {
    const known = this.#timers.of(this.#call.keyId);
    let count = known.length;
    for (const [name, at] of this.#changes) {
      const isKnown = known.some((timer) => timer.name === name);
      if (at !== undefined && !isKnown) count++;
      if (at === undefined && isKnown) count--;
    }
    return count;
  }
}

/** Timers that set each other while time stands still: so many do something, more go round in circles. */
const MOST_IN_A_ROW = 1000;

function unheard(operator: string, handler: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_TIMER_UNHEARD',
    action: 'deadLetter',
    what: `a timer was set, and the handler has no ${handler}`,
    where: operator,
    todo: `Give the handler ${handler}(timer, context), or set no such timers.`,
  });
}

function invalid(operator: string, name: unknown, at: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_TIME_INVALID',
    action: 'deadLetter',
    what: typeof name === 'string' ? `the timer '${name}' was set to ${String(at)}` : 'the name of a timer is no text',
    where: operator,
    todo: 'Set a timer by its name to milliseconds since 1970, or to a valid Date.',
  });
}

function full(operator: string, most: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_TIMERS_FULL',
    action: 'deadLetter',
    what: `one key has ${most} timers already`,
    where: operator,
    todo: 'Give one name to timers that take each other’s place, cancel those not needed, or raise timersPerKey.',
  });
}

function endless(operator: string, name: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_TIMERS_ENDLESS',
    action: 'deadLetter',
    what: `timers have set each other ${MOST_IN_A_ROW} times, the last time '${name}', and time does not go on`,
    where: operator,
    todo: 'Set a timer to a later time than the one that fires; at the end of the data (isEnd) set none that sets itself again.',
  });
}
