import { SizeMeter } from '../base/size.ts';
import { Chunk, type RecordInfo } from '../core/chunk.ts';
import { Failure, isThenable, type OnError } from '../core/failure.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { wholeNumber } from '../core/units.ts';
import { Answers, type Order } from './answers.ts';
import { AsyncCalls, type Caller, type CallLimits, type CallOptions, callLimits } from './async-calls.ts';
import { sliceLineage } from './chunk-mixer.ts';
import { ignore } from './listen.ts';

export interface MapAsyncOptions extends CallOptions {
  /** How many calls may be under way at one time; 16 unless told. One that waits for its next attempt counts. */
  readonly concurrency?: number;
  /** In which order answers leave; `input` unless told. */
  readonly order?: Order;
  /** What becomes of a record whose call failed for good; the pipeline's choice by default. */
  readonly onError?: OnError | undefined;
  readonly name?: string | undefined;
}

/** What stands in the place of each value: what `fn` answers, or what its promise does. */
export type AsyncFn<T, U> = (value: T, record: RecordInfo, signal: AbortSignal) => U | Failure | PromiseLike<U | Failure>;

/**
 * Puts what `fn` answers, sooner or later, in the place of each value. Up to `concurrency` calls are under way at one
 * time; an answer keeps the key, the time and the id of its record, and `record` stays valid as long as the call.
 *
 * `signal` aborts when nobody waits for the answer any more. With `timeout` or `deadline`, or when `fn` declares a
 * third parameter, each attempt has a signal of its own; otherwise it is the one of the run.
 *
 * With order `input` (and `key`, within a key) a slow record holds back those behind it: up to four times
 * `concurrency`, at least 1,024, are worked on meanwhile. A watermark waits for the records before it; with `key` and
 * `completion`, records behind it may overtake it.
 *
 * @example
 * ```ts
 * const squares = collect<number>();
 * await run(pipeline('squares').from(values([3, 1, 2])).mapAsync(async (n) => n * n, { concurrency: 2 }).to(squares));
 * console.log(squares.values); // [ 9, 1, 4 ]
 * ```
 */
export function mapAsync<T, U>(fn: AsyncFn<T, U>, options: MapAsyncOptions = {}): StationOperator<T, Exclude<U, Failure>> {
  const concurrency = wholeNumber(options.concurrency ?? 16, 'mapAsync concurrency');
  const limits = callLimits(options, 'mapAsync');
  const { order = 'input', name, onError } = options;
  return {
    kind: 'mapAsync',
    name,
    onError,
    options: { fn, ...options, name: undefined, onError: undefined, codec: undefined },
    open: (host) => new MapAsync<T, Exclude<U, Failure>>(host, fn as AsyncFn<T, Exclude<U, Failure>>, concurrency, order, limits),
  };
}

/** How long answers may start new calls by themselves before the host gets its turn, so that timers and sockets stay alive. */
const UNATTENDED_MS = 2;
const LOOK_EVERY = 4;

/**
 * One chunk is at work. Its records get slots and calls as long as there are free ones; when all have, the next chunk
 * may come. While nothing is under way, answers that come at once need no slot: they go straight into a chunk.
 *
 * An answer starts the next call at once, in the turn in which it came: waiting for the host between two calls would
 * cost a turn of the event loop each time. What was answered in one turn leaves as one chunk at its end: a chunk costs
 * one to two microseconds down the way, and waking the host for every answer made chunks of one (940 -> 490 ns a
 * record for calls that take a turn, bench/map-async.ts).
 */
class MapAsync<T, U> implements Station<T>, Caller {
  readonly #host: StationHost<U>;
  readonly #fn: AsyncFn<T, U>;
  readonly #signal: AbortSignal;
  readonly #concurrency: number;
  readonly #answers: Answers<U>;
  readonly #calls: AsyncCalls;
  readonly #meter = new SizeMeter();
  #chunk: Chunk<T> | undefined;
  #next = 0;
  #epoch = 0;
  #held = 0;
  /** An estimate: one record of each chunk is measured. */
  #bytesEach = 0;
  /** Something failed since the host was last asked about failures; it may want to stop, so nothing new is started. */
  #hasFailed = false;
  #isWoken = false;
  #isFinished = false;
  #isAborted = false;
  /** `#goOn` is on its way. */
  #isStarting = false;
  /** Starts by answers since the host's last `advance`, and when the first of them was. */
  #unattended = 0;
  #unattendedSince = 0;
  #isTimeUp = false;

  constructor(host: StationHost<U>, fn: AsyncFn<T, U>, concurrency: number, order: Order, limits: CallLimits) {
    this.#host = host;
    this.#fn = fn;
    this.#signal = host.signal;
    this.#concurrency = concurrency;
    this.#answers = new Answers(host, order, Math.max(1024, concurrency * 4));
    this.#calls = new AsyncCalls(host as StationHost<never>, this, limits, fn.length >= 3);
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#answers.isCut || this.#isAborted || this.#answers.marks.holdsBarrier;
  }
  get wakeAt(): number | undefined {
    return this.#calls.wakeAt;
  }
  get isDone(): boolean {
    return this.#isAborted || this.#answers.isOver || (this.#isFinished && this.#chunk === undefined && this.#answers.isEmpty);
  }

  process(chunk: Chunk<T>): void {
    this.#epoch = this.#answers.receive(chunk);
    this.#next = 0;
    this.#chunk = chunk.values.length === 0 ? undefined : chunk;
    if (this.#chunk !== undefined) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#work();
  }

  advance(nowMs: number): void {
    this.#isWoken = false;
    this.#unattended = 0;
    this.#isTimeUp = false;
    if (this.#isAborted || this.#answers.isOver) return;
    this.#calls.advance(nowMs);
    this.#work();
  }

  finish(_how: Finish): void {
    this.#isFinished = true;
  }

  pending(): readonly Chunk<T>[] {
    return this.#answers.copy(this.#chunk && { chunk: this.#chunk, from: this.#next, epoch: this.#epoch });
  }

  abort(reason: unknown): void {
    this.#isAborted = true;
    this.#calls.abort(reason);
    this.#answers.clear();
    this.#chunk = undefined;
    this.#report();
  }

  invoke(slot: number, signal: AbortSignal): unknown {
    const chunk = this.#answers.chunkOf(slot) as Chunk<T>;
    const index = this.#answers.indexOf(slot);
    return this.#fn(chunk.values[index]!, new OwnRecord(chunk, index), signal);
  }

  answered(slot: number, value: unknown): void {
    if (value instanceof Failure) this.failed(slot, value);
    else this.#answers.answer(slot, value as U);
  }

  failed(slot: number, error: unknown): void {
    this.#hasFailed = true;
    this.#answers.fail(slot, error);
  }

  settled(): void {
    if (this.#isStarting) return;
    // What else is answered already comes first, then calls start in all free places together: sixteen starts in one
    // loop cost less than one start in each of sixteen answers.
    if (this.#chunk !== undefined && !this.#hasFailed && this.#calls.active > 0) {
      this.#isStarting = true;
      void ready.then(this.#goOn);
    } else this.#goOn();
  }

  readonly #goOn = (): void => {
    this.#isStarting = false;
    if (this.#isAborted) return;
    const hadInput = this.#chunk !== undefined;
    if (hadInput && !this.#hasFailed) {
      this.#lookAtClock();
      if (!this.#isTimeUp) this.#start();
    }
    if (this.#isWoken) return;
    // The host is needed now when nothing can start without it: there is room for another chunk, or no slot is free.
    const isOut = hadInput && this.#chunk === undefined;
    if (isOut || this.#hasFailed || this.#isTimeUp || this.#calls.active === 0 || !this.#answers.hasRoom) {
      this.#isWoken = true;
      this.#host.wake();
    } else {
      this.#host.wakeSoon();
    }
  };

  #lookAtClock(): void {
    if (this.#unattended++ % LOOK_EVERY !== 0) return;
    const now = this.#host.clock.monotonic();
    if (this.#unattended === 1) this.#unattendedSince = now;
    else if (now - this.#unattendedSince > UNATTENDED_MS) this.#isTimeUp = true;
  }

  #work(): void {
    while (!this.#isAborted) {
      this.#answers.flush();
      if (this.#answers.isCut) return this.#giveUp();
      this.#hasFailed = false;
      const before = this.#next;
      if (this.#chunk === undefined) break;
      if (this.#canAnswerAtOnce()) this.#answerAtOnce(this.#chunk);
      else this.#start();
      if (this.#chunk !== undefined && this.#next === before) break;
    }
    this.#report();
  }

  #start(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    const n = chunk.values.length;
    const calls = this.#calls;
    const answers = this.#answers;
    while (this.#next < n && calls.active < this.#concurrency && answers.hasRoom && !this.#hasFailed && !this.#isAborted) {
      const at = this.#next++;
      const slot = answers.admit(chunk, at, this.#epoch);
      if (calls.usesOwnSignals) calls.start(slot);
      else this.#call(slot, chunk, at);
    }
    if (this.#next === n) this.#chunk = undefined;
  }

  /** A first attempt with the signal of the run: `AsyncCalls` would have to ask back for what is at hand here. */
  #call(slot: number, chunk: Chunk<T>, at: number): void {
    let result: unknown;
    let promise: PromiseLike<unknown> | undefined;
    try {
      result = this.#fn(chunk.values[at]!, new OwnRecord(chunk, at), this.#signal);
      if (isThenable(result)) promise = result;
    } catch (error) {
      if (!this.#isAborted) this.#calls.adoptError(slot, error);
      return;
    }
    if (promise !== undefined) this.#calls.adopt(slot, promise);
    else if (!this.#isAborted) this.answered(slot, result);
  }

  #canAnswerAtOnce(): boolean {
    return !this.#calls.usesOwnSignals && this.#answers.pending === 0 && this.#host.canEmit && this.#epoch === this.#answers.marks.first;
  }

  /** Answers that come at once, up to the first that does not, which gets a slot like any other. */
  #answerAtOnce(chunk: Chunk<T>): void {
    const { values } = chunk;
    const { signal, chunkLimit } = this.#host;
    const fn = this.#fn;
    const from = this.#next;
    const end = Math.min(values.length, from + chunkLimit);
    const out: U[] = [];
    let at = from;
    let promise: PromiseLike<unknown> | undefined;
    let error: unknown;
    for (; at < end; at++) {
      try {
        const result = fn(values[at]!, new OwnRecord(chunk, at), signal);
        if (typeof result === 'object' && result !== null) {
          if (isThenable(result)) promise = result;
          else if (result instanceof Failure) error = result;
          if (promise !== undefined || error !== undefined) break;
        }
        out.push(result as U);
      } catch (thrown) {
        error = thrown ?? new Error(`undefined was thrown`);
        break;
      }
    }
    if (this.#isAborted) {
      if (promise !== undefined) ignore(promise);
      return;
    }
    const isOdd = at < end;
    this.#next = isOdd ? at + 1 : at;
    if (this.#next === values.length) this.#chunk = undefined;
    this.#answers.marks.leave(this.#epoch, at - from);
    if (isOdd) {
      const slot = this.#answers.admit(chunk, at, this.#epoch);
      if (promise !== undefined) this.#calls.adopt(slot, promise);
      else this.#calls.adoptError(slot, error);
    }
    if (at > from) this.#host.emit(new Chunk(out, chunk.origin, sliceLineage(chunk, from, at), this.#answers.marks.due()));
  }

  /** A refused record stopped the run. */
  #giveUp(): void {
    this.#calls.abort(
      this.#host.signal.aborted ? this.#host.signal.reason : new DOMException('The run stopped at an earlier record', 'AbortError'),
    );
    this.#chunk = undefined;
    if (this.#answers.isOver) this.#answers.clear();
    this.#report();
  }

  #report(): void {
    const unstarted = this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next;
    const records = this.#answers.pending + unstarted;
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
  }
}

/** `queueMicrotask` makes an object of its own for each use. */
const ready = Promise.resolve();
