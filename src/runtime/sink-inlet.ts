import { retry, waitBefore } from '../base/retry.ts';
import { HeldBytes } from '../base/size-of-columns.ts';
import { type Chunk, slice } from '../core/chunk.ts';
import { assert, isHeadraceError, mayPassLater } from '../core/error.ts';
import { isThenable } from '../core/failure.ts';
import { OwnRecord, readAtOf } from '../core/record-of.ts';
import type { CommittedAt, Sink, SinkContext, Token, Writer } from '../core/sink.ts';
import type { Finish } from '../core/station.ts';
import type { Timer } from '../core/world.ts';
import { finishCommitted } from './commit-again.ts';
import type { Commits } from './commits.ts';
import { type Inlet, type Outlet, type Push, Writers } from './edges.ts';
import type { FlowHost, Part, Refuser } from './flow-host.ts';
import { sinkError } from './sink-error.ts';

/** Chunks that may wait behind the one being written: the loop goes on while the disk works. */
const CHUNKS_AHEAD = 4;
const WRITE_ATTEMPTS = 6;
const BACKOFF = { first: 100, max: 10_000 };
/** A writer with a buffer is flushed when nothing came for so long. */
const FLUSH_AFTER_MS = 200;

/**
 * Brings chunks to a writer, one at a time, again where its error says that this may help. A barrier waits for the
 * chunks before it; then the writer prepares what it has, while the next chunks are written. Under checkpoints the
 * writer stays open at the end of the data, until the last checkpoint has committed everything.
 */
export class SinkInlet implements Inlet {
  readonly #sink: Sink<unknown>;
  readonly #by: Refuser;
  readonly #host: FlowHost;
  readonly #writers = new Writers();
  readonly #queue: Chunk[] = [];
  readonly #full: (() => void)[] = [];
  #writer: Writer<unknown> | undefined;
  readonly #held = new HeldBytes();
  #isBusy = false;
  #finishing: Finish | undefined;
  #isClosed = false;
  #flushTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #isDirty = false;
  /** All data has come, and the last checkpoint has not. */
  #isEnded = false;
  readonly #commits: Commits | undefined;

  /** Without `commits` there are no checkpoints: what is written is written. */
  constructor(sink: Sink<unknown>, by: Refuser, host: FlowHost, commits: Commits | undefined) {
    this.#sink = sink;
    this.#by = by;
    this.#host = host;
    this.#commits = commits;
  }

  open(): void | Promise<void> {
    const committed = this.#commits?.committedOf(this.#by.id) ?? [];
    try {
      const writer =
        this.#commits?.beginsAnew === true && committed.length > 0
          ? this.#finishedBefore(committed)
          : this.#sink.open(this.#contextWith(committed));
      if (!isThenable(writer)) return this.#opened(writer);
      return Promise.resolve(writer).then(
        (opened) => this.#opened(opened),
        (error: unknown) => {
          throw sinkError(this.#by, error, 1);
        },
      );
    } catch (error) {
      throw sinkError(this.#by, error, 1);
    }
  }

  async #finishedBefore(committed: readonly Token[]): Promise<Writer<unknown>> {
    await finishCommitted(this.#sink, this.#contextWith(committed));
    return await this.#sink.open(this.#contextWith([]));
  }

  #contextWith(committed: readonly Token[]): SinkContext {
    const { world, signal, pipeline, topics } = this.#host;
    const dropped = (records: number, reason: string): void => this.#by.counters.drop(records, reason);
    return { world, signal, pipeline, topics, sink: this.#by.id, index: 0, committed, checkpoints: this.#commits !== undefined, dropped };
  }

  get isIdle(): boolean {
    return !this.#isBusy;
  }

  get id(): string {
    return this.#by.id;
  }

  get part(): Part {
    return this.#by.part;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    const barrier = this.#commits === undefined ? undefined : chunk.control?.barrier;
    if (this.#isClosed || (chunk.length === 0 && barrier === undefined)) return;
    this.#by.counters.in += chunk.length;
    if (this.#isBusy) {
      this.#queue.push(chunk);
      this.#held.add(chunk);
      this.#hold(chunk.length);
      return this.#queue.length < CHUNKS_AHEAD ? undefined : new Promise((free) => this.#full.push(free));
    }
    this.#write(chunk, 1);
    return;
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all === undefined || this.#isClosed) return;
    this.#finishing = all;
    if (!this.#isBusy) this.#end();
  }

  /** A barrier that comes to this sink behind the end of its data. */
  prepareEnded(n: number): void {
    if (this.#isEnded) this.#prepare(n);
  }

  get hasEnded(): boolean {
    return this.#isEnded;
  }

  /** Its transaction decides whether the checkpoint holds. */
  get isArbiter(): boolean {
    return this.#sink.delivery === 'arbiter';
  }

  async commit(token: Token, at: CommittedAt): Promise<void> {
    await this.#retried(() => this.#writer?.commit?.([token], at));
  }

  /** After the last commit. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writer!.close();
  }

  /** The run did not end well: what waits is given up, the writer is closed with the reason. */
  async abort(reason: unknown): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flushTimer?.cancel();
    this.#retryTimer?.cancel();
    this.#queue.length = 0;
    this.#held.clear();
    this.#hold(-this.#by.counters.heldRecords);
    await this.#writer?.close(reason);
  }

  /** What waits behind the chunk being written. */
  #hold(records: number): void {
    const { counters } = this.#by;
    counters.heldRecords += records;
    const { bytes } = this.#held;
    this.#host.budget.add(bytes - counters.heldBytes);
    counters.heldBytes = bytes;
  }

  #opened(writer: Writer<unknown>): void | Promise<void> {
    this.#writer = writer;
    // The run was given up while it opened.
    if (this.#isClosed) return writer.close(this.#host.signal.reason);
  }

  #write(chunk: Chunk, attempt: number): void {
    if (chunk.length === 0) return this.#written(chunk);
    let wait: void | Promise<void>;
    try {
      wait = this.#writer!.write(chunk);
    } catch (error) {
      this.#isBusy = true;
      this.#failed(chunk, attempt, error);
      return;
    }
    if (wait === undefined) {
      this.#written(chunk);
      return;
    }
    this.#isBusy = true;
    wait.then(
      () => {
        this.#isBusy = false;
        this.#written(chunk);
        this.#next();
      },
      (error: unknown) => this.#failed(chunk, attempt, error),
    );
  }

  #written(chunk: Chunk): void {
    this.#by.counters.out += chunk.length;
    if (chunk.control?.barrier !== undefined && this.#commits !== undefined) this.#prepare(chunk.control.barrier);
    if (chunk.length === 0) return;
    const readAtMs = readAtOf(chunk, 0);
    if (readAtMs !== undefined && !this.#by.part.isAfterLetters) {
      this.#host.latencyUs.record((this.#host.world.clock.monotonic() - readAtMs) * 1000, chunk.length);
    }
    if (this.#writer!.flush !== undefined && !this.#isClosed) {
      this.#isDirty = true;
      this.#flushTimer ??= this.#host.world.scheduler.after(FLUSH_AFTER_MS, () => this.#flush());
    }
  }

  #next(): void {
    while (!this.#isBusy && !this.#isClosed) {
      const chunk = this.#queue.shift();
      if (this.#queue.length < CHUNKS_AHEAD) for (const free of this.#full.splice(0)) free();
      if (chunk === undefined) break;
      this.#held.remove(chunk);
      this.#hold(-chunk.length);
      this.#write(chunk, 1);
    }
    if (this.#finishing !== undefined && !this.#isBusy && !this.#isClosed && !this.#isEnded && this.#queue.length === 0) this.#end();
  }

  #failed(chunk: Chunk, attempt: number, error: unknown): void {
    if (this.#isClosed) return;
    if (isHeadraceError(error) && error.action === 'deadLetter' && error.member !== undefined) {
      this.#refuse(chunk, error.member, error);
      return;
    }
    this.#by.counters.errors++;
    if (!mayPassLater(error) || attempt === WRITE_ATTEMPTS) {
      this.#host.crash(sinkError(this.#by, error, attempt));
      return;
    }
    const { random, scheduler } = this.#host.world;
    const waitMs = waitBefore(attempt + 1, BACKOFF, random);
    this.#retryTimer = scheduler.after(waitMs, () => {
      if (this.#isClosed) return;
      this.#isBusy = false;
      this.#write(chunk, attempt + 1);
      this.#next();
    });
  }

  /** The writer took what stands before the member and could not take that one: it is refused, the rest is written. */
  #refuse(chunk: Chunk, member: number, error: unknown): void {
    this.#by.counters.out += member;
    const isCut = this.#host.refused(this.#by, error, chunk.values[member], new OwnRecord(chunk, member));
    const go = (): void => {
      this.#isBusy = false;
      if (!isCut && (member + 1 < chunk.length || chunk.control !== undefined))
        this.#write(slice(chunk, member + 1, chunk.length, chunk.control), 1);
      this.#next();
    };
    const wait = this.#host.postLetters(undefined);
    if (wait === undefined) go();
    else void wait.then(go);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    if (this.#isBusy || this.#isClosed || !this.#isDirty) return;
    this.#isDirty = false;
    this.#guard(() => this.#flushed());
  }

  #flushed(): Promise<void> {
    return this.#retried(() => this.#writer!.flush?.());
  }

  async #retried(call: () => void | Promise<void>): Promise<void> {
    const { world, signal } = this.#host;
    await retry(async () => call(), { world, signal, attempts: WRITE_ATTEMPTS, backoff: BACKOFF, isRetryable: mayPassLater });
  }

  #end(): void {
    this.#flushTimer?.cancel();
    this.#guard(async () => {
      await this.#flushed();
      if (this.#isClosed || this.#isEnded) return;
      if (this.#commits === undefined) await this.close();
      this.#isEnded = true;
      this.#host.closed(this.#by.part);
    });
  }

  /** Nothing is being written now. The writer turns to what comes behind the barrier before this returns. */
  #prepare(n: number): void {
    // A second token for one checkpoint would take the place of the first, and what that one holds would be lost.
    assert(this.part.passed < n, 'a sink prepares once for each checkpoint');
    this.#host.passed(this.part, n, []);
    const writer = this.#writer!;
    void (async () => {
      try {
        if (writer.prepare === undefined) await this.#flushed();
        const token = await writer.prepare?.(n);
        if (!this.#isClosed) this.#commits!.prepared(this, n, token);
      } catch (error) {
        this.#host.crash(sinkError(this.#by, error, 1));
      }
    })();
  }

  #guard(fn: () => void | Promise<void>): void {
    this.#isBusy = true;
    void (async () => {
      try {
        await fn();
      } catch (error) {
        this.#host.crash(sinkError(this.#by, error, 1));
        return;
      }
      this.#isBusy = false;
      this.#next();
    })();
  }
}
