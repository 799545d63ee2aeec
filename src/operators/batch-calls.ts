import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { Failure, isThenable } from '../core/failure.ts';
import type { StationHost } from '../core/station.ts';
import { AsyncCalls, type Caller, type CallLimits } from './async-calls.ts';

/** One call for many values; answers by position, `fail(reason)` for those that are refused. */
export type BatchFn<T, U> = (values: readonly T[], signal: AbortSignal) => PromiseLike<readonly (U | Failure)[]> | readonly (U | Failure)[];

/** How values are asked for together; times in milliseconds, Infinity for never. */
export interface BatchShape {
  /** The operator, for errors. */
  readonly kind: string;
  readonly max: number;
  readonly withinMs: number;
  readonly concurrency: number;
  readonly isolate: boolean;
  readonly limits: CallLimits;
}

/** Whose calls these are. What a member of a call stands for is his choice. */
export interface BatchCaller<M> {
  answered(member: M, value: unknown): void;
  /** For good. */
  failed(member: M, error: unknown): void;
  /** A call settled by itself, outside of any call of the host. */
  settled(): void;
}

interface Batch<M, T> {
  readonly members: readonly M[];
  readonly values: readonly T[];
  readonly deadlineAt: number;
}

/**
 * Values that wait to be asked for together, and the calls that do. While all calls are under way those that wait go on
 * growing in number. Halves of a failed batch go before new batches.
 */
export class BatchCalls<M, T> implements Caller {
  readonly #host: StationHost;
  readonly #owner: BatchCaller<M>;
  readonly #fn: BatchFn<T, unknown>;
  readonly #shape: BatchShape;
  readonly #calls: AsyncCalls;
  /** By task. */
  readonly #batches: (Batch<M, T> | undefined)[] = [];
  readonly #freeTasks: number[] = [];
  readonly #halves: Batch<M, T>[] = [];
  #members: M[] = [];
  #values: T[] = [];
  #openSince = 0;
  #isAborted = false;

  constructor(host: StationHost, owner: BatchCaller<M>, fn: BatchFn<T, unknown>, shape: BatchShape) {
    this.#host = host;
    this.#owner = owner;
    this.#fn = fn;
    this.#shape = shape;
    this.#calls = new AsyncCalls(host as StationHost<never>, this, shape.limits, fn.length >= 2);
  }

  /** Values that no call has yet; halves of failed calls are not among them. */
  get waiting(): number {
    return this.#values.length;
  }

  get wakeAt(): number {
    const opens = this.#values.length > 0 && this.#hasFreeCall ? this.#openSince + this.#shape.withinMs : Number.POSITIVE_INFINITY;
    return Math.min(opens, this.#calls.wakeAt ?? Number.POSITIVE_INFINITY);
  }

  get #hasFreeCall(): boolean {
    return this.#calls.active < this.#shape.concurrency;
  }

  add(member: M, value: T): void {
    if (this.#values.length === 0) this.#openSince = this.#host.clock.monotonic();
    this.#members.push(member);
    this.#values.push(value);
  }

  advance(nowMs: number): void {
    this.#calls.advance(nowMs);
  }

  /** Have those that wait filled a call, or waited long enough? */
  get isDue(): boolean {
    if (this.#values.length >= this.#shape.max) return true;
    const { withinMs } = this.#shape;
    return withinMs !== Number.POSITIVE_INFINITY && this.#host.clock.monotonic() >= this.#openSince + withinMs;
  }

  /** Starts one call if one is free and something is left to ask: halves always, those that wait if they shall go. */
  callNext(shallGo: () => boolean): boolean {
    if (!this.#hasFreeCall) return false;
    const half = this.#halves.pop();
    if (half !== undefined) return this.#call(half);
    if (this.#values.length === 0 || !shallGo()) return false;
    const { max, limits } = this.#shape;
    const deadlineAt =
      limits.deadlineMs === Number.POSITIVE_INFINITY ? limits.deadlineMs : this.#host.clock.monotonic() + limits.deadlineMs;
    if (this.#values.length > max)
      return this.#call({ members: this.#members.splice(0, max), values: this.#values.splice(0, max), deadlineAt });
    const all = { members: this.#members, values: this.#values, deadlineAt };
    this.#members = [];
    this.#values = [];
    return this.#call(all);
  }

  /** Gives up everything: signals abort, answers will be ignored. */
  abort(reason: unknown): void {
    this.#isAborted = true;
    this.#calls.abort(reason);
    this.#members = [];
    this.#values = [];
    this.#halves.length = 0;
    this.#batches.length = 0;
    this.#freeTasks.length = 0;
  }

  invoke(task: number, signal: AbortSignal): unknown {
    return this.#fn(this.#batches[task]!.values, signal);
  }

  answered(task: number, answer: unknown): void {
    const { members } = this.#batches[task]!;
    if (answer instanceof Failure) return this.failed(task, answer);
    if (!Array.isArray(answer) || answer.length !== members.length)
      return this.failed(task, wrongLength(this.#shape.kind, this.#host.operator, answer, members.length));
    this.#endTask(task);
    for (let i = 0; i < members.length && !this.#isAborted; i++) {
      const value: unknown = answer[i];
      if (value instanceof Failure) this.#owner.failed(members[i]!, value);
      else if (isPromiseLike(value)) this.#owner.failed(members[i]!, promised(this.#shape.kind, this.#host.operator, value));
      else this.#owner.answered(members[i]!, value);
    }
  }

  failed(task: number, error: unknown): void {
    const { members, values, deadlineAt } = this.#batches[task]!;
    this.#endTask(task);
    const isTimeUp = isHeadraceError(error) && error.code === 'HR_DEADLINE_PASSED';
    if (this.#shape.isolate && members.length > 1 && !isTimeUp) {
      const middle = members.length >> 1;
      // The first half is called first: it is taken from the end.
      this.#halves.push({ members: members.slice(middle), values: values.slice(middle), deadlineAt });
      this.#halves.push({ members: members.slice(0, middle), values: values.slice(0, middle), deadlineAt });
      return;
    }
    for (const member of members) this.#owner.failed(member, error);
  }

  settled(): void {
    this.#owner.settled();
  }

  #call(batch: Batch<M, T>): true {
    const task = this.#freeTasks.pop() ?? this.#batches.length;
    this.#batches[task] = batch;
    this.#calls.start(task, batch.deadlineAt);
    return true;
  }

  #endTask(task: number): void {
    this.#batches[task] = undefined;
    this.#freeTasks.push(task);
  }
}

/** As `isThenable`, for a value whose `then` nobody has a right to throw from. */
function isPromiseLike(value: unknown): boolean {
  try {
    return isThenable(value);
  } catch {
    return false;
  }
}

function promised(kind: string, where: string, answer: unknown): HeadraceError {
  // Nobody will look at this promise again; without a handler its rejection would end the process.
  void Promise.resolve(answer).catch(() => {});
  return new HeadraceError({
    code: 'HR_PROMISE_NOT_ALLOWED',
    action: 'deadLetter',
    what: `The function of ${kind} answered a list of promises`,
    where,
    todo: 'Wait for them inside: return Promise.all(values.map(…)).',
  });
}

function wrongLength(kind: string, where: string, answer: unknown, wanted: number): HeadraceError {
  const got = Array.isArray(answer)
    ? `${answer.length} answers`
    : `${answer === null ? 'null' : typeof answer} instead of a list of answers`;
  return new HeadraceError({
    code: 'HR_BATCH_LENGTH',
    action: 'deadLetter',
    what: `The function of ${kind} got ${wanted} values and gave ${got}`,
    where,
    todo: 'Answer one for each value, at its position; fail(reason) for a value that has none.',
  });
}
