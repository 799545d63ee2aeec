import { SizeMeter } from '../base/size.ts';
import type { Chunk } from '../core/chunk.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { Failure, isThenable, type OnError } from '../core/failure.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { Answers, type Order } from './answers.ts';
import { AsyncCalls, type Caller, type CallLimits, type CallOptions, callLimits } from './async-calls.ts';

export interface MapBatchOptions extends CallOptions {
  /** The most values one call gets. */
  readonly max: number;
  /** How long a value waits at most for others to share its call; until there are `max`, or no more will come, unless told. */
  readonly within?: Duration;
  /** How many calls may be under way at one time; 4 unless told. */
  readonly concurrency?: number;
  /** In which order answers leave; `input` unless told. */
  readonly order?: Order;
  /** Split a failing call by halves until only the bad records are left to be refused. */
  readonly isolate?: boolean;
  readonly onError?: OnError | undefined;
  readonly name?: string | undefined;
}

/** One call for many values; answers by position, `fail(reason)` for those that are refused. */
export type BatchFn<T, U> = (values: readonly T[], signal: AbortSignal) => PromiseLike<readonly (U | Failure)[]> | readonly (U | Failure)[];

/**
 * Asks once for many values: puts the answer at each position in the place of the value at that position. Key, time
 * and id stay with each record, and so does a failure.
 *
 * When a call fails for good, each of its records is refused; with `isolate` it is split by halves instead, each half
 * with attempts of its own within the same deadline, down to the records that fail alone.
 *
 * @example
 * ```ts
 * const lengths = collect<number>();
 * const ask = async (words: readonly string[]) => words.map((word) => word.length);
 * await run(pipeline('lengths').from(values(['to', 'be', 'or'])).mapBatch(ask, { max: 2 }).to(lengths));
 * console.log(lengths.values); // [ 2, 2, 2 ]
 * ```
 */
export function mapBatch<T, U>(fn: BatchFn<T, U>, options: MapBatchOptions): StationOperator<T, Exclude<U, Failure>> {
  const { order = 'input', isolate = false, name, onError } = options;
  const shape: Shape = {
    max: wholeNumber(options.max, 'mapBatch max'),
    withinMs: options.within === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.within, 'mapBatch within'),
    concurrency: wholeNumber(options.concurrency ?? 4, 'mapBatch concurrency'),
    order,
    isolate,
    limits: callLimits(options, 'mapBatch'),
  };
  return {
    kind: 'mapBatch',
    name,
    onError,
    options: { fn, ...options, name: undefined, onError: undefined },
    open: (host) => new MapBatch<T, Exclude<U, Failure>>(host, fn as BatchFn<T, Exclude<U, Failure>>, shape),
  };
}

interface Shape {
  readonly max: number;
  readonly withinMs: number;
  readonly concurrency: number;
  readonly order: Order;
  readonly isolate: boolean;
  readonly limits: CallLimits;
}

interface Batch<T> {
  readonly slots: readonly number[];
  readonly values: readonly T[];
  readonly deadlineAt: number;
}

/**
 * Records of the chunk at work join the open batch. It is called when it is full, or due and a call is free; while all
 * calls are under way a batch that is due goes on growing. Halves of a failed batch go before new batches.
 */
class MapBatch<T, U> implements Station<T>, Caller {
  readonly #host: StationHost<U>;
  readonly #fn: BatchFn<T, U>;
  readonly #shape: Shape;
  readonly #answers: Answers<U>;
  readonly #calls: AsyncCalls;
  readonly #meter = new SizeMeter();
  /** By task. */
  readonly #batches: (Batch<T> | undefined)[] = [];
  readonly #freeTasks: number[] = [];
  readonly #halves: Batch<T>[] = [];
  #slots: number[] = [];
  #values: T[] = [];
  #openSince = 0;
  #chunk: Chunk<T> | undefined;
  #next = 0;
  #epoch = 0;
  #held = 0;
  #bytesEach = 0;
  #isFinished = false;
  #isAborted = false;

  constructor(host: StationHost<U>, fn: BatchFn<T, U>, shape: Shape) {
    this.#host = host;
    this.#fn = fn;
    this.#shape = shape;
    // Room for what is called, as much again that waits for its turn to leave, and the open batch.
    this.#answers = new Answers(host, shape.order, Math.max(1024, shape.max * (2 * shape.concurrency + 1)));
    this.#calls = new AsyncCalls(host as StationHost<never>, this, shape.limits, fn.length >= 2);
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#answers.isCut || this.#isAborted || this.#answers.marks.holdsBarrier;
  }
  get wakeAt(): number | undefined {
    const opens = this.#values.length > 0 && this.#hasFreeCall ? this.#openSince + this.#shape.withinMs : Number.POSITIVE_INFINITY;
    const at = Math.min(opens, this.#calls.wakeAt ?? Number.POSITIVE_INFINITY);
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }
  get isDone(): boolean {
    return this.#isAborted || this.#answers.isOver || (this.#isFinished && this.#chunk === undefined && this.#answers.isEmpty);
  }
  get #hasFreeCall(): boolean {
    return this.#calls.active < this.#shape.concurrency;
  }

  process(chunk: Chunk<T>): void {
    this.#epoch = this.#answers.receive(chunk);
    this.#next = 0;
    this.#chunk = chunk.values.length === 0 ? undefined : chunk;
    if (this.#chunk !== undefined) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#work();
  }

  advance(nowMs: number): void {
    if (this.#isAborted || this.#answers.isOver) return;
    this.#calls.advance(nowMs);
    this.#work();
  }

  finish(_how: Finish): void {
    this.#isFinished = true;
    this.#work();
  }

  pending(): readonly Chunk<T>[] {
    return this.#answers.copy(this.#chunk && { chunk: this.#chunk, from: this.#next, epoch: this.#epoch });
  }

  abort(reason: unknown): void {
    this.#isAborted = true;
    this.#calls.abort(reason);
    this.#forget();
  }

  invoke(task: number, signal: AbortSignal): unknown {
    return this.#fn(this.#batches[task]!.values, signal);
  }

  answered(task: number, answer: unknown): void {
    const { slots } = this.#batches[task]!;
    if (answer instanceof Failure) return this.failed(task, answer);
    if (!Array.isArray(answer) || answer.length !== slots.length)
      return this.failed(task, wrongLength(this.#host.operator, answer, slots.length));
    this.#endTask(task);
    for (let i = 0; i < slots.length; i++) {
      const value: unknown = answer[i];
      if (value instanceof Failure || isPromiseLike(value)) this.#refuse(slots[i]!, value);
      else this.#answers.answer(slots[i]!, value as U);
    }
  }

  failed(task: number, error: unknown): void {
    const batch = this.#batches[task]!;
    this.#endTask(task);
    const { slots, values, deadlineAt } = batch;
    const isTimeUp = isHeadraceError(error) && error.code === 'HR_DEADLINE_PASSED';
    if (this.#shape.isolate && slots.length > 1 && !isTimeUp) {
      const middle = slots.length >> 1;
      // The first half is called first: it is taken from the end.
      this.#halves.push({ slots: slots.slice(middle), values: values.slice(middle), deadlineAt });
      this.#halves.push({ slots: slots.slice(0, middle), values: values.slice(0, middle), deadlineAt });
      return;
    }
    for (const slot of slots) this.#answers.fail(slot, error);
  }

  settled(): void {
    this.#host.wake();
  }

  #refuse(slot: number, answer: unknown): void {
    if (answer instanceof Failure) return this.#answers.fail(slot, answer);
    // Nobody will look at this promise again; without a handler its rejection would end the process.
    void Promise.resolve(answer).catch(() => {});
    this.#answers.fail(
      slot,
      new HeadraceError({
        code: 'HR_PROMISE_NOT_ALLOWED',
        action: 'deadLetter',
        what: 'The function of mapBatch answered a list of promises',
        where: this.#host.operator,
        todo: 'Wait for them inside: return Promise.all(values.map(…)).',
      }),
    );
  }

  #work(): void {
    while (!this.#isAborted) {
      this.#answers.flush();
      if (this.#answers.isCut) return this.#giveUp();
      if (!this.#callNext() && !this.#gather()) break;
    }
    this.#report();
  }

  /** Starts one call if one is due. */
  #callNext(): boolean {
    if (!this.#hasFreeCall) return false;
    const half = this.#halves.pop();
    if (half !== undefined) return this.#call(half);
    if (this.#values.length === 0 || !this.#isDue) return false;
    const batch = { slots: this.#slots, values: this.#values, deadlineAt: this.#deadline };
    this.#slots = [];
    this.#values = [];
    return this.#call(batch);
  }

  get #deadline(): number {
    const { deadlineMs } = this.#shape.limits;
    return deadlineMs === Number.POSITIVE_INFINITY ? deadlineMs : this.#host.clock.monotonic() + deadlineMs;
  }

  get #isDue(): boolean {
    if (this.#values.length >= this.#shape.max) return true;
    if (this.#chunk !== undefined && this.#answers.hasRoom) return false;
    // No more will come, or none can before these have left.
    if (this.#isFinished || this.#answers.marks.holdsBarrier || !this.#answers.hasRoom) return true;
    return this.#shape.withinMs !== Number.POSITIVE_INFINITY && this.#host.clock.monotonic() >= this.#openSince + this.#shape.withinMs;
  }

  #call(batch: Batch<T>): true {
    const task = this.#freeTasks.pop() ?? this.#batches.length;
    this.#batches[task] = batch;
    this.#calls.start(task, batch.deadlineAt);
    return true;
  }

  #endTask(task: number): void {
    this.#batches[task] = undefined;
    this.#freeTasks.push(task);
  }

  /** Moves records of the chunk into the open batch. */
  #gather(): boolean {
    const chunk = this.#chunk;
    if (chunk === undefined) return false;
    const from = this.#next;
    const { max } = this.#shape;
    if (this.#values.length === 0) this.#openSince = this.#host.clock.monotonic();
    for (; this.#next < chunk.values.length && this.#values.length < max && this.#answers.hasRoom; this.#next++) {
      this.#slots.push(this.#answers.admit(chunk, this.#next, this.#epoch));
      this.#values.push(chunk.values[this.#next]!);
    }
    const moved = this.#next > from;
    if (this.#next === chunk.values.length) this.#chunk = undefined;
    return moved;
  }

  #giveUp(): void {
    this.#calls.abort(
      this.#host.signal.aborted ? this.#host.signal.reason : new DOMException('The run stopped at an earlier record', 'AbortError'),
    );
    this.#chunk = undefined;
    if (this.#answers.isOver) this.#forget();
    else this.#report();
  }

  #forget(): void {
    this.#answers.clear();
    this.#chunk = undefined;
    this.#slots = [];
    this.#values = [];
    this.#halves.length = 0;
    this.#batches.length = 0;
    this.#freeTasks.length = 0;
    this.#report();
  }

  #report(): void {
    const records = this.#answers.pending + (this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next);
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
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

function wrongLength(where: string, answer: unknown, wanted: number): HeadraceError {
  const got = Array.isArray(answer)
    ? `${answer.length} answers`
    : `${answer === null ? 'null' : typeof answer} instead of a list of answers`;
  return new HeadraceError({
    code: 'HR_BATCH_LENGTH',
    action: 'deadLetter',
    what: `The function of mapBatch got ${wanted} values and gave ${got}`,
    where,
    todo: 'Answer one for each value, at its position; fail(reason) for a value that has none.',
  });
}
