import { SizeMeter } from '../base/size.ts';
import type { Chunk } from '../core/chunk.ts';
import type { Failure, OnError } from '../core/failure.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { Answers, type Order } from './answers.ts';
import { type CallOptions, callLimits } from './async-calls.ts';
import { type BatchCaller, BatchCalls, type BatchFn, type BatchShape } from './batch-calls.ts';

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
  const shape: BatchShape = {
    kind: 'mapBatch',
    max: wholeNumber(options.max, 'mapBatch max'),
    withinMs: options.within === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.within, 'mapBatch within'),
    concurrency: wholeNumber(options.concurrency ?? 4, 'mapBatch concurrency'),
    isolate,
    limits: callLimits(options, 'mapBatch'),
  };
  return {
    kind: 'mapBatch',
    name,
    onError,
    options: { fn, ...options, name: undefined, onError: undefined },
    open: (host) => new MapBatch<T, Exclude<U, Failure>>(host, fn, shape, order),
  };
}

/** Records of the chunk at work join the open batch. It is called when it is full, or due and a call is free. */
class MapBatch<T, U> implements Station<T>, BatchCaller<number> {
  readonly #host: StationHost<U>;
  readonly #max: number;
  readonly #answers: Answers<U>;
  readonly #calls: BatchCalls<number, T>;
  readonly #meter = new SizeMeter();
  #chunk: Chunk<T> | undefined;
  #next = 0;
  #epoch = 0;
  #held = 0;
  #bytesEach = 0;
  #isFinished = false;
  #isAborted = false;

  constructor(host: StationHost<U>, fn: BatchFn<T, unknown>, shape: BatchShape, order: Order) {
    this.#host = host;
    this.#max = shape.max;
    // Room for what is called, as much again that waits for its turn to leave, and the open batch.
    this.#answers = new Answers(host, order, Math.max(1024, shape.max * (2 * shape.concurrency + 1)));
    this.#calls = new BatchCalls(host as StationHost, this, fn, shape);
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#answers.isCut || this.#isAborted || this.#answers.marks.holdsBarrier;
  }
  get wakeAt(): number | undefined {
    const at = this.#calls.wakeAt;
    return at === Number.POSITIVE_INFINITY ? undefined : at;
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

  answered(slot: number, value: unknown): void {
    this.#answers.answer(slot, value as U);
  }

  failed(slot: number, error: unknown): void {
    this.#answers.fail(slot, error);
  }

  settled(): void {
    this.#host.wake();
  }

  #work(): void {
    while (!this.#isAborted) {
      this.#answers.flush();
      if (this.#answers.isCut) return this.#giveUp();
      if (!this.#calls.callNext(this.#shallGo) && !this.#gather()) break;
    }
    this.#report();
  }

  readonly #shallGo = (): boolean => {
    if (this.#calls.waiting >= this.#max) return true;
    if (this.#chunk !== undefined && this.#answers.hasRoom) return false;
    // No more will come, or none can before these have left.
    return this.#isFinished || this.#answers.marks.holdsBarrier || !this.#answers.hasRoom || this.#calls.isDue;
  };

  /** Moves records of the chunk into the open batch. */
  #gather(): boolean {
    const chunk = this.#chunk;
    if (chunk === undefined) return false;
    const from = this.#next;
    for (; this.#next < chunk.values.length && this.#calls.waiting < this.#max && this.#answers.hasRoom; this.#next++)
      this.#calls.add(this.#answers.admit(chunk, this.#next, this.#epoch), chunk.values[this.#next]!);
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
    this.#report();
  }

  #report(): void {
    const records = this.#answers.pending + (this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next);
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
  }
}
