import { BoundedQueue } from '../base/queue.ts';
import { realWorld } from '../base/real-world.ts';
import { SizeMeter } from '../base/size.ts';
import type { Sink, SinkContext, Writer } from '../core/sink.ts';
import type { PartitionId, Reader, Resume, Source, SourceContext } from '../core/source.ts';
import { byteCount, milliseconds, wholeNumber } from '../core/units.ts';
import type { Scheduler, Timer } from '../core/world.ts';
import { bufferReader, bufferWriter } from './ends.ts';
import { closed, full, undefinedItem, wrongSize } from './errors.ts';
import type { BatchesOptions, Overflow, StreamBufferOptions, WaitOptions } from './options.ts';
import { Line, Waiter } from './waiters.ts';

/** What a waiting reader asks for: one item, or between `least` and `most`. */
interface Ask {
  readonly isOne: boolean;
  readonly least: number;
  readonly most: number;
  readonly withinMs: number | undefined;
}

const ONE: Ask = { isOne: true, least: 1, most: 1, withinMs: undefined };

/**
 * A queue between who writes and who reads, bounded in items and in bytes; as many of both as you like.
 *
 * Items stay inside until a read can be answered as a whole: a read that is called off, or a loop that is left by
 * `break`, has taken nothing that it did not give. Leaving a loop does not close the buffer. Writers and readers that
 * wait are served in the order they came.
 *
 * Invariant: readers and writers never wait at the same time. A reader that waits for a full batch is given what there
 * is as soon as a writer would have to wait or an item would be dropped.
 *
 * It is a source and a sink as well: `.from(buffer)` reads it to its end, `.to(buffer)` writes to it and closes it at
 * the end of the run (see `bufferSink` for keeping it open).
 *
 * @example
 * ```ts
 * const buffer = new StreamBuffer<number>({ items: 2, overflow: 'dropOldest' });
 * for (const n of [1, 2, 3]) await buffer.write(n);
 * buffer.close();
 * for await (const n of buffer) console.log(n);
 * console.log(buffer.dropped);
 * // 2
 * // 3
 * // 1
 * ```
 */
export class StreamBuffer<T extends {} | null> implements AsyncIterable<T>, AsyncDisposable, Source<T>, Sink<T> {
  readonly kind = 'buffer';
  readonly id: string;
  readonly replay = false;
  readonly delivery = 'none';
  readonly #queue: BoundedQueue<T>;
  readonly #meter: { of(item: T): number };
  readonly #overflow: Overflow;
  readonly #readers: Line<T | T[] | undefined, Ask>;
  readonly #writers: Line<void, { readonly item: T; readonly bytes: number }>;
  readonly #world: { readonly scheduler: Scheduler } | undefined;
  #timer: Timer | undefined;
  #dropped = 0;
  #isClosed = false;
  /** Why reads fail: at once after an abort, at the end after a close with an error. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(options: StreamBufferOptions<T> = {}) {
    const { name, sizeOf } = options;
    this.id = name === undefined ? 'buffer' : `buffer:${name}`;
    this.#queue = new BoundedQueue({
      items: wholeNumber(options.items ?? 1024, 'option items'),
      bytes: Math.max(1, byteCount(options.bytes ?? '8MiB', 'option bytes')),
    });
    this.#meter = sizeOf === undefined ? new SizeMeter() : { of: (item) => this.#checked(sizeOf(item)) };
    this.#overflow = options.overflow ?? 'wait';
    const waiters = wholeNumber(options.waiters ?? 10_000, 'option waiters');
    this.#readers = new Line(waiters, this.id);
    this.#writers = new Line(waiters, this.id);
    this.#world = options.world;
  }

  /** How many items are inside. */
  get items(): number {
    return this.#queue.items;
  }

  /** How many bytes are inside; for objects an estimate unless `sizeOf` was given. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** How many items were dropped, by the overflow policy or by an abort. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether writing is over. What is inside can still be read, unless the buffer was aborted. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether reading is over too: closed, and nothing left inside. */
  get isEnded(): boolean {
    return this.#isClosed && this.#queue.isEmpty && this.#failure === undefined;
  }

  /** Puts an item in: undefined when that is done, a promise only while the buffer is full and the writer must wait. */
  write(item: T, options?: WaitOptions): Promise<void> | undefined {
    if (this.#isClosed || item === undefined) this.#refuse();
    const bytes = this.#meter.of(item);
    return this.#put(item, bytes) ? undefined : this.#writeFull(item, bytes, options?.signal);
  }

  /** Puts an item in if there is room: false means that it was not taken. Never waits. */
  tryWrite(item: T): boolean {
    if (this.#isClosed || item === undefined) this.#refuse();
    const bytes = this.#meter.of(item);
    if (this.#put(item, bytes)) return true;
    return this.#overflow === 'dropOldest' && this.#displace(item, bytes);
  }

  /** Takes the oldest item, waiting for one if need be; undefined once the buffer is closed and empty. */
  read(options?: WaitOptions): Promise<T | undefined> {
    // An ask for one is answered by one; the cast says what the line of mixed waiters cannot.
    return this.#ask(ONE, options?.signal) as Promise<T | undefined>;
  }

  /** Takes the oldest item if there is one; never waits, and passes by readers that wait for a batch. */
  tryRead(): T | undefined {
    const item = this.#queue.shift();
    if (item === undefined) this.#throwFailure();
    else if (this.#writers.first !== undefined) this.#admit();
    return item;
  }

  /** Takes up to `limit` items, waiting for the first if need be; none once the buffer is closed and empty. */
  readBatch(limit: number, options?: WaitOptions): Promise<T[]> {
    const ask = { isOne: false, least: 1, most: wholeNumber(limit, 'limit'), withinMs: undefined };
    return this.#ask(ask, options?.signal) as Promise<T[]>;
  }

  /** Takes up to `limit` items that are there; never waits. */
  tryReadBatch(limit: number): T[] {
    if (this.#queue.isEmpty) this.#throwFailure();
    return this.#take(limit);
  }

  /**
   * Batches of `size` items, for a training loop. A batch is smaller when `within` has passed since its first item,
   * when the buffer is full with less, and at the end.
   *
   * @example
   * ```ts
   * const buffer = new StreamBuffer<number>();
   * for (let n = 0; n < 5; n++) buffer.tryWrite(n);
   * buffer.close();
   * for await (const batch of buffer.batches(2)) console.log(batch);
   * // [ 0, 1 ]
   * // [ 2, 3 ]
   * // [ 4 ]
   * ```
   */
  batches(size: number, options: BatchesOptions = {}): AsyncIterableIterator<T[], undefined, undefined> {
    const ask = {
      isOne: false,
      least: Math.min(wholeNumber(size, 'size'), this.#queue.bounds.items),
      most: size,
      withinMs: options.within === undefined ? undefined : milliseconds(options.within, 'option within'),
    };
    return this.#iterate<T[]>(ask, options.signal);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined, undefined> {
    return this.#iterate<T>(ONE, undefined);
  }

  /**
   * No more writes. What is inside, and what waiting writers bring, can still be read; then readers get undefined, or
   * the error if one is given.
   */
  close(error?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (error !== undefined) this.#failure = { reason: error };
    // Writers wait only where readers do not, so nobody is left to bring anything to these.
    for (let first = this.#readers.first; first !== undefined; first = this.#readers.first) this.#hand(first);
  }

  /** Ends everything now: what is inside is dropped and counted, waiting and later calls fail with the reason. */
  abort(reason: Error): void {
    if (this.#isClosed && (this.#failure !== undefined || this.isEnded)) return;
    this.#isClosed = true;
    this.#failure = { reason };
    this.#dropped += this.#queue.items;
    this.#queue.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const line of [this.#readers, this.#writers]) line.rejectAll(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  partitions(): readonly PartitionId[] {
    return [0];
  }

  /** Called by a runtime: with a partition it opens the reading end, with the context of a sink the writing end. */
  open(context: SinkContext): Writer<T>;
  open(partition: PartitionId, resume: Resume | undefined, context: SourceContext): Reader<T>;
  open(first: SinkContext | PartitionId): Writer<T> | Reader<T> {
    return typeof first === 'object' ? bufferWriter(this, first.signal, true) : bufferReader(this);
  }

  #put(item: T, bytes: number): boolean {
    if (this.#writers.first !== undefined) return false;
    if (!this.#queue.push(item, bytes)) {
      const waiting = this.#readers.first;
      if (waiting === undefined) return false;
      this.#hand(waiting);
      return this.#put(item, bytes);
    }
    if (this.#readers.first !== undefined) this.#offer();
    return true;
  }

  #writeFull(item: T, bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    switch (this.#overflow) {
      case 'wait': {
        signal?.throwIfAborted();
        const waiter = this.#writers.join(new Waiter({ item, bytes }));
        waiter.listen(signal, () => {
          const wasFirst = this.#writers.first === waiter;
          this.#writers.leave(waiter);
          // A smaller item behind the one that left may fit.
          if (wasFirst) this.#admit();
        });
        return waiter.promise;
      }
      case 'dropOldest':
        this.#displace(item, bytes);
        return undefined;
      case 'dropNewest':
        this.#dropped += 1;
        return undefined;
      case 'throw':
        throw full(this.id, this.items, this.bytes);
    }
  }

  #displace(item: T, bytes: number): boolean {
    this.#dropped += this.#queue.makeRoom(bytes);
    return this.#queue.push(item, bytes);
  }

  /** Lets waiting writers in, as far as there is room. */
  #admit(): void {
    for (let first = this.#writers.first; first !== undefined; first = this.#writers.first) {
      if (!this.#queue.push(first.want.item, first.want.bytes)) return;
      this.#writers.leave(first);
      first.resolve();
    }
  }

  /** Answers waiting readers, as far as there is enough for them. */
  #offer(): void {
    for (let first = this.#readers.first; first !== undefined; first = this.#readers.first) {
      if (!this.#hasFor(first.want)) {
        this.#startTimer(first);
        return;
      }
      this.#hand(first);
    }
  }

  #hasFor(ask: Ask): boolean {
    return this.#queue.items >= ask.least || this.#isClosed || this.#writers.first !== undefined;
  }

  /** Gives a waiting reader what there is, or the end. */
  #hand(waiter: Waiter<T | T[] | undefined, Ask>): void {
    this.#leave(waiter);
    if (this.#queue.isEmpty && this.#failure !== undefined) waiter.reject(this.#failure.reason);
    else waiter.resolve(this.#grab(waiter.want));
  }

  #leave(waiter: Waiter<T | T[] | undefined, Ask>): void {
    if (this.#readers.first === waiter) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    this.#readers.leave(waiter);
  }

  #take(limit: number): T[] {
    const taken = this.#queue.shiftMany(limit);
    if (this.#writers.first !== undefined) this.#admit();
    return taken;
  }

  #ask(ask: Ask, signal: AbortSignal | undefined): Promise<T | T[] | undefined> {
    try {
      signal?.throwIfAborted();
      return this.#isAtHand(ask) ? Promise.resolve(this.#grab(ask)) : this.#wait(ask, signal).promise;
    } catch (error) {
      return rejected(error);
    }
  }

  #isAtHand(ask: Ask): boolean {
    return this.#readers.first === undefined && this.#hasFor(ask);
  }

  #grab(ask: Ask): T | T[] | undefined {
    if (ask.isOne) return this.tryRead();
    if (this.#queue.isEmpty) this.#throwFailure();
    return this.#take(ask.most);
  }

  #wait(ask: Ask, signal: AbortSignal | undefined): Waiter<T | T[] | undefined, Ask> {
    const waiter = this.#readers.join(new Waiter<T | T[] | undefined, Ask>(ask));
    waiter.listen(signal, () => {
      this.#leave(waiter);
      // Whoever stood behind may be content with what is there.
      this.#offer();
    });
    if (this.#readers.first === waiter) this.#startTimer(waiter);
    return waiter;
  }

  /** Only the first in line has a timer, and only once there is something to give when it rings. */
  #startTimer(first: Waiter<T | T[] | undefined, Ask>): void {
    const { withinMs } = first.want;
    if (withinMs === undefined || this.#timer !== undefined || this.#queue.isEmpty) return;
    this.#timer = (this.#world ?? realWorld()).scheduler.after(withinMs, () => {
      this.#timer = undefined;
      // Somebody may have taken all by tryRead; then the next item starts the wait anew.
      if (this.#queue.isEmpty) return;
      this.#hand(first);
      this.#offer();
    });
  }

  #iterate<V extends T | T[]>(ask: Ask, signal: AbortSignal | undefined): AsyncIterableIterator<V, undefined, undefined> {
    const waiting = new Set<Waiter<T | T[] | undefined, Ask>>();
    let isLeft = false;
    const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
    const step = (got: T | T[] | undefined): IteratorResult<V, undefined> => {
      const isEnd = ask.isOne ? got === undefined : (got as T[]).length === 0;
      if (isEnd) isLeft = true;
      return isEnd ? end : { done: false, value: got as V };
    };
    const waitForNext = async (): Promise<IteratorResult<V, undefined>> => {
      const waiter = this.#wait(ask, signal);
      waiting.add(waiter);
      try {
        return step(await waiter.promise);
      } catch (error) {
        isLeft = true;
        throw error;
      } finally {
        waiting.delete(waiter);
      }
    };
    const iterator: AsyncIterableIterator<V, undefined, undefined> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => {
        try {
          if (isLeft) return Promise.resolve(end);
          signal?.throwIfAborted();
          return this.#isAtHand(ask) ? Promise.resolve(step(this.#grab(ask))) : quiet(waitForNext());
        } catch (error) {
          isLeft = true;
          return rejected(error);
        }
      },
      // Leaving takes nothing along: a next() that still waits ends, and what it waited for stays for others.
      return: () => {
        isLeft = true;
        for (const waiter of waiting) {
          this.#leave(waiter);
          waiter.resolve(ask.isOne ? undefined : []);
        }
        this.#offer();
        return Promise.resolve(end);
      },
    };
    return iterator;
  }

  #refuse(): never {
    if (!this.#isClosed) throw undefinedItem(this.id);
    this.#throwFailure();
    throw closed(this.id);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #checked(size: number): number {
    if (size >= 0) return size;
    throw wrongSize(this.id, size);
  }
}

function rejected(reason: unknown): Promise<never> {
  return quiet(Promise.reject(reason));
}

/** Whoever awaits the promise is told of its failure; whoever does not must not lose the process. */
function quiet<P extends Promise<unknown>>(promise: P): P {
  promise.catch(() => {});
  return promise;
}
