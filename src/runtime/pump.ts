import { waitBefore } from '../base/retry.ts';
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
import type { PumpOptions } from './pump-options.ts';
import { ReadSize } from './read-size.ts';

/** Waits between two reads that found nothing, growing: a source that can wait by itself never sees them. */
const FIRST_EMPTY_MS = 1;
const LONGEST_EMPTY_MS = 250;
/** With `until: 'caughtUp'`, a read that waits for so long has caught up. */
const CAUGHT_UP_MS = 250;
const READ_ATTEMPTS = 6;
const BACKOFF = { first: 200, max: 10_000 };

/** Reads one partition, chunk by chunk, whenever the driver gives it a turn. */
export class Pump {
  readonly outlet: Outlet;
  readonly #source: Source<unknown>;
  readonly #partition: PartitionId;
  readonly #by: Refuser;
  readonly #host: FlowHost;
  readonly #options: PumpOptions;
  readonly #reading = new AbortController();
  #reader: Reader<unknown> | undefined;
  readonly #size: ReadSize;
  #emptyMs = 0;
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
  readonly #intake: Intake;
  /** The last read was answered and had nothing. */
  #wasEmpty = false;
  /** Others have to catch up before it is read again. */
  #isAhead = false;
  #waitsForOthers = false;
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
    this.#options = options;
    this.#memory = new MemoryWait(host, () => this.#options.ready(this));
    this.outlet = options.outlet;
    this.#size = new ReadSize(host.chunkLimit);
    const { isRaw, rows } = options;
    this.#intake = new Intake({ source, partition: String(partition), by, host, isRaw, rows });
    this.#resume = options.resume ?? null;
  }

  async open(): Promise<void> {
    try {
      this.#reader = await this.#source.open(this.#partition, this.#options.resume, this.#host);
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
      this.#onHold = () => this.#options.ready(this);
      return;
    }
    if (this.#stopping) {
      this.#finish('stop');
      return;
    }
    if (this.#isAhead) {
      this.#options.watch?.awake();
      this.#waitsForOthers = true;
      return;
    }
    if (this.#host.budget.isTight) {
      this.#options.watch?.awake();
      this.#memory.begin();
      return;
    }
    let answer: Answer<unknown> | Promise<Answer<unknown>>;
    try {
      answer = this.#reader!.read(this.#size.limit, this.#reading.signal);
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (!isThenable(answer)) {
      this.#heard(answer);
      return;
    }
    this.#isReading = true;
    // It has said that there is nothing, and waits for something.
    if (this.#wasEmpty) this.#options.watch?.atEnd();
    if (this.#options.untilCaughtUp) this.#timer = this.#host.world.scheduler.after(CAUGHT_UP_MS, () => this.stop());
    Promise.resolve(answer).then(
      (read) => {
        this.#settled();
        this.#heard(read);
      },
      (error: unknown) => {
        this.#settled();
        if (this.#stopping) this.#finish('stop');
        else this.#failed(error);
      },
    );
  }

  /** A read is under way that has not been answered. */
  get isWaiting(): boolean {
    return this.#isReading;
  }

  /** While it is ahead of others it is not read. What a read under way brings goes its way. */
  setAhead(isAhead: boolean): void {
    this.#isAhead = isAhead;
    if (isAhead || !this.#waitsForOthers) return;
    this.#waitsForOthers = false;
    this.#options.ready(this);
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
    this.#waitsForOthers = false;
    this.#options.ready(this);
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
    this.#options.watch?.closed();
    this.#reading.abort(reason);
    await this.#reader?.close();
  }

  #settled(): void {
    this.#isReading = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #heard(answer: Answer<unknown>): void {
    if (this.#isClosed) return;
    this.#wasEmpty = countOf(answer) + (answer.refused?.length ?? 0) === 0;
    if (!this.#wasEmpty) this.#options.watch?.awake();
    else if (answer.end !== true) this.#options.watch?.atEnd();
    this.#accept(answer);
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
    this.#size.took(clock.monotonic() - started, count);
    if (this.#isClosed) return;
    if (this.#intake.isCut) {
      this.#after(wait, () => this.#finish('stop'));
    } else if (answer.end === true) {
      this.#after(wait, () => this.#finish('end'));
    } else if (count === 0 && this.#options.untilCaughtUp) {
      this.#finish('stop');
    } else if (count === 0 && this.#emptyMs === 0) {
      // Most sources wait by themselves once they have said that there is nothing.
      this.#emptyMs = FIRST_EMPTY_MS;
      this.#options.ready(this);
    } else if (count === 0) {
      this.#timer = this.#host.world.scheduler.after(this.#emptyMs, () => this.#options.ready(this));
      this.#emptyMs = Math.min(LONGEST_EMPTY_MS, this.#emptyMs * 2);
    } else {
      this.#emptyMs = 0;
      this.#after(wait, () => this.#options.ready(this));
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

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#options.watch?.awake();
    this.#wasEmpty = false;
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
    this.#timer = scheduler.after(waitMs, () => this.#options.ready(this));
  }

  /** The source found a record that it cannot bring; the next read goes on behind it. */
  #refuse(error: unknown): void {
    this.#intake.unread(error, this.#resume);
    this.#after(this.#host.postLetters(undefined), () => (this.#intake.isCut ? this.#finish('stop') : this.#options.ready(this)));
  }

  #finish(how: Finish): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#standsStill?.();
    this.#timer?.cancel();
    this.#memory.end();
    this.#options.watch?.closed();
    this.#options.finished(how);
    void (async () => {
      try {
        await this.#reader?.close();
      } catch (error) {
        this.#host.crash(sourceError(this.#by, error));
        return;
      }
      this.#options.closed();
    })();
  }
}
