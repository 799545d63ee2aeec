import { Chunk, type Control, slice } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import type { Finish } from '../../core/station.ts';
import type { Clock } from '../../core/world.ts';
import type { Push } from '../edges.ts';
import { NO_ORIGIN } from '../junctions.ts';
import type { Receiver } from './channels.ts';

/** How far a thread may be ahead of the unit whose turn it is. */
const UNITS_AHEAD = 4;
/** How many records a unit has: few at first, then as many as take about so long. */
const FIRST_RECORDS = 64;
const MOST_RECORDS = 8192;
const SHORT_MS = 10;
const LONG_MS = 50;

/**
 * Work without keys goes to threads in units, at most one chunk each, to the thread that has least to do; behind the threads the units
 * are put in order again. A unit is followed by its number, which travels as a watermark does: behind all that was
 * made of the records before it, also where all of them were dropped. Watermarks proper wait here, by unit.
 */
export class Units {
  #next = 0;
  #head = 0;
  /** Of the units under way: the thread, what control stands behind them, and what came back. */
  readonly #owners = new Map<number, number>();
  readonly #controls = new Map<number, Control>();
  readonly #threads: readonly Receiver[];
  readonly #waits: (Promise<void> | undefined)[];
  readonly #returns: Returned[];
  readonly #to: Receiver;
  readonly #clock: Clock;
  #records = FIRST_RECORDS;
  #turn: Promise<void> | undefined;
  #finished = 0;
  #how: Finish = 'end';

  constructor(threads: readonly Receiver[], to: Receiver, clock: Clock) {
    this.#threads = threads;
    this.#clock = clock;
    this.#to = to;
    this.#waits = threads.map(() => undefined);
    this.#returns = threads.map(() => ({ units: [], doneAt: Number.NEGATIVE_INFINITY, queue: [], free: [] }));
  }

  /** Where the records come from; several partitions may bring them at a time. */
  readonly entry: Receiver = {
    id: 'workers',
    push: (chunk) => {
      const isWhole = chunk.length <= this.#records;
      return isWhole && this.#turn === undefined && !this.#isBusy ? this.#send(chunk) : this.#queued(() => this.#sendSlices(chunk));
    },
    finish: (how) => {
      if (this.#turn === undefined) this.#finish(how);
      else void this.#queued(() => this.#finish(how));
    },
  };

  get #isBusy(): boolean {
    return this.#waits.every((wait) => wait !== undefined);
  }

  #queued(go: () => Push): Promise<void> {
    const turn = (this.#turn ?? Promise.resolve()).then(async () => {
      while (this.#isBusy) await this.#whenFree();
      await go();
      if (this.#turn === turn) this.#turn = undefined;
    });
    this.#turn = turn;
    return turn;
  }

  #finish(how: Finish): void {
    for (const thread of this.#threads) thread.finish(how);
  }

  /** Where thread `i` brings what it made. */
  exit(i: number): Receiver {
    return { id: this.#to.id, push: (chunk) => this.#come(i, chunk), finish: (how) => this.#ended(how) };
  }

  async #sendSlices(chunk: Chunk): Promise<void> {
    const { length, control } = chunk;
    for (let at = 0; at < length; ) {
      const to = Math.min(length, at + this.#records);
      await this.#send(slice(chunk, at, to, to === length ? control : undefined));
      at = to;
    }
    if (length === 0) await this.#send(chunk);
  }

  #send(chunk: Chunk): Push {
    const { barrier, ...control } = chunk.control ?? {};
    if (chunk.length > 0 || Object.keys(control).length > 0) {
      const unit = this.#next++;
      const i = this.#leastBusy();
      this.#owners.set(unit, i);
      this.#returns[i]!.units.push({ unit, records: chunk.length, sentAt: this.#clock.monotonic() });
      if (Object.keys(control).length > 0) this.#controls.set(unit, control);
      const wait = this.#threads[i]!.push(new Chunk(chunk.held, chunk.origin, chunk, { watermark: unit }));
      if (wait !== undefined) this.#waitFor(i, wait);
    }
    if (barrier === undefined) return this.#whenFree();
    // To all of them, behind whatever each has.
    return Promise.all(
      this.#threads.map(async (thread, i) => {
        await this.#waits[i];
        await thread.push(new Chunk([], NO_ORIGIN, {}, { barrier }));
      }),
    ).then(() => {});
  }

  #leastBusy(): number {
    let best = -1;
    for (const [i, wait] of this.#waits.entries()) {
      if (wait === undefined && (best < 0 || this.#returns[i]!.units.length < this.#returns[best]!.units.length)) best = i;
    }
    assert(best >= 0, 'a unit comes only while a thread is free');
    return best;
  }

  /** Units should be as large as they can be while all threads have some: a few heavy records must not end up on one. */
  #adapt(records: number, ms: number): void {
    if (ms > LONG_MS && records >= this.#records) this.#records = Math.max(1, this.#records >> 1);
    else if (ms < SHORT_MS && records >= this.#records) this.#records = Math.min(MOST_RECORDS, this.#records * 2);
  }

  #waitFor(i: number, wait: Promise<void>): void {
    this.#waits[i] = wait.then(() => {
      this.#waits[i] = undefined;
    });
  }

  #whenFree(): Push {
    return this.#isBusy ? Promise.race(this.#waits as Promise<void>[]) : undefined;
  }

  #come(i: number, chunk: Chunk): Push {
    const mine = this.#returns[i]!;
    mine.queue.push(chunk);
    if (chunk.control?.watermark !== undefined) this.#done(mine, chunk.control.watermark);
    const wait = this.#drain();
    if (wait !== undefined) return wait;
    if (mine.queue.length <= UNITS_AHEAD) return;
    return new Promise((free) => mine.free.push(free));
  }

  /** A thread has brought all of a unit. */
  #done(mine: Returned, unit: number): void {
    const first = mine.units.shift();
    assert(first?.unit === unit, 'a thread brings its units in order');
    // One that waited behind another says nothing about how long it took.
    if (first.sentAt >= mine.doneAt) this.#adapt(first.records, this.#clock.monotonic() - first.sentAt);
    mine.doneAt = this.#clock.monotonic();
  }

  /** Gives on what has its turn; a barrier when all threads have brought theirs. */
  #drain(): Push {
    const waits: Promise<void>[] = [];
    const give = (chunk: Chunk): void => {
      const wait = this.#to.push(chunk);
      if (wait !== undefined) waits.push(wait);
    };
    for (;;) {
      const owner = this.#owners.get(this.#head);
      if (owner === undefined) break;
      const mine = this.#returns[owner]!;
      const chunk = mine.queue.shift();
      if (chunk === undefined) break;
      if (mine.queue.length <= UNITS_AHEAD) for (const free of mine.free.splice(0)) free();
      const isEnd = chunk.control?.watermark === this.#head;
      const control = isEnd ? this.#controls.get(this.#head) : undefined;
      if (chunk.length > 0 || control !== undefined) give(new Chunk(chunk.held, chunk.origin, chunk, control));
      if (!isEnd) continue;
      this.#owners.delete(this.#head);
      this.#controls.delete(this.#head);
      this.#head++;
    }
    if (this.#head === this.#next && this.#returns.every(({ queue }) => queue[0]?.control?.barrier !== undefined)) {
      const [first] = this.#returns.map(({ queue }) => queue.shift()!);
      give(new Chunk([], NO_ORIGIN, {}, { barrier: first!.control!.barrier! }));
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  #ended(how: Finish): void {
    if (how === 'stop') this.#how = 'stop';
    if (++this.#finished === this.#threads.length) this.#to.finish(this.#how);
  }
}

interface Returned {
  /** The units this thread has, in order. */
  readonly units: { readonly unit: number; readonly records: number; readonly sentAt: number }[];
  doneAt: number;
  readonly queue: Chunk[];
  readonly free: (() => void)[];
}
