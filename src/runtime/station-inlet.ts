import type { Agenda, AgendaSpec } from '../core/agenda.ts';
import { Chunk, type KeyTable } from '../core/chunk.ts';
import { assert, type HeadraceError } from '../core/error.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { CacheView, Finish, Station, StationHost, StationOperator, TimeView } from '../core/station.ts';
import type { Capture, CellsSpec, CellTable, PartitionTable } from '../core/state.ts';
import type { Clock, Random } from '../core/world.ts';
import { type Inlet, Outlet, type Push, Writers } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { captureOf, isUnencodable, pendingBytes, pendingFrom } from './pending.ts';
import { NO_ORIGIN } from './junctions.ts';
import type { KeptWatermark } from './kept-watermark.ts';
import { StationState } from './station-state.ts';
import { WakeTimer } from './wake-timer.ts';

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
  readonly generates: boolean;
  readonly keys: KeyTable | undefined;
  readonly #state: StationState;
  readonly #codec: StationOperator['codec'];
  /** A barrier that was captured and waits for the way down: nothing is emitted in front of it. */
  #barrier: Chunk | undefined;
  readonly #host: FlowHost;
  readonly #by: Refuser;
  readonly #lateBy: Refuser | undefined;
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
  readonly #timer: WakeTimer;
  #heldBytes = 0;
  #watermark: KeptWatermark | undefined;

  constructor(operator: StationOperator, by: Refuser, host: FlowHost, keys: KeyTable | undefined) {
    this.operator = by.id;
    this.keys = keys;
    this.#codec = operator.codec;
    this.#state = new StationState({ operator: by.id, keys, restored: host.restored(by.id), clock: host.world.clock, stored: host.stored });
    this.clock = host.world.clock;
    this.random = host.world.random.fork(by.id);
    this.signal = host.signal;
    this.chunkLimit = host.chunkLimit;
    this.generates = host.codegen !== 'never';
    this.#timer = new WakeTimer(host.world, () => this.#advance());
    this.#host = host;
    this.#by = by;
    this.outlet = new Outlet(by.id, false, () => this.#leave('end'));
    this.#remembers = operator.remembers !== undefined;
    this.#waitsForInput = this.#remembers || operator.kind === 'batch';
    if (operator.refusesLate === true) this.#lateBy = Object.create(by, { onError: { value: 'deadLetter' } }) as Refuser;
    this.#station = operator.open(this);
    if (operator.needsTime === true) this.#watermark = this.#state.watermark(host.unkeyedScope('', ''));
    const watermark = this.#watermark?.restored;
    if (watermark !== undefined) this.#waiting.push({ chunk: new Chunk([], NO_ORIGIN, {}, { watermark }), free: nothing });
    for (const chunk of pendingFrom(host.restored(by.id), this.#codec, keys)) this.#waiting.push({ chunk, free: nothing });
  }

  /** Everything is open: records without an answer from before may go on. */
  begin(): void {
    if (this.#waiting.length > 0) this.#advance();
  }

  get id(): string {
    return this.#by.id;
  }

  connect(from: Outlet): void {
    this.#writers.add(from);
  }

  push(chunk: Chunk): Push {
    if (this.#isClosed) return;
    this.#by.counters.in += chunk.length;
    const { control } = chunk;
    if (control?.barrier === undefined || this.#station.pending === undefined || this.#finishing !== undefined) return this.#take(chunk);
    const { barrier, ...rest } = control;
    const hasMore = Object.keys(rest).length > 0;
    const before = new Chunk(chunk.held, chunk.origin, chunk, hasMore ? rest : undefined);
    const wait = before.length > 0 || hasMore ? this.#take(before) : undefined;
    const mark = new Chunk<never>([], chunk.origin, {}, { barrier });
    const captured = this.#capture();
    if (captured === undefined) return this.#take(mark);
    this.#host.passed(this.#by.part, barrier, captured);
    this.#barrier = mark;
    if (this.#blocks === 0) this.#emitBarrier();
    return wait;
  }

  /** What it holds, copied; undefined where that cannot be encoded, so that it must be drained. */
  #capture(): readonly Capture[] | undefined {
    const atTheDoor = this.#waiting.flatMap(({ chunk }) => (chunk === undefined ? [] : [chunk]));
    try {
      const pieces = pendingBytes([...this.#station.pending!(), ...atTheDoor], this.#codec, this.#host);
      return [...this.#state.captures(), captureOf(this.#by.id, pieces)];
    } catch (error) {
      if (isUnencodable(error)) return undefined;
      throw error;
    }
  }

  #emitBarrier(): void {
    const mark = this.#barrier;
    if (mark === undefined) return;
    this.#barrier = undefined;
    this.#block(this.outlet.push(mark));
    this.wake();
  }

  #take(chunk: Chunk): Push {
    if (this.#station.isFull || this.#waiting.length > 0) return this.#wait(chunk);
    this.#call(() => this.#give(chunk));
    return this.#station.isFull && !this.#isClosed ? this.#wait(undefined) : undefined;
  }

  #give(chunk: Chunk): void {
    this.#watermark?.hear(chunk.control);
    this.#station.process(chunk);
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
    return this.#blocks === 0 && this.#barrier === undefined;
  }

  cells<S>(spec: CellsSpec<S>): CellTable<S> {
    return this.#state.cells(spec);
  }

  agenda(spec: AgendaSpec): Agenda | undefined {
    return this.#state.agenda(spec);
  }

  partitions<S>(spec: CellsSpec<S>): PartitionTable<S> {
    return this.#state.partitions(spec);
  }

  emit(chunk: Chunk): void {
    assert(this.#isCalling, 'a station emits inside a call');
    assert(this.canEmit, 'a station emits only while canEmit');
    this.#by.counters.out += chunk.length;
    // It was drained: everything before the barrier has been emitted.
    if (chunk.control?.barrier !== undefined) this.#host.passed(this.#by.part, chunk.control.barrier, this.#state.captures());
    this.#block(this.outlet.push(chunk));
  }

  wake(): void {
    if (this.#isWoken || this.#isClosed) return;
    this.#isWoken = true;
    this.#host.later(() => {
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

  refuse(error: unknown, chunk: Chunk, index: number, lost?: string): boolean {
    this.#by.counters.errors++;
    const isCut = this.#host.refused(this.#by, error, chunk.values[index], new OwnRecord(chunk, index), lost);
    this.#block(this.#host.postLetters(undefined));
    return isCut;
  }

  late(error: HeadraceError, chunk: Chunk, index: number): void {
    assert(this.#lateBy !== undefined, 'only who says so refuses late records: a plan has a place for them');
    this.#by.counters.late++;
    if (!this.#by.hasReader || this.#by.part.isAfterLetters) return this.dropped(1, 'late');
    this.#by.counters.errors++;
    this.#host.refused(this.#lateBy, error, chunk.values[index], new OwnRecord(chunk, index));
    this.#block(this.#host.postLetters(undefined));
  }

  dropped(records: number, reason: string): void {
    this.#by.counters.drop(records, reason);
  }

  holds(records: number, bytes: number): void {
    // What it emitted may have ended it while it was still at work; what it says then it holds is gone.
    if (!this.#isClosed) this.#count(records, bytes);
  }

  showsTime(view: TimeView): void {
    this.#by.counters.time = view;
  }
  showsCache(view: CacheView): void {
    this.#by.counters.caches.push(view);
  }
  reached(source: string, partition: string, ms: number): void {
    this.#host.reached?.(source, partition, ms);
  }

  #count(records: number, bytes: number): void {
    this.#by.counters.heldRecords = records;
    this.#by.counters.heldBytes = bytes;
    if (bytes !== this.#heldBytes) this.#host.budget.add(bytes - this.#heldBytes);
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
    this.#timer.cancel();
    this.#station.abort(reason);
    this.#count(0, 0);
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
        if (--this.#blocks > 0) return;
        this.wake();
        this.#emitBarrier();
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
    if (!this.#station.isDone) this.#timer.at(this.#station.wakeAt);
    // While what it emitted last is on its way the end waits behind it; the wake after that comes here again.
    else if (this.canEmit) this.#leave(this.#finishing ?? 'stop');
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
        this.#give(chunk);
      }
    }
    if (hadGuests && this.#waiting.length === 0 && this.#finishing !== undefined) this.#station.finish(this.#finishing);
  }

  #leave(how: Finish): void {
    if (this.#isClosed) return;
    if (how === 'stop' && this.#remembers) this.#host.leftOpen(this.#by.counters.heldRecords);
    // Copied before it is told to forget.
    const captures = this.#host.takesCheckpoints ? this.#state.capturesAt(how === 'stop' ? 'stop' : this.#finishing) : [];
    this.abort(undefined);
    if (how === 'end') this.#state.letGo();
    this.#writers.dismiss(this);
    for (const { free } of this.#waiting.splice(0)) free();
    this.outlet.finish(how);
    this.#host.closed(this.#by.part, () => captures);
  }
}

function nothing(): void {}
