import type { Chunk } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import type { Clock, Random, Timer } from '../core/world.ts';
import { type Inlet, Outlet, type Push, Writers } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';

/**
 * Drives one station: turns its flags (`isFull`, `wakeAt`, `isDone`) into promises, timers and the end of the stream.
 * The rules it keeps: one call at a time; `advance` only from a microtask or a timer, never from inside another call;
 * writers that found the station full are served in the order they came.
 */
export class StationInlet implements Inlet, StationHost {
  readonly outlet: Outlet;
  readonly operator: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly chunkLimit: number;
  readonly #host: FlowHost;
  readonly #by: Refuser;
  readonly #station: Station;
  readonly #remembers: boolean;
  readonly #waitsForInput: boolean;
  readonly #writers = new Writers();
  readonly #waiting: { chunk: Chunk | undefined; readonly free: () => void }[] = [];
  #blocks = 0;
  #isCalling = false;
  #isWoken = false;
  #isSoonWoken = false;
  #finishing: Finish | undefined;
  #isClosed = false;
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #heldBytes = 0;

  constructor(operator: StationOperator, by: Refuser, host: FlowHost) {
    this.operator = by.id;
    this.clock = host.world.clock;
    this.random = host.world.random.fork(by.id);
    this.signal = host.signal;
    this.chunkLimit = host.chunkLimit;
    this.#host = host;
    this.#by = by;
    this.outlet = new Outlet(by.id, false, () => this.#leave('end'));
    this.#remembers = operator.remembers !== undefined;
    this.#waitsForInput = this.#remembers || operator.kind === 'batch';
    this.#station = operator.open(this);
  }

  get id(): string {
    return this.#by.id;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    if (this.#isClosed) return;
    this.#by.counters.in += chunk.values.length;
    if (this.#station.isFull || this.#waiting.length > 0) return this.#wait(chunk);
    this.#call(() => this.#station.process(chunk));
    return this.#station.isFull && !this.#isClosed ? this.#wait(undefined) : undefined;
  }

  finish(how: Finish): void {
    const all = this.#writers.finished(how);
    if (all === undefined || this.#isClosed) return;
    this.#finishing = all;
    // Chunks that wait at the door come first.
    if (this.#waiting.length === 0) this.#call(() => this.#station.finish(all));
  }

  // What the station asks of its host.

  get canEmit(): boolean {
    return this.#blocks === 0;
  }

  emit(chunk: Chunk): void {
    assert(this.#isCalling, 'a station emits inside a call');
    assert(this.#blocks === 0, 'a station emits only while canEmit');
    this.#by.counters.out += chunk.values.length;
    this.#block(this.outlet.push(chunk));
  }

  wake(): void {
    if (this.#isWoken || this.#isClosed) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#advance();
    });
  }

  wakeSoon(): void {
    if (this.#isWoken || this.#isSoonWoken || this.#isClosed) return;
    this.#isSoonWoken = true;
    this.#host.world.scheduler.soon(() => {
      this.#isSoonWoken = false;
      if (!this.#isWoken) this.#advance();
    });
  }

  refuse(error: unknown, chunk: Chunk, index: number): boolean {
    this.#by.counters.errors++;
    const isCut = this.#host.refused(this.#by, error, chunk.values[index], new OwnRecord(chunk, index));
    this.#block(this.#host.postLetters(undefined));
    return isCut;
  }

  dropped(records: number, reason: string): void {
    this.#by.counters.drop(records, reason);
  }

  holds(records: number, bytes: number): void {
    this.#by.counters.heldRecords = records;
    this.#by.counters.heldBytes = bytes;
    if (bytes === this.#heldBytes) return;
    this.#host.budget.add(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  // What the run asks of it.

  /** It holds nothing, or only what waits for more input. */
  get holdsForMore(): boolean {
    return this.#by.counters.heldRecords === 0 || (this.#waitsForInput && this.canEmit && this.#station.wakeAt === undefined);
  }

  abort(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    this.#station.abort(reason);
    this.holds(0, 0);
  }

  #wait(chunk: Chunk | undefined): Promise<void> {
    return new Promise((free) => {
      this.#waiting.push({ chunk, free });
    });
  }

  #advance(): void {
    if (!this.#isClosed) this.#call(() => this.#station.advance(this.clock.monotonic()));
  }

  #block(wait: Push): void {
    if (wait === undefined) return;
    this.#blocks++;
    wait.then(
      () => {
        if (--this.#blocks === 0) this.wake();
      },
      (error: unknown) => this.#host.crash(error),
    );
  }

  #call(fn: () => void): void {
    assert(!this.#isCalling, 'a station is called once at a time');
    this.#isCalling = true;
    try {
      fn();
      this.#letIn();
    } catch (error) {
      this.#host.crash(error);
      return;
    } finally {
      this.#isCalling = false;
    }
    if (!this.#station.isDone) this.#setTimer();
    // While what it emitted last is on its way the end waits behind it; the wake after that comes here again.
    else if (this.#blocks === 0) this.#leave(this.#finishing ?? 'stop');
  }

  /** Writers that waited, one after the other, for as long as there is room; behind the last of them the end. */
  #letIn(): void {
    const hadGuests = this.#waiting.length > 0;
    while (this.#waiting.length > 0 && !this.#station.isFull) {
      const { chunk, free } = this.#waiting[0]!;
      if (chunk === undefined) {
        this.#waiting.shift();
        free();
      } else {
        this.#waiting[0]!.chunk = undefined;
        this.#station.process(chunk);
      }
    }
    if (hadGuests && this.#waiting.length === 0 && this.#finishing !== undefined) this.#station.finish(this.#finishing);
  }

  #setTimer(): void {
    const at = this.#station.wakeAt;
    if (at === this.#timer?.at) return;
    this.#timer?.timer.cancel();
    this.#timer =
      at === undefined
        ? undefined
        : {
            at,
            timer: this.#host.world.scheduler.after(Math.max(0, at - this.clock.monotonic()), () => {
              this.#timer = undefined;
              this.#advance();
            }),
          };
  }

  #leave(how: Finish): void {
    if (this.#isClosed) return;
    if (how === 'stop' && this.#remembers) this.#host.leftOpen(this.#by.counters.heldRecords);
    this.abort(undefined);
    this.#writers.dismiss(this);
    for (const { free } of this.#waiting.splice(0)) free();
    this.outlet.finish(how);
    this.#host.closed(this.#by.isAfterLetters);
  }
}
