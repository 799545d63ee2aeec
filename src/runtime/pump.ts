import { waitBefore } from '../base/retry.ts';
import { Chunk } from '../core/chunk.ts';
import { HeadraceError, isHeadraceError, mayPassLater } from '../core/error.ts';
import { isThenable } from '../core/failure.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Answer, PartitionId, Reader, Source } from '../core/source.ts';
import type { Finish } from '../core/station.ts';
import type { Timer } from '../core/world.ts';
import type { Outlet } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { ReadOrigin } from './read-origin.ts';

/** A chunk should cost no more than this, or timers and signals would wait for it. */
const CHUNK_MS = 2;
/** Waits between two reads that found nothing, growing: a source that can wait by itself never sees them. */
const FIRST_EMPTY_MS = 1;
const LONGEST_EMPTY_MS = 250;
/** With `until: 'caughtUp'`, a read that waits for so long has caught up. */
const CAUGHT_UP_MS = 250;
const READ_ATTEMPTS = 6;
const BACKOFF = { first: 200, max: 10_000 };

export interface PumpOptions {
  readonly untilCaughtUp: boolean;
  /** Shared by all partitions of the source. */
  readonly outlet: Outlet;
  readonly ready: (pump: Pump) => void;
  /** This partition has no more. */
  readonly finished: (how: Finish) => void;
  /** Its reader is closed. */
  readonly closed: () => void;
}

/** Reads one partition, chunk by chunk, whenever the driver gives it a turn. */
export class Pump {
  readonly outlet: Outlet;
  readonly #source: Source<unknown>;
  readonly #partition: PartitionId;
  readonly #by: Refuser;
  readonly #host: FlowHost;
  readonly #ready: (pump: Pump) => void;
  readonly #finished: (how: Finish) => void;
  readonly #closed: () => void;
  readonly #reading = new AbortController();
  readonly #untilCaughtUp: boolean;
  #reader: Reader<unknown> | undefined;
  #limit: number;
  #emptyMs = FIRST_EMPTY_MS;
  #attempt = 1;
  #timer: Timer | undefined;
  #isOpen = false;
  #isReading = false;
  #isPushing = false;
  #stopping = false;
  #isClosed = false;

  constructor(source: Source<unknown>, partition: PartitionId, by: Refuser, host: FlowHost, options: PumpOptions) {
    this.#source = source;
    this.#partition = partition;
    this.#by = by;
    this.#host = host;
    this.#ready = options.ready;
    this.#finished = options.finished;
    this.#closed = options.closed;
    this.#untilCaughtUp = options.untilCaughtUp;
    this.outlet = options.outlet;
    this.#limit = host.chunkLimit;
  }

  async open(): Promise<void> {
    try {
      this.#reader = await this.#source.open(this.#partition, undefined, { world: this.#host.world, signal: this.#host.signal });
    } catch (error) {
      throw sourceError(this.#by, error);
    }
    this.#isOpen = true;
    if (this.#isClosed) await this.#reader.close();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** One chunk. The pump calls `ready` when it can take another turn: at once, or after what it waits for. */
  turn(): void {
    if (this.#isClosed) return;
    if (this.#stopping) {
      this.#finish('stop');
      return;
    }
    if (this.#host.budget.isTight) {
      this.#waitForMemory();
      return;
    }
    let answer: Answer<unknown> | Promise<Answer<unknown>>;
    try {
      answer = this.#reader!.read(this.#limit, this.#reading.signal);
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (!isThenable(answer)) {
      this.#accept(answer);
      return;
    }
    this.#isReading = true;
    if (this.#untilCaughtUp) this.#timer = this.#host.world.scheduler.after(CAUGHT_UP_MS, () => this.stop());
    Promise.resolve(answer).then(
      (read) => {
        this.#settled();
        this.#accept(read);
      },
      (error: unknown) => {
        this.#settled();
        if (this.#stopping) this.#finish('stop');
        else this.#failed(error);
      },
    );
  }

  /** No new reads; what an open read still brings goes its way. */
  stop(): void {
    if (this.#stopping || this.#isClosed) return;
    this.#stopping = true;
    if (this.#isReading) {
      this.#reading.abort(new DOMException('the run stops', 'AbortError'));
      return;
    }
    // A chunk that waits downstream comes first, and so does opening; the turn after it ends this pump.
    if (this.#isPushing || !this.#isOpen) return;
    this.#timer?.cancel();
    this.#ready(this);
  }

  /** Nobody reads what it brings: it ends, and a read under way is given up. */
  dismiss(): void {
    if (this.#isReading) this.#reading.abort(new DOMException('nobody reads this source any more', 'AbortError'));
    this.#finish('end');
  }

  async abort(reason: unknown): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#reading.abort(reason);
    await this.#reader?.close();
  }

  #waitForMemory(): void {
    const { budget, isStuck, pipeline } = this.#host;
    if (!isStuck || !budget.isOverShare) {
      // Memory comes free in the middle of somebody's call: the turn waits until that is over, or it would overtake.
      budget.whenFree(() => queueMicrotask(() => this.#ready(this)));
      return;
    }
    this.#host.crash(
      new HeadraceError({
        code: 'HR_MEMORY_FULL',
        what: 'windows and batches hold more than the memory allows, and none of it gets away without more input',
        where: `pipeline '${pipeline}'`,
        todo: 'Give embedded({ memory }) more, use smaller windows or batches, or aggregate instead of keeping the values.',
      }),
    );
  }

  #settled(): void {
    this.#isReading = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #accept(answer: Answer<unknown>): void {
    if (this.#isClosed) return;
    this.#attempt = 1;
    const { clock } = this.#host.world;
    const count = (answer.values ?? answer.bodies).length;
    const started = clock.monotonic();
    let wait: void | Promise<void>;
    try {
      wait = count === 0 ? undefined : this.#push(answer, count, started);
    } catch (error) {
      this.#host.crash(error);
      return;
    }
    this.#adapt(clock.monotonic() - started, count);
    if (this.#isClosed) return;
    if (answer.end === true) {
      this.#after(wait, () => this.#finish('end'));
    } else if (count === 0 && this.#untilCaughtUp) {
      this.#finish('stop');
    } else if (count === 0) {
      this.#timer = this.#host.world.scheduler.after(this.#emptyMs, () => this.#ready(this));
      this.#emptyMs = Math.min(LONGEST_EMPTY_MS, this.#emptyMs * 2);
    } else {
      this.#emptyMs = FIRST_EMPTY_MS;
      this.#after(wait, () => this.#ready(this));
    }
  }

  #after(wait: void | Promise<void>, go: () => void): void {
    if (wait === undefined) {
      go();
      return;
    }
    const since = this.#host.world.clock.monotonic();
    this.#isPushing = true;
    wait.then(
      () => {
        this.#isPushing = false;
        this.#by.counters.waitedForMs += this.#host.world.clock.monotonic() - since;
        if (!this.#isClosed) go();
      },
      (error: unknown) => this.#host.crash(error),
    );
  }

  #push(answer: Answer<unknown>, count: number, readAtMs: number): void | Promise<void> {
    const { counters } = this.#by;
    const origin = new ReadOrigin(this.#by.id, String(this.#partition), answer, readAtMs);
    counters.in += count;
    if (answer.values !== undefined) {
      counters.out += count;
      return this.outlet.push(new Chunk(answer.values, origin));
    }
    const chunk = this.#decode(answer.bodies, origin);
    counters.out += chunk.values.length;
    const wait = chunk.values.length === 0 ? undefined : this.outlet.push(chunk);
    return this.#host.postLetters(wait);
  }

  /** Bodies to values, one by one, so that a bad one costs nobody else. */
  #decode(bodies: Uint8Array[], origin: ReadOrigin): Chunk {
    const { codec } = this.#source;
    const values: unknown[] = [];
    let rows: Int32Array | undefined;
    for (let i = 0; i < bodies.length; i++) {
      try {
        values.push(codec === undefined ? bodies[i] : codec.decode(bodies[i]!));
        if (rows !== undefined) rows[values.length - 1] = i;
      } catch (error) {
        rows ??= Int32Array.from({ length: bodies.length }, (_, row) => row);
        this.#by.counters.errors++;
        if (this.#host.refused(this.#by, error, bodies[i], new OwnRecord(new Chunk(bodies, origin), i))) break;
      }
    }
    return new Chunk(values, origin, { rows });
  }

  /** Small chunks where records are dear, large ones where they are cheap. */
  #adapt(ms: number, count: number): void {
    if (ms > CHUNK_MS && count > 1) this.#limit = Math.max(1, Math.min(this.#limit, count) >> 1);
    else if (ms < CHUNK_MS / 4 && count >= this.#limit) this.#limit = Math.min(this.#host.chunkLimit, this.#limit * 2);
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#by.counters.errors++;
    if (isHeadraceError(error) && error.action === 'deadLetter') {
      this.#refuse(error);
      return;
    }
    if (!mayPassLater(error) || this.#attempt === READ_ATTEMPTS) {
      this.#host.crash(sourceError(this.#by, error));
      return;
    }
    const { random, scheduler } = this.#host.world;
    const waitMs = waitBefore(++this.#attempt, BACKOFF, random);
    this.#timer = scheduler.after(waitMs, () => this.#ready(this));
  }

  /** The source found a record that it cannot bring; the next read goes on behind it. */
  #refuse(error: unknown): void {
    const origin = new ReadOrigin(this.#by.id, String(this.#partition), { positions: ['unread'] });
    if (!this.#host.refused(this.#by, error, undefined, new OwnRecord(new Chunk([], origin), 0)))
      this.#after(this.#host.postLetters(undefined), () => this.#ready(this));
  }

  #finish(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#finished(how);
    void (async () => {
      try {
        await this.#reader?.close();
      } catch (error) {
        this.#host.crash(sourceError(this.#by, error));
        return;
      }
      this.#closed();
    })();
  }
}

function sourceError(by: Refuser, error: unknown): HeadraceError {
  if (isHeadraceError(error)) return error;
  return new HeadraceError({
    code: 'HR_SOURCE_FAILED',
    what: `the source failed: ${error instanceof Error ? error.message : String(error)}`,
    where: `${by.id}${by.line === undefined ? '' : ` at ${by.line}`}`,
    todo: 'What it had given before has gone its way. Mend what the cause says and run again.',
    cause: error,
  });
}
