import { Chunk, type Control } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost } from '../core/station.ts';
import { NOWHERE } from './nowhere.ts';
import { OneTable } from './one-table.ts';
import type { AnyHandler } from './process-handler.ts';
import { ProcessCall } from './process-call.ts';
import { type Cause, Children, chunkOf, InTime, type KeysOf } from './sent-records.ts';
import type { PendingTimer } from './timers.ts';
import { RECORD_BYTES } from './kept-record.ts';
import { ClockWake } from './clock-wake.ts';
import { KeptFull, type MostKept } from './kept-errors.ts';
import { WaitingRecords } from './waiting-records.ts';

export interface ProcessingOptions {
  readonly timersPerKey: number;
  /** Records wait for the watermark, so many at most; undefined where they are handled as they come. */
  readonly waits?: MostKept | undefined;
}

/**
 * One chunk is at work, and only while the way down is free: its records in order, then the timers that its watermark
 * makes due, then the watermark itself. Timers by the clock fire between chunks. Both kinds lie in cells of the host.
 */
export class Processing implements Station {
  readonly #host: StationHost;
  readonly #handler: AnyHandler;
  readonly #call: ProcessCall;
  readonly #table: OneTable;
  readonly #children = new Children();
  readonly #inTime = new InTime();
  /** Where records go by their times, and not as they come. */
  readonly #waiting: WaitingRecords | undefined;
  /** Made, and not emitted yet. */
  #ready: Chunk[] = [];
  #chunk: Chunk | undefined;
  #next = 0;
  /** What those behind have been told. */
  #said: number = Number.NEGATIVE_INFINITY;
  #finished: Finish | undefined;
  #hasEnded = false;
  #isCut = false;
  #isAborted = false;
  readonly #wake: ClockWake;
  #held = 0;

  constructor(host: StationHost, handler: AnyHandler, { timersPerKey, waits }: ProcessingOptions) {
    this.#host = host;
    this.#waiting = waits === undefined ? undefined : new WaitingRecords(host, waits);
    this.#handler = handler;
    this.#table = new OneTable(host.keys);
    this.#wake = new ClockWake(host.clock);
    this.#call = new ProcessCall(host, handler, timersPerKey);
    // What came due while nothing ran.
    host.wake();
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#ready.length > 0 || this.#finished !== undefined || this.#isCut || this.#isAborted;
  }
  get wakeAt(): number | undefined {
    return this.#isCut || this.#isAborted || this.#finished !== undefined ? undefined : this.#wake.at;
  }
  get isDone(): boolean {
    if (this.#isAborted) return true;
    if (this.#ready.length > 0) return false;
    return this.#isCut || (this.#chunk === undefined && (this.#finished === 'stop' || this.#hasEnded));
  }

  process(chunk: Chunk): void {
    this.#chunk = chunk;
    this.#next = 0;
    this.#work();
  }

  advance(_nowMs: number): void {
    if (!this.#isAborted) this.#work();
  }

  finish(how: Finish): void {
    this.#finished = how;
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#ready = [];
    this.#children.clear();
    this.#inTime.clear();
    this.#host.holds(0, 0);
  }

  #work(): void {
    const { byTime, byClock } = this.#call;
    byTime.load();
    byClock.load();
    this.#waiting?.load();
    let budget = AT_ONCE;
    while (this.#emitted() && !this.#isCut) {
      if (this.#chunk !== undefined && this.#next < this.#chunk.length) this.#records(this.#chunk);
      else if (this.#chunk !== undefined) {
        const { control } = this.#chunk;
        // A timer that was set late waits for a watermark too.
        const target = control?.watermark ?? Number.NEGATIVE_INFINITY;
        if (this.#isDue(target)) budget = this.#doByTime(Math.max(target, this.#call.watermark), budget);
        else this.#passOn(control);
      } else if (this.#finished === undefined && byClock.first(this.#host.clock.now()) !== undefined) budget = this.#fireByClock(budget);
      else if (this.#finished === 'end' && this.#isDue(Number.POSITIVE_INFINITY)) budget = this.#doByTime(Number.POSITIVE_INFINITY, budget);
      else break;
      if (budget > 0) continue;
      this.#host.wakeSoon();
      break;
    }
    if (this.#finished === 'end' && this.#isIdle && !this.#isDue(Number.POSITIVE_INFINITY)) this.#end();
    this.#report();
  }

  get #isIdle(): boolean {
    return this.#chunk === undefined && this.#ready.length === 0 && !this.#isCut;
  }

  /** Is all that was made on its way, and the way free for more? */
  #emitted(): boolean {
    while (this.#ready.length > 0 && this.#host.canEmit) this.#host.emit(this.#ready.shift()!);
    return this.#host.canEmit;
  }

  /** Is there a timer or a record whose time has come then? */
  #isDue(watermark: number): boolean {
    return this.#call.byTime.first(watermark) !== undefined || this.#waiting?.first(watermark) !== undefined;
  }

  /** As many as make one chunk. */
  #records(chunk: Chunk): void {
    const { chunkLimit } = this.#host;
    const { length } = chunk;
    const call = this.#call;
    call.timers.time.reachedMs = call.watermark;
    call.timers.time.depth = 0;
    call.clock.time.depth = 0;
    while (this.#next < length && this.#children.count < chunkLimit) {
      const at = this.#next++;
      const keyId = this.#table.idAt(chunk, at);
      try {
        if (this.#waiting === undefined) this.#children.add(this.#handle(chunk, at, keyId), at);
        else this.#waiting.add(keyId, chunk, at, call.watermark);
      } catch (error) {
        if (error instanceof KeptFull) throw error;
        if (this.#host.refuse(error, chunk, at)) this.#cut();
        // The letter is on its way.
        if (this.#isCut || !this.#host.canEmit) break;
      }
    }
    this.#ready.push(...this.#children.take(chunk, chunkLimit));
  }

  /** One record as it comes. */
  #handle(chunk: Chunk, at: number, keyId: number): readonly unknown[] {
    const call = this.#call;
    call.key = this.#keyAt(keyId);
    call.time = timeOf(chunk, at);
    call.at(() => chunk, at);
    return call.call(keyId, (context) => this.#handler.onRecord(chunk.values[at], context));
  }

  /** Timers and waiting records by their times; of one time the timers first, which are there for what is older. */
  #doByTime(target: number, budget: number): number {
    const call = this.#call;
    const { byTime } = call;
    call.watermark = target;
    call.isEnd = target === Number.POSITIVE_INFINITY;
    call.timers.time.isEnd = call.isEnd;
    let left = budget;
    let goesOn = true;
    while (goesOn && left > 0) {
      const timer = byTime.first(target);
      const waiting = this.#waiting?.first(target);
      if (timer !== undefined && !(waiting !== undefined && waiting.at < timer.at)) goesOn = this.#fireTimer(timer);
      else if (waiting !== undefined) goesOn = this.#goOnWith(waiting.keyId);
      else break;
      left--;
    }
    this.#takeInTime();
    return left;
  }

  #fireTimer(timer: PendingTimer): boolean {
    const { byTime, timers } = this.#call;
    byTime.take(timer);
    timers.time.reachedMs = timer.at;
    timers.time.depth = timer.depth + 1;
    // Not before what was promised to be over, or an operator behind would take it for late; nor before the record that set it.
    const setAt = timer.isLate && timer.setAt > timer.at ? timer.setAt : timer.at;
    const timeMs = Math.max(setAt, this.#said);
    const cause: Cause = { timer, kind: 'timer', keyId: timer.keyId, timeMs };
    return this.#do(cause, (context) => this.#handler.onTimer?.({ name: timer.name, at: timer.at }, context));
  }

  #goOnWith(keyId: number): boolean {
    const { timers, clock } = this.#call;
    const record = this.#waiting!.take(keyId);
    timers.time.reachedMs = record.timeMs;
    timers.time.depth = 0;
    clock.time.depth = 0;
    return this.#do({ record, keyId, timeMs: record.timeMs }, (context) => this.#handler.onRecord(record.value, context));
  }

  /** Those that are due now; what they set themselves comes in the next turn of the event loop at the earliest. */
  #fireByClock(budget: number): number {
    const { byClock, clock } = this.#call;
    const now = this.#host.clock.now();
    const { next } = byClock;
    let left = budget;
    for (let timer = byClock.first(now); timer !== undefined && left > 0; timer = byClock.first(now)) {
      if (timer.order >= next) {
        left = 0;
        break;
      }
      left--;
      byClock.take(timer);
      clock.time.reachedMs = now;
      const cause: Cause = { timer, kind: 'clock', keyId: timer.keyId, timeMs: this.#timeByClock(timer) };
      if (!this.#do(cause, (context) => this.#handler.onClock?.({ name: timer.name, at: timer.at }, context))) break;
    }
    this.#takeInTime();
    return left;
  }

  /** The time of the record that set it, unless event time is further by now. */
  #timeByClock({ setAt }: PendingTimer): number {
    const said = this.#said;
    if (said === Number.NEGATIVE_INFINITY) return setAt;
    return setAt > said ? setAt : said;
  }

  /** True: more may be done at once. */
  #do(cause: Cause, handle: Parameters<ProcessCall['call']>[1]): boolean {
    const call = this.#call;
    const { keyId } = cause;
    call.key = this.#keyAt(keyId);
    call.time = cause.timeMs;
    call.at(() => chunkOf(cause, this.#keysOf), 0);
    try {
      this.#inTime.add(call.call(keyId, handle), cause);
    } catch (error) {
      const lost = 'record' in cause ? undefined : 'a timer cannot be sent in again';
      if (this.#host.refuse(error, chunkOf(cause, this.#keysOf), 0, lost)) this.#cut();
      return !this.#isCut && this.#host.canEmit;
    }
    return this.#inTime.count < this.#host.chunkLimit;
  }

  get #keysOf(): KeysOf {
    return { operator: this.#host.operator, keys: this.#table.table };
  }

  #takeInTime(): void {
    this.#ready.push(...this.#inTime.take(this.#keysOf, this.#host.chunkLimit));
  }

  /** Everything that the chunk sets off has happened. */
  #passOn(control: Control | undefined): void {
    this.#chunk = undefined;
    if (control === undefined) return;
    const { watermark } = control;
    if (watermark !== undefined) {
      this.#call.watermark = Math.max(this.#call.watermark, watermark);
      this.#call.isEnd = this.#call.watermark === Number.POSITIVE_INFINITY;
      this.#said = this.#call.watermark;
    }
    this.#ready.push(new Chunk([], NOWHERE, {}, control));
  }

  #cut(): void {
    this.#isCut = true;
    this.#chunk = undefined;
  }

  /** The data is over: what goes by the clock never happens. */
  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { byClock } = this.#call;
    const dropped = byClock.count;
    for (let timer = byClock.first(Number.POSITIVE_INFINITY); timer !== undefined; timer = byClock.first(Number.POSITIVE_INFINITY))
      byClock.take(timer);
    if (dropped > 0) this.#host.dropped(dropped, 'clockTimers');
  }

  #keyAt(keyId: number): unknown {
    return keyId < 0 ? undefined : this.#table.table!.keyAt(keyId);
  }

  #report(): void {
    const { byTime, byClock } = this.#call;
    this.#wake.set(byClock.firstAt);
    const isOver = this.isDone && this.#finished !== 'stop';
    const timers = isOver ? 0 : byTime.countInMemory + byClock.countInMemory;
    const waiting = isOver ? 0 : (this.#waiting?.count ?? 0);
    const inChunk = this.#isCut || this.#chunk === undefined ? 0 : this.#chunk.length - this.#next;
    const bytes = timers * TIMER_BYTES + (isOver ? 0 : (this.#waiting?.bytesInMemory ?? 0)) + inChunk * RECORD_BYTES;
    if (bytes === this.#held) return;
    this.#held = bytes;
    this.#host.holds(waiting + inChunk, bytes);
  }
}

/** So many timers take about a millisecond or two; then others have their turn. */
const AT_ONCE = 4096;
/** What a timer takes in memory, about, with its place in the queue. */
const TIMER_BYTES = 200;
