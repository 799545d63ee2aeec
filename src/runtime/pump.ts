import { waitBefore } from '../base/retry.ts';
import type { RowMaker } from '../core/column-rows.ts';
import { isHeadraceError, mayPassLater } from '../core/error.ts';
import { isThenable } from '../core/failure.ts';
import { type Answer, countOf, type PartitionId, type Reader, type Resume, type Source } from '../core/source.ts';
import type { Finish } from '../core/station.ts';
import type { Timer } from '../core/world.ts';
import type { Outlet } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { sourceError } from './bodies.ts';
import { Intake } from './intake.ts';
import { MemoryWait } from './memory-wait.ts';

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
  /** Where a checkpoint left it. */
  readonly resume: Resume | undefined;
  /** Bodies are decoded further down. */
  readonly isRaw: boolean;
  /** Makes rows of columns; shared by all partitions of the source. */
  readonly rows: RowMaker;
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
  readonly #memory: MemoryWait;
  #isOpen = false;
  #isReading = false;
  #isPushing = false;
  #stopping = false;
  #isClosed = false;
  /** Behind everything that has been taken down the way. */
  #resume: Resume;
  readonly #from: Resume | undefined;
  readonly #intake: Intake;
  /** A barrier goes in: nothing is pushed before it has. */
  #isHeld = false;
  #standsStill: (() => void) | undefined;
  /** What would have happened while it was held. */
  #onHold: (() => void) | undefined;

  constructor(source: Source<unknown>, partition: PartitionId, by: Refuser, host: FlowHost, options: PumpOptions) {
    this.#source = source;
    this.#partition = partition;
    this.#by = by;
    this.#host = host;
    this.#ready = options.ready;
    this.#memory = new MemoryWait(host, () => this.#ready(this));
    this.#finished = options.finished;
    this.#closed = options.closed;
    this.#untilCaughtUp = options.untilCaughtUp;
    this.outlet = options.outlet;
    this.#limit = host.chunkLimit;
    const { isRaw, rows } = options;
    this.#intake = new Intake({ source, partition: String(partition), by, host, isRaw, rows });
    this.#from = options.resume;
    this.#resume = options.resume ?? null;
  }

  async open(): Promise<void> {
    try {
      this.#reader = await this.#source.open(this.#partition, this.#from, this.#host);
    } catch (error) {
      throw sourceError(this.#by, error);
    }
    this.#isOpen = true;
    if (this.#isClosed) await this.#reader.close();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get resume(): Resume {
    return this.#resume;
  }

  /** Settles when what it has pushed was taken; it pushes nothing more before `goOn`. */
  hold(): Promise<void> | undefined {
    this.#isHeld = true;
    if (!this.#isPushing) return undefined;
    return new Promise((standsStill) => {
      this.#standsStill = standsStill;
    });
  }

  goOn(): void {
    this.#isHeld = false;
    const go = this.#onHold;
    this.#onHold = undefined;
    go?.();
  }

  /** One chunk. The pump calls `ready` when it can take another turn: at once, or after what it waits for. */
  turn(): void {
    if (this.#isClosed) return;
    if (this.#isHeld) {
      this.#onHold = () => this.#ready(this);
      return;
    }
    if (this.#stopping) {
      this.#finish('stop');
      return;
    }
    if (this.#host.budget.isTight) {
      this.#memory.begin();
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
    if (this.#isPushing || !this.#isOpen || this.#onHold !== undefined) return;
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
    this.#memory.end();
    this.#reading.abort(reason);
    await this.#reader?.close();
  }

  #settled(): void {
    this.#isReading = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #accept(answer: Answer<unknown>): void {
    if (this.#isClosed) return;
    if (this.#isHeld) {
      this.#onHold = () => this.#accept(answer);
      return;
    }
    this.#resume = answer.resume;
    this.#attempt = 1;
    const { clock } = this.#host.world;
    const count = countOf(answer) + (answer.refused?.length ?? 0);
    const started = clock.monotonic();
    let wait: void | Promise<void>;
    try {
      wait = count === 0 ? undefined : this.#push(answer, started);
    } catch (error) {
      this.#host.crash(error);
      return;
    }
    this.#adapt(clock.monotonic() - started, count);
    if (this.#isClosed) return;
    if (this.#intake.isCut) {
      this.#after(wait, () => this.#finish('stop'));
    } else if (answer.end === true) {
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
        this.#standsStill?.();
        this.#standsStill = undefined;
        this.#by.counters.waitedForMs += this.#host.world.clock.monotonic() - since;
        if (this.#isClosed) return;
        if (this.#isHeld) this.#onHold = go;
        else go();
      },
      (error: unknown) => this.#host.crash(error),
    );
  }

  #push(answer: Answer<unknown>, readAtMs: number): void | Promise<void> {
    const chunk = this.#intake.chunk(answer, readAtMs);
    return this.#host.postLetters(chunk.length === 0 ? undefined : this.outlet.push(chunk));
  }

  /** Small chunks where records are dear, large ones where they are cheap. */
  #adapt(ms: number, count: number): void {
    if (ms > CHUNK_MS && count > 1) this.#limit = Math.max(1, Math.min(this.#limit, count) >> 1);
    else if (ms < CHUNK_MS / 4 && count >= this.#limit) this.#limit = Math.min(this.#host.chunkLimit, this.#limit * 2);
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    if (isHeadraceError(error) && error.action === 'deadLetter') {
      this.#refuse(error);
      return;
    }
    this.#by.counters.errors++;
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
    this.#intake.unread(error, this.#resume);
    this.#after(this.#host.postLetters(undefined), () => (this.#intake.isCut ? this.#finish('stop') : this.#ready(this)));
  }

  #finish(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#standsStill?.();
    this.#timer?.cancel();
    this.#memory.end();
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
