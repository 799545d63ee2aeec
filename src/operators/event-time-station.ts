import { SizeMeter } from '../base/size.ts';
import { Chunk, type Control, slice } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import { PassingRecord, partitionOf, sourceOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost, TimeView } from '../core/station.ts';
import type { TimeOf } from './event-time.ts';
import { aheadOf, EARLIEST, type Future, invalidTime, isTime, latestTime, timeOfAnswer } from './event-time-limits.ts';
import { NOWHERE } from './nowhere.ts';
import { PartitionWatermarks } from './partition-watermarks.ts';

export interface TimedOptions<T> {
  readonly of: TimeOf<T>;
  readonly disorderMs: number;
  readonly idleAfterMs?: number | undefined;
  readonly alignWithinMs?: number | undefined;
  readonly future?: Future | undefined;
}

/** Of the span that sources may be apart, how far one gets before it is told how far it is. */
const TOLD_PER_SPAN = 16;

/**
 * One chunk is at work, and only while the way down is free. It leaves whole, with the watermark behind it, unless a
 * late record is in it: then what stands in front leaves first, with the watermark that makes the record late. So what
 * is late is the same however the records were put into chunks. Columns leave as columns.
 */
export class Timed<T> implements Station<T>, TimeView {
  readonly #host: StationHost<T>;
  readonly #options: TimedOptions<T>;
  readonly #watermarks: PartitionWatermarks;
  readonly #meter = new SizeMeter();
  #chunk: Chunk<T> | undefined;
  /** The values of the chunk, or rows of its columns that nobody keeps, one at a time. */
  #values: readonly T[] | undefined;
  #valueAt: (at: number) => T = nowhere;
  readonly #record = new PassingRecord(new Chunk([], NOWHERE), 0);
  #times: Float64Array = new Float64Array(0);
  /** What times are cut from: twice as long each time, since a run may be short. */
  #block: Float64Array = new Float64Array(64);
  #blockAt = 0;
  #next = 0;
  /** The record at `next` has its time, and waits for the watermark in front of it. */
  #isNextTimed = false;
  /** The record at `next` has none, or one that makes it leave the stream. */
  #error: { readonly error: unknown } | undefined;
  /** The watermark that was emitted last. */
  #said: number = Number.NEGATIVE_INFINITY;
  /** All was silent when something was emitted last. */
  #hasSaidIdle = false;
  late = 0;
  /** How far partitions were when that was told last. */
  readonly #reached = new Map<string, number>();
  #held = 0;
  #bytesEach = 0;
  #hasBegun = false;
  #finished: Finish | undefined;
  #hasEnded = false;
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost<T>, options: TimedOptions<T>) {
    this.#host = host;
    this.#options = options;
    this.#watermarks = new PartitionWatermarks(options, host.partitions<number>({ name: 'watermarks' }));
    host.showsTime?.(this);
    // After a restore those behind must hear at once how far time had come.
    host.wake();
  }

  get watermark(): number {
    return this.#said;
  }
  get partitions(): number {
    return this.#watermarks.partitions;
  }
  get idle(): number {
    return this.#watermarks.idle;
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#finished !== undefined || this.#isCut || this.#isAborted;
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    if (this.#isAborted || this.#isCut) return true;
    return this.#chunk === undefined && (this.#finished === 'stop' || this.#hasEnded);
  }

  process(chunk: Chunk<T>): void {
    this.#chunk = chunk;
    this.#next = 0;
    this.#times = this.#freshTimes(chunk.length);
    this.#record.chunk = chunk;
    const { held } = chunk;
    if (Array.isArray(held) || held.areMade) this.#values = chunk.values;
    else {
      this.#values = undefined;
      this.#valueAt = held.reader() as (at: number) => T;
    }
    if (chunk.length > 0) this.#bytesEach = this.#meter.of(this.#values === undefined ? this.#valueAt(0) : this.#values[0]);
    this.#work();
  }

  /** A piece of a larger array, which is one allocation in dozens of chunks (4 % of a record behind a source). */
  #freshTimes(count: number): Float64Array {
    const from = this.#blockAt + count > this.#block.length ? this.#freshBlock(count) : this.#blockAt;
    this.#blockAt = from + count;
    return this.#block.subarray(from, this.#blockAt);
  }

  #freshBlock(count: number): 0 {
    this.#block = new Float64Array(Math.max(count, Math.min(MOST_TIMES, this.#block.length * 2)));
    return 0;
  }

  advance(_nowMs: number): void {
    if (!this.#isAborted && !this.#isCut) this.#work();
  }

  finish(how: Finish): void {
    this.#finished = how;
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#host.holds(0, 0);
  }

  #work(): void {
    if (!this.#hasBegun && this.#host.canEmit) this.#begin();
    while (this.#host.canEmit && this.#chunk !== undefined) {
      if (this.#error === undefined) this.#pass(this.#chunk);
      else this.#refuse(this.#chunk, this.#error.error);
    }
    if (this.#finished === 'end' && this.#chunk === undefined && !this.#hasEnded && !this.#isCut && this.#host.canEmit) {
      this.#hasEnded = true;
      this.#emit(new Chunk<T>([], NOWHERE, {}, { watermark: Number.POSITIVE_INFINITY }));
    }
    this.#report();
  }

  /** After a restore it says first what was promised before. */
  #begin(): void {
    this.#hasBegun = true;
    const { kept } = this.#watermarks;
    if (this.#options.alignWithinMs !== undefined)
      for (const [source, partition, ms] of this.#watermarks.reached()) this.#host.reached?.(source, partition, ms);
    if (kept > this.#said) this.#emit(new Chunk<T>([], NOWHERE, {}, { watermark: kept }));
  }

  /** Up to the end of the chunk, a late record, or one without a time. */
  #pass(chunk: Chunk<T>): void {
    const from = this.#next;
    const end = chunk.length;
    const to = this.#timed(chunk, from, Math.min(end, from + this.#host.chunkLimit));
    this.#next = to;
    if (to === end) this.#chunk = undefined;
    const control = to === end ? this.#behind(chunk.control) : this.#isNextTimed ? { watermark: this.#watermarks.kept } : undefined;
    const times = this.#times.subarray(from, to);
    if (to > from) {
      const { held, origin, rows, paths, keys, keyIds } = from === 0 && to === end ? chunk : slice(chunk, from, to);
      this.#emit(new Chunk(held, origin, { rows, paths, times, keys, keyIds }, control));
    } else if (control !== undefined) this.#emit(new Chunk<T>([], chunk.origin, {}, control));
  }

  #emit(chunk: Chunk<T>): void {
    const { control, length } = chunk;
    this.#said = control?.watermark ?? this.#said;
    if (length > 0 || control?.watermark !== undefined || control?.idle === true) this.#hasSaidIdle = control?.idle === true;
    this.#host.emit(chunk);
  }

  /** The record at `next` leaves the stream. */
  #refuse(chunk: Chunk<T>, error: unknown): void {
    this.#error = undefined;
    if (error === DROPPED) {
      this.#next++;
      this.#host.dropped(1, 'ahead');
    } else if (this.#host.refuse(error, chunk, this.#next++)) {
      this.#isCut = true;
      this.#chunk = undefined;
    }
  }

  /** What follows a chunk: its control, with our watermark in the place of any that came, and without what only we understand. */
  #behind(control: Control = {}): Control | undefined {
    const { watermark: _before, idle: _idle, partitions = [], ...others } = control;
    for (const change of partitions) {
      if (change.state === 'ended') this.#reached.delete(this.#watermarks.nameOf(change.source, change.partition));
      this.#watermarks.change(change);
    }
    const watermark = this.#watermarks.advance();
    const { isIdle } = this.#watermarks;
    // That all is not silent any more is said by a watermark, be it the same as before.
    const says = watermark > this.#said || (this.#hasSaidIdle && !isIdle);
    if (says) return { ...others, watermark, ...(isIdle ? { idle: true } : {}) };
    if (isIdle && !this.#hasSaidIdle) return { ...others, idle: true };
    return others.barrier === undefined ? undefined : others;
  }

  /** Answers where it stopped. */
  #timed(chunk: Chunk<T>, from: number, most: number): number {
    // A late record that waited for its watermark: it has its time, and moves nothing.
    let at = this.#isNextTimed ? from + 1 : from;
    this.#isNextTimed = false;
    while (at < most && !this.#isNextTimed && this.#error === undefined) {
      const to = runEnd(chunk, at, most);
      const source = sourceOf(chunk, at);
      const partition = partitionOf(chunk, at);
      const name = this.#watermarks.nameOf(source, partition);
      at = this.#timedRun(chunk, name, at, to);
      if (this.#options.alignWithinMs !== undefined) this.#tellReached(name, source, partition, this.#options.alignWithinMs);
    }
    return at;
  }

  /** The same for neighbours of one partition. */
  #timedRun(chunk: Chunk<T>, partition: string, from: number, to: number): number {
    const values = this.#values;
    const valueAt = this.#valueAt;
    const record = this.#record;
    const times = this.#times;
    const { of, disorderMs, future } = this.#options;
    let greatest = this.#watermarks.open(partition);
    const nowMs = future?.of === 'clock' ? this.#host.clock.now() : 0;
    let latest = latestTime(future, nowMs, greatest - disorderMs);
    let at = from;
    try {
      for (; at < to; at++) {
        record.index = at;
        const given = of(values === undefined ? valueAt(at) : values[at]!, record);
        const time = typeof given === 'number' ? given : timeOfAnswer(given, this.#host.operator);
        if (!(time >= EARLIEST && time <= latest)) {
          this.#error = this.#outside(given, time);
          if (this.#error !== undefined) break;
          times[at] = time;
          continue;
        }
        times[at] = time;
        if (time > greatest) {
          greatest = time;
          if (future?.of === 'watermark') latest = latestTime(future, nowMs, greatest - disorderMs);
        } else if (time < greatest - disorderMs && this.#isLate(partition, greatest, time)) {
          this.#isNextTimed = true;
          break;
        }
      }
    } catch (error) {
      this.#error = { error };
    }
    this.#watermarks.raise(partition, greatest);
    return at;
  }

  /** What becomes of it; undefined where it may pass with a time that moves nothing. */
  #outside(given: unknown, time: number): { readonly error: unknown } | undefined {
    const { future } = this.#options;
    if (future === undefined || !isTime(time)) return { error: invalidTime(given, this.#host.operator) };
    if (future.fate === 'pass') return undefined;
    return { error: future.fate === 'drop' ? DROPPED : aheadOf(future, time, this.#host.operator) };
  }

  /** Counts it where it is older than what was promised. True: that has moved since it was said last, and is said first. */
  #isLate(partition: string, greatest: number, time: number): boolean {
    this.#watermarks.raise(partition, greatest);
    const watermark = this.#watermarks.advance();
    if (time < watermark) this.late++;
    return watermark > this.#said;
  }

  #tellReached(name: string, source: string, partition: string, spanMs: number): void {
    const now = this.#watermarks.open(name);
    if (now - (this.#reached.get(name) ?? Number.NEGATIVE_INFINITY) < spanMs / TOLD_PER_SPAN) return;
    this.#reached.set(name, now);
    this.#host.reached?.(source, partition, now);
  }

  #report(): void {
    const records = this.#chunk === undefined ? 0 : this.#chunk.length - this.#next;
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
  }
}

/** In one block: 256 KiB, which a chunk that is held for long keeps alive. */
const MOST_TIMES = 32_768;

/** In the place of the error of a record that is dropped. */
const DROPPED: unique symbol = Symbol('dropped');

function nowhere(): never {
  assert(false, 'values are asked for while a chunk is at work');
}

/** Where another partition begins. */
function runEnd(chunk: Chunk, from: number, most: number): number {
  const { sourceAt, partitionAt } = chunk.origin;
  if (sourceAt === undefined && partitionAt === undefined) return most;
  const source = sourceOf(chunk, from);
  const partition = partitionOf(chunk, from);
  let at = from + 1;
  while (at < most && partitionOf(chunk, at) === partition && sourceOf(chunk, at) === source) at++;
  return at;
}
