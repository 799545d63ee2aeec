import { SizeMeter } from '../base/size.ts';
import { Chunk, type Control, type Origin, type RecordInfo } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import { Failure, isThenable, type OnError, refusedPromise } from '../core/failure.ts';
import { MixedOrigin } from '../core/mixed-origin.ts';
import { OwnRecord, partitionOf, sourceOf } from '../core/record-of.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import { sliceLineage } from './chunk-mixer.ts';
import { PartitionWatermarks } from './partition-watermarks.ts';

export interface EventTimeOptions {
  /** How far behind the newest record of its partition a record may be; 0 unless told. */
  readonly disorder?: Duration;
  /** What becomes of a record without a time; the pipeline's choice by default. */
  readonly onError?: OnError | undefined;
  readonly name?: string | undefined;
}

/** When something happened: milliseconds since 1970, or a date. */
export type TimeOf<T> = (value: T, record: RecordInfo) => number | Date | Failure;

/**
 * Says when each record happened, and so how far time has come. The watermark of a partition is its newest time less
 * `disorder`, that of the stream the least of its partitions; it never goes back, and a partition that appears later
 * joins where the stream is. A record older than the watermark of its own partition is late. Put it before anything
 * that mixes partitions: what is late then depends on nothing but the order within each of them.
 *
 * A time that is no finite number, and no valid date, refuses its record with `HR_TIME_INVALID`.
 *
 * @example
 * ```ts
 * const hours = collect<number>();
 * const events = values([{ at: 7_200_000 }, { at: 3_600_000 }]);
 * await run(pipeline('hours').from(events).eventTime((event) => event.at, { disorder: '1h' }).map((_, record) => record.eventTime / 3_600_000).to(hours));
 * console.log(hours.values); // [ 2, 1 ]
 * ```
 */
export function eventTime<T>(of: TimeOf<T>, options: EventTimeOptions = {}): StationOperator<T, T> {
  const disorderMs = milliseconds(options.disorder ?? 0, 'eventTime disorder');
  const { name, onError } = options;
  return { kind: 'eventTime', name, onError, options: { of, disorder: disorderMs }, open: (host) => new Timed<T>(host, of, disorderMs) };
}

/**
 * One chunk is at work, and only while the way down is free. It leaves whole, with the watermark behind it, unless a
 * late record is in it: then what stands in front leaves first, with the watermark that makes the record late. So what
 * is late is the same however the records were put into chunks.
 */
class Timed<T> implements Station<T> {
  readonly #host: StationHost<T>;
  readonly #of: TimeOf<T>;
  readonly #disorderMs: number;
  readonly #watermarks: PartitionWatermarks;
  readonly #meter = new SizeMeter();
  #chunk: Chunk<T> | undefined;
  #times = new Float64Array(0);
  #next = 0;
  /** The record at `next` has its time, and waits for the watermark in front of it. */
  #isNextTimed = false;
  /** The record at `next` has none. */
  #error: { readonly error: unknown } | undefined;
  /** The watermark that was emitted last. */
  #said: number = Number.NEGATIVE_INFINITY;
  #held = 0;
  #bytesEach = 0;
  #hasBegun = false;
  #finished: Finish | undefined;
  #hasEnded = false;
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost<T>, of: TimeOf<T>, disorderMs: number) {
    this.#host = host;
    this.#of = of;
    this.#disorderMs = disorderMs;
    this.#watermarks = new PartitionWatermarks(disorderMs, host.partitions<number>({ name: 'watermarks' }));
    // After a restore those behind must hear at once how far time had come.
    host.wake();
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
    this.#said = chunk.control?.watermark ?? this.#said;
    this.#host.emit(chunk);
  }

  #refuse(chunk: Chunk<T>, error: unknown): void {
    this.#error = undefined;
    if (!this.#host.refuse(error, chunk, this.#next++)) return;
    this.#isCut = true;
    this.#chunk = undefined;
  }

  /** What follows a chunk: its control, with our watermark in the place of any that came, and without what only we understand. */
  #behind(control: Control = {}): Control | undefined {
    const { watermark: _before, partitions = [], ...others } = control;
    for (const change of partitions) this.#watermarks.change(change);
    const watermark = this.#watermarks.advance();
    if (watermark > this.#said) return { ...others, watermark };
    return others.barrier === undefined ? undefined : others;
  }

  /** Answers where it stopped. */
  #timed(chunk: Chunk<T>, from: number, most: number): number {
    // A late record that waited for its watermark: it has its time, and moves nothing.
    let at = this.#isNextTimed ? from + 1 : from;
    this.#isNextTimed = false;
    while (at < most && !this.#isNextTimed && this.#error === undefined) {
      const to = runEnd(chunk, at, most);
      at = this.#timedRun(chunk, this.#watermarks.nameOf(sourceOf(chunk, at), partitionOf(chunk, at)), at, to);
    }
    return at;
  }

  /** The same for neighbours of one partition. */
  #timedRun(chunk: Chunk<T>, partition: string, from: number, to: number): number {
    const { values } = chunk;
    const times = this.#times;
    const of = this.#of;
    const disorderMs = this.#disorderMs;
    let greatest = this.#watermarks.open(partition);
    let at = from;
    try {
      for (; at < to; at++) {
        const given = of(values[at]!, new OwnRecord(chunk, at));
        const time = typeof given === 'number' ? given : timeOfAnswer(given, this.#host.operator);
        if (!Number.isFinite(time)) throw invalid(given, this.#host.operator);
        times[at] = time;
        if (time > greatest) greatest = time;
        else if (time < greatest - disorderMs && this.#advancesBy(partition, greatest)) {
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

  /** Has the stream's watermark moved since it was said last? */
  #advancesBy(partition: string, greatest: number): boolean {
    this.#watermarks.raise(partition, greatest);
    return this.#watermarks.advance() > this.#said;
  }

  #report(): void {
    const records = this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next;
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
  }
}

/** For chunks without values. */
const NOWHERE: Origin = new MixedOrigin([], new Int32Array(0), new Int32Array(0));

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

function timeOfAnswer(given: unknown, where: string): number {
  if (given instanceof Date) return given.getTime();
  if (given instanceof Failure) throw given;
  if (isThenable(given)) throw refusedPromise(given, 'eventTime', where);
  throw invalid(given, where);
}

function invalid(given: unknown, where: string): HeadraceError {
  const shown =
    typeof given === 'number' || given === null || given === undefined
      ? String(given)
      : given instanceof Date
        ? 'an invalid date'
        : `a ${typeof given}`;
  return new HeadraceError({
    code: 'HR_TIME_INVALID',
    action: 'deadLetter',
    what: `The time of a record is ${shown}`,
    where,
    todo: 'Answer milliseconds since 1970 or a valid Date; fail(reason), or filter, for records that have no time.',
  });
}
