import { Chunk, type Control } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import type { Finish } from '../../core/station.ts';
import type { Push } from '../edges.ts';
import { NO_ORIGIN } from '../junctions.ts';
import type { Receiver } from './channels.ts';

/** How far a thread may be ahead of the unit whose turn it is. */
const UNITS_AHEAD = 4;

/**
 * Work without keys goes to threads in units, one chunk each, whichever thread is free; behind the threads the units
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
  #turn: Promise<void> | undefined;
  #finished = 0;
  #how: Finish = 'end';

  constructor(threads: readonly Receiver[], to: Receiver) {
    this.#threads = threads;
    this.#to = to;
    this.#waits = threads.map(() => undefined);
    this.#returns = threads.map(() => ({ units: [], queue: [], free: [] }));
  }

  /** Where the records come from; several partitions may bring them at a time. */
  readonly entry: Receiver = {
    id: 'workers',
    push: (chunk) => (this.#turn === undefined && !this.#isBusy ? this.#send(chunk) : this.#queued(() => this.#send(chunk))),
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

  #send(chunk: Chunk): Push {
    const { barrier, ...control } = chunk.control ?? {};
    if (chunk.values.length > 0 || Object.keys(control).length > 0) {
      const unit = this.#next++;
      const free = this.#waits.findIndex((wait, i) => wait === undefined && this.#returns[i]!.units.length < UNITS_AHEAD);
      const i = free >= 0 ? free : this.#waits.indexOf(undefined);
      assert(i >= 0, 'a unit comes only while a thread is free');
      this.#owners.set(unit, i);
      this.#returns[i]!.units.push(unit);
      if (Object.keys(control).length > 0) this.#controls.set(unit, control);
      const wait = this.#threads[i]!.push(new Chunk(chunk.values, chunk.origin, chunk, { watermark: unit }));
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
    const wait = this.#drain();
    if (wait !== undefined) return wait;
    if (mine.queue.length <= UNITS_AHEAD) return;
    return new Promise((free) => mine.free.push(free));
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
      if (chunk.values.length > 0 || control !== undefined) give(new Chunk(chunk.values, chunk.origin, chunk, control));
      if (!isEnd) continue;
      this.#owners.delete(this.#head);
      this.#controls.delete(this.#head);
      mine.units.shift();
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
  readonly units: number[];
  readonly queue: Chunk[];
  readonly free: (() => void)[];
}
