import { SizeMeter } from '../base/size.ts';
import { Chunk, type Control } from '../core/chunk.ts';
import { OwnRecord, partitionOf, sourceOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost, TimeView } from '../core/station.ts';
import { sliceLineage } from './chunk-mixer.ts';
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
 * is late is the same however the records were put into chunks.
 */
export class Timed<T> implements Station<T>, TimeView {
  readonly #host: StationHost<T>;
  readonly #options: TimedOptions<T>;
  readonly #watermarks: PartitionWatermarks;
  readonly #meter = new SizeMeter();
  #chunk: Chunk<T> | undefined;
  #times = new Float64Array(0);
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
    this.#times = new Float64Array(chunk.values.length);
    if (chunk.values.length > 0) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#work();
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
    const end = chunk.values.length;
    const to = this.#timed(chunk, from, Math.min(end, from + this.#host.chunkLimit));
    this.#next = to;
    if (to === end) this.#chunk = undefined;
    const control = to === end ? this.#behind(chunk.control) : this.#isNextTimed ? { watermark: this.#watermarks.kept } : undefined;
    const times = this.#times.subarray(from, to);
    const { rows, paths, keys, keyIds } = chunk;
    if (from === 0 && to === end && to > 0)
      this.#emit(new Chunk(chunk.values, chunk.origin, { rows, paths, times, keys, keyIds }, control));
    else if (to > from)
      this.#emit(new Chunk(chunk.values.slice(from, to), chunk.origin, { ...sliceLineage(chunk, from, to), times }, control));
    else if (control !== undefined) this.#emit(new Chunk<T>([], chunk.origin, {}, control));
  }

  #emit(chunk: Chunk<T>): void {
    const { control, values } = chunk;
    this.#said = control?.watermark ?? this.#said;
    if (values.length > 0 || control?.watermark !== undefined || control?.idle === true) this.#hasSaidIdle = control?.idle === true;
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
    const { values } = chunk;
    const times = this.#times;
    const { of, disorderMs, future } = this.#options;
    let greatest = this.#watermarks.open(partition);
    const nowMs = future?.of === 'clock' ? this.#host.clock.now() : 0;
    let latest = latestTime(future, nowMs, greatest - disorderMs);
    let at = from;
    try {
      for (; at < to; at++) {
        const given = of(values[at]!, new OwnRecord(chunk, at));
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
    const records = this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next;
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
  }
}

/** In the place of the error of a record that is dropped. */
const DROPPED: unique symbol = Symbol('dropped');

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
