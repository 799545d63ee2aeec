import { BoundedQueue } from '../base/queue.ts';
import { realWorld } from '../base/real-world.ts';
import type { Sink, SinkContext, Writer } from '../core/sink.ts';
import type { PartitionId, Reader, Resume, Source, SourceContext } from '../core/source.ts';
import { byteCount, wholeNumber } from '../core/units.ts';
import type { Scheduler } from '../core/world.ts';
import { bufferReader, bufferWriter } from './ends.ts';
import { closed, full, undefinedItem } from './errors.ts';
import { type ItemSize, itemSize } from './item-size.ts';
import { iterate } from './iteration.ts';
import type { BatchesOptions, Overflow, StreamBufferOptions, WaitOptions } from './options.ts';
import { rejected } from './quiet.ts';
import { type Ask, type Asking, ONE, Readers, upTo } from './readers.ts';
import { Waiter } from './waiters.ts';
import { Writers } from './writers.ts';

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
  readonly #size: ItemSize<T>;
  readonly #overflow: Overflow;
  readonly #readers: Readers<T>;
  readonly #writers: Writers<T>;
  readonly #world: { readonly scheduler: Scheduler } | undefined;
  #dropped = 0;
  #isClosed = false;
  /** Why reads fail: at once after an abort, at the end after a close with an error. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(options: StreamBufferOptions<T> = {}) {
    this.id = options.name === undefined ? 'buffer' : `buffer:${options.name}`;
    this.#queue = new BoundedQueue({
      items: wholeNumber(options.items ?? 1024, 'option items'),
      bytes: Math.max(1, byteCount(options.bytes ?? '8MiB', 'option bytes')),
    });
    this.#size = itemSize(options.sizeOf, this.id);
    this.#overflow = options.overflow ?? 'wait';
    const waiters = wholeNumber(options.waiters ?? 10_000, 'option waiters');
    this.#readers = new Readers(waiters, this.id);
    this.#writers = new Writers(this.#queue, waiters, this.id);
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
    const bytes = this.#size.of(item);
    return this.#put(item, bytes) ? undefined : this.#writeFull(item, bytes, options?.signal);
  }

  /** Puts an item in if there is room: false means that it was not taken. Never waits. */
  tryWrite(item: T): boolean {
    if (this.#isClosed || item === undefined) this.#refuse();
    const bytes = this.#size.of(item);
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
    else if (this.#writers.first !== undefined) this.#writers.admit();
    return item;
  }

  /** Takes up to `limit` items, waiting for the first if need be; none once the buffer is closed and empty. */
  readBatch(limit: number, options?: WaitOptions): Promise<T[]> {
    return this.#ask(upTo(wholeNumber(limit, 'limit')), options?.signal) as Promise<T[]>;
  }

  /** Takes up to `limit` items that are there; never waits. */
  tryReadBatch(limit: number): T[] {
    if (this.#queue.isEmpty) this.#throwFailure();
    return this.#take(limit);
  }

  /**
   * Batches of `size` items, for a training loop. A batch is smaller when `within` has passed since its first item,
   * when the buffer is full with less, and at the end.
   */
  batches(size: number, options: BatchesOptions = {}): AsyncIterableIterator<T[], undefined, undefined> {
    const least = Math.min(wholeNumber(size, 'size'), this.#queue.bounds.items);
    return this.#iterate<T[]>(upTo(size, least, options.within), options.signal);
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
    if (this.isEnded || (this.#failure !== undefined && this.#queue.isEmpty)) return;
    this.#isClosed = true;
    this.#failure = { reason };
    this.#dropped += this.#queue.items;
    this.#queue.clear();
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
    if (this.#writers.first !== undefined || !this.#queue.push(item, bytes)) return this.#putTight(item, bytes);
    const waiting = this.#readers.first;
    // Somebody who waits for a full batch is not looked at for every item of it.
    if (waiting !== undefined && (this.#queue.items >= waiting.want.least || waiting.want.withinMs !== undefined)) this.#offer();
    return true;
  }

  /** Kept out of `put`, so that the way of almost every item stays small enough to be inlined. */
  #putTight(item: T, bytes: number): boolean {
    const waiting = this.#readers.first;
    if (waiting === undefined) return false;
    this.#hand(waiting);
    return this.#put(item, bytes);
  }

  #writeFull(item: T, bytes: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#overflow === 'wait') return this.#writers.wait(item, bytes, signal);
    if (this.#overflow === 'throw') throw full(this.id, this.items, this.bytes);
    if (this.#overflow === 'dropOldest') this.#displace(item, bytes);
    else this.#dropped += 1;
    return undefined;
  }

  #displace(item: T, bytes: number): boolean {
    this.#dropped += this.#queue.makeRoom(bytes);
    return this.#queue.push(item, bytes);
  }

  /** Answers waiting readers, as far as there is enough for them. */
  #offer(): void {
    for (let first = this.#readers.first; first !== undefined; first = this.#readers.first) {
      if (!this.#hasFor(first.want)) {
        this.#startTimer();
        return;
      }
      this.#hand(first);
    }
  }

  #hasFor(ask: Ask): boolean {
    return this.#queue.items >= ask.least || this.#isClosed || this.#writers.first !== undefined;
  }

  /** Gives a waiting reader what there is, or the end. */
  #hand(waiter: Asking<T>): void {
    this.#readers.leave(waiter);
    if (this.#queue.isEmpty && this.#failure !== undefined) waiter.reject(this.#failure.reason);
    else waiter.resolve(this.#grab(waiter.want));
  }

  #take(limit: number): T[] {
    const taken = this.#queue.shiftMany(limit);
    if (this.#writers.first !== undefined) this.#writers.admit();
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

  #wait(ask: Ask, signal: AbortSignal | undefined): Asking<T> {
    const waiter = this.#readers.join(new Waiter<T | T[] | undefined, Ask>(ask));
    waiter.listen(signal, () => {
      this.#readers.leave(waiter);
      // Whoever stood behind may be content with what is there.
      this.#offer();
    });
    this.#startTimer();
    return waiter;
  }

  #startTimer(): void {
    if (this.#queue.isEmpty) return;
    this.#readers.startTimer(
      () => (this.#world ?? realWorld()).scheduler,
      (first) => {
        // Somebody may have taken all by tryRead; then the next item starts the wait anew.
        if (this.#queue.isEmpty) return;
        this.#hand(first);
        this.#offer();
      },
    );
  }

  #iterate<V extends T | T[]>(ask: Ask, signal: AbortSignal | undefined): AsyncIterableIterator<V, undefined, undefined> {
    // No items is the end of a loop over batches, as undefined is that of a loop over items.
    const known = (got: T | T[] | undefined): V | undefined => (ask.isOne || (got as T[]).length > 0 ? (got as V | undefined) : undefined);
    return iterate<V, { readonly promise: Promise<V | undefined>; readonly waiter: Asking<T> }>({
      signal,
      isReady: () => this.#isAtHand(ask),
      take: () => known(this.#grab(ask)),
      wait: () => {
        const waiter = this.#wait(ask, signal);
        return { promise: waiter.promise.then(known), waiter };
      },
      leave: ({ waiter }) => {
        this.#readers.leave(waiter);
        waiter.resolve(ask.isOne ? undefined : []);
        this.#offer();
      },
    });
  }

  #refuse(): never {
    if (!this.#isClosed) throw undefinedItem(this.id);
    this.#throwFailure();
    throw closed(this.id);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}
