import type { RecordInfo } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import type { Failure, Kept, Sync } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Sink } from '../core/sink.ts';
import type { BatchOptions } from '../operators/batch.ts';
import type { BufferOptions } from '../operators/buffer.ts';
import type { CountWindowOptions } from '../operators/count-window.ts';
import type { DistinctOptions } from '../operators/distinct.ts';
import type { StepOptions } from '../operators/map.ts';
import type { EnrichBy, EnrichOptions } from '../operators/enrich.ts';
import type { EventTimeOptions, TimeOf } from '../operators/event-time.ts';
import type { MapAsyncOptions } from '../operators/map-async.ts';
import type { MapBatchOptions } from '../operators/map-batch.ts';
import type { ProcessingTimeOptions } from '../operators/processing-time.ts';
import type { RateLimitOptions } from '../operators/rate-limit.ts';
import type { ScanOptions } from '../operators/scan.ts';
import type { Statistics, StatisticsOptions } from '../operators/statistics.ts';
import type { TimeWindowOptions } from '../operators/time-window.ts';
import type { CountWindows } from '../windows/count.ts';
import type { TimeWindows } from '../windows/time.ts';
import type { CodecOption } from './codec-option.ts';
import type { EndOptions } from './draft.ts';
import type { KeyedStream } from './keyed-stream.ts';
import type { Pipeline } from './pipeline.ts';
import type { WindowedStream } from './windowed-stream.ts';

/** What a function is allowed to answer where the loop is synchronous: a value, or `fail(reason)`, but no promise. */
export type Answers<U> = U & Sync<U>;
/** The values of several streams. */
export type ValueOf<S> = S extends Stream<infer T> ? T : never;

/**
 * One edge of a pipeline, to build on. Every method adds a step and answers the stream behind it; a stream may be
 * built on more than once, and each reader gets every record.
 */
export interface Stream<T> {
  /**
   * Puts what `fn` answers in the place of each value. `record` is a view of the record (id, key, event time,
   * position), valid during the call.
   *
   * @example
   * ```ts
   * await run(pipeline('squares').from(values([1, 2, 3])).map((n, record) => `${record.position}: ${n * n}`).to(print()));
   * // 0: 1
   * // 1: 4
   * // 2: 9
   * ```
   */
  map<U>(fn: (value: T, record: RecordInfo) => Answers<U>, options?: StepOptions): Stream<Kept<U>>;
  /**
   * Lets through the values for which `keep` answers true; a type guard narrows the stream.
   *
   * @example
   * ```ts
   * await run(pipeline('even').from(values([1, 2, 3, 4])).filter((n) => n % 2 === 0).to(print()));
   * // 2
   * // 4
   * ```
   */
  filter<U extends T>(keep: (value: T, record: RecordInfo) => value is U, options?: StepOptions): Stream<U>;
  filter(keep: (value: T, record: RecordInfo) => boolean, options?: StepOptions): Stream<T>;
  /**
   * Puts any number of children in the place of each value. A child has the id of its parent and its ordinal; when one
   * fails further down, its siblings go on.
   *
   * @example
   * ```ts
   * await run(pipeline('words').from(values(['to be', 'or not'])).flatMap((line) => line.split(' ')).to(print()));
   * // to
   * // be
   * // or
   * // not
   * ```
   */
  flatMap<U>(fn: (value: T, record: RecordInfo) => Iterable<U>, options?: StepOptions): Stream<Kept<U>>;
  /** Shows each value to `look` and passes it on unchanged. */
  tap<R>(look: (value: T, record: RecordInfo) => Answers<R>, options?: StepOptions): Stream<T>;
  /**
   * Goes through a part written elsewhere: a function from stream to stream.
   *
   * @example
   * ```ts
   * const doubled = (numbers: Stream<number>) => numbers.map((n) => n * 2);
   * await run(pipeline('twice').from(values([1, 2])).through(doubled).through(doubled).to(print()));
   * // 4
   * // 8
   * ```
   */
  through<S>(part: (stream: this) => S): S;
  /**
   * Calls an asynchronous function, `concurrency` at a time. `order` is `input` (the default), `key` (kept within a
   * key) or `completion`. `timeout` bounds one attempt, `deadline` all of them, `retry` counts further attempts; `record.id` is
   * the same in every attempt and after every replay, so it can serve as idempotency key.
   *
   * @example
   * ```ts
   * const shout = async (word: string) => word.toUpperCase();
   * await run(pipeline('shout').from(values(['a', 'b', 'c'])).mapAsync(shout, { concurrency: 2, timeout: '1s' }).to(print()));
   * // A
   * // B
   * // C
   * ```
   */
  mapAsync<U>(
    fn: (value: T, record: RecordInfo, signal: AbortSignal) => Promise<U> | U,
    options: MapAsyncOptions & CodecOption<T>,
  ): Stream<Kept<U>>;
  /**
   * Calls out with many values at once; answers are by position, and key, event time and failures stay with each
   * record. With `isolate` a failing call is split until only the bad members fail.
   *
   * @example
   * ```ts
   * const lengths = async (words: readonly string[]) => words.map((word) => word.length);
   * await run(pipeline('lengths').from(values(['a', 'bb', 'ccc'])).mapBatch(lengths, { max: 2, within: '20ms', concurrency: 1 }).to(print()));
   * // 1
   * // 2
   * // 3
   * ```
   */
  mapBatch<U>(fn: (values: readonly T[], signal: AbortSignal) => Promise<readonly (U | Failure)[]>, options: MapBatchOptions): Stream<U>;
  /**
   * Looks up what belongs to each value somewhere else. `find` gets the keys of many records at once, each key once at a time,
   * and answers by position, nothing (undefined or null) for a key it does not know; `fn` makes the answer of value and
   * find. With `cache` an answer serves later records too, for as long as it says; what failed is not kept.
   *
   * @example
   * ```ts
   * const cities = new Map([['ann', 'Oslo'], ['bob', 'Rome']]);
   * const find = async (users: readonly string[]) => users.map((user) => cities.get(user));
   * const orders = values([{ user: 'ann', total: 3 }, { user: 'eve', total: 4 }, { user: 'ann', total: 5 }]);
   * const sent = pipeline('sent').from(orders).enrich(
   *   { by: (order) => order.user, find },
   *   (order, city) => `${order.total} to ${city ?? 'nobody knows where'}`,
   *   { cache: { for: '10m', missingFor: '30s' } },
   * );
   * await run(sent.to(print()));
   * // 3 to Oslo
   * // 4 to nobody knows where
   * // 5 to Oslo
   * ```
   */
  enrich<const L extends Key, U, V>(
    what: EnrichBy<T, L, U>,
    fn: (value: T, found: U | undefined) => Answers<V>,
    options?: EnrichOptions,
  ): Stream<Kept<V>>;
  /**
   * Groups values for speed. A batch leaves when it is full, `within` a time, at a size in `bytes`, at the end or at a
   * stop; it keeps nothing and means nothing (for that there is `window`).
   *
   * @example
   * ```ts
   * await run(pipeline('pairs').from(values([1, 2, 3, 4, 5])).batch(2).to(print((pair) => pair.join(' '))));
   * // 1 2
   * // 3 4
   * // 5
   * ```
   */
  batch(size: number, options?: BatchOptions<T>): Stream<readonly T[]>;
  /** Lets no more than so many records pass in any span of `per`. */
  rateLimit(limit: RateLimitOptions): Stream<T>;
  /** A bounded queue between a fast writer and a slow reader; `overflow` says what happens when it is full. */
  buffer(limit: BufferOptions<T>): Stream<T>;
  /**
   * Says when each record happened, and with it how far time has come: `disorder` is how far behind the newest record
   * of its partition another one may be. Put it right behind the source, before anything that mixes partitions. With
   * `idleAfter` a partition that is silent holds back nobody, and while all are, time walks with the clock.
   *
   * @example
   * ```ts
   * const clicks = values([{ at: 7_200_000 }, { at: 3_600_000 }]);
   * const hours = pipeline('hours').from(clicks).eventTime((click) => click.at, { disorder: '1h' });
   * await run(hours.map((_click, record) => record.eventTime / 3_600_000).to(print()));
   * // 2
   * // 1
   * ```
   */
  eventTime(of: TimeOf<T>, options?: EventTimeOptions): Stream<T>;
  /**
   * Says that the clock is meant: a record has the time at which it passes here, and time goes on whether anything comes
   * or not. No record is late, and two runs over the same records differ.
   *
   * @example
   * ```ts
   * const since = Date.now();
   * const clocked = pipeline('clocked').from(values(['a'])).processingTime();
   * await run(clocked.map((word, record) => `${word} came now: ${record.eventTime >= since}`).to(print()));
   * // a came now: true
   * ```
   */
  processingTime(options?: ProcessingTimeOptions): Stream<T>;
  /**
   * Gives each record a key; whatever remembers further down does so per key.
   *
   * @example
   * ```ts
   * const clicks = values([{ user: 'ann', ms: 3 }, { user: 'bob', ms: 5 }, { user: 'ann', ms: 4 }]);
   * await run(
   *   pipeline('totals')
   *     .from(clicks)
   *     .keyBy((click) => click.user)
   *     .scan('spent', () => 0, (total, click) => total + click.ms)
   *     .map((total, record) => `${record.key} ${total}`)
   *     .to(print()),
   * );
   * // ann 3
   * // bob 5
   * // ann 7
   * ```
   */
  keyBy<const K extends Key>(key: (value: T, record: RecordInfo) => K, options?: StepOptions & CodecOption<T>): KeyedStream<K, T>;
  /** One stream of the records of several, as they come. */
  merge<Others extends readonly Stream<unknown>[]>(...others: Others): Stream<T | ValueOf<Others[number]>>;
  /**
   * Sends each value to the first branch whose test it passes; one that passes none goes nowhere.
   *
   * @example
   * ```ts
   * const numbers = pipeline('split');
   * const { small, large } = numbers.from(values([1, 20, 3])).split({ small: (n) => n < 10, large: () => true });
   * small.map((n) => `small ${n}`).merge(large.map((n) => `large ${n}`)).to(print());
   * await run(numbers);
   * // small 1
   * // small 3
   * // large 20
   * ```
   */
  split<const Tests extends Readonly<Record<string, (value: T) => boolean>>>(tests: Tests): { readonly [Label in keyof Tests]: Stream<T> };
  /**
   * Folds each value into a state and emits the new state: a running total. The state is kept under `name`.
   *
   * @example
   * ```ts
   * await run(pipeline('total').from(values([1, 2, 3])).scan('sum', () => 0, (sum, n) => sum + n).to(print()));
   * // 1
   * // 3
   * // 6
   * ```
   */
  scan<S>(name: string, initial: () => S, fold: (state: S, value: T) => S, options?: ScanOptions & CodecOption<S>): Stream<S>;
  /**
   * Running count, mean, variance and range, emitted every so many values.
   *
   * @example
   * ```ts
   * const heights = values([2, 4, 4, 4, 5, 5, 7, 9]);
   * await run(pipeline('heights').from(heights).statistics('heights', (h) => h, { every: 8 }).to(print((s) => `${s.mean} ${s.stddev} ${s.range}`)));
   * // 5 2 7
   * ```
   */
  statistics(name: string, of: (value: T) => number, options?: StatisticsOptions): Stream<Statistics>;
  /**
   * Lets the first `count` values through, then ends: sources that serve nobody else stop too. What stands further up
   * behind a source, a batch or a call may have read ahead.
   */
  take(count: number, options?: StepOptions): Stream<T>;
  /** Holds back the first `count` values. */
  skip(count: number, options?: StepOptions): Stream<T>;
  /**
   * Lets a value through only when nothing equal under `by` was let through lately, as far as `keep` reaches back.
   *
   * @example
   * ```ts
   * await run(pipeline('new').from(values(['a', 'b', 'a'])).distinct((word) => word).to(print()));
   * // a
   * // b
   * ```
   */
  distinct(by: (value: T) => Key, options?: DistinctOptions): Stream<T>;
  /**
   * Groups values for meaning. `tumblingCount(n)` and `slidingCount(n, every)` make windows of exactly n records.
   *
   * @example
   * ```ts
   * const fives = pipeline('fives').from(values([0, 1, 2, 3, 4, 5, 6, 7])).window('last-five', slidingCount(5, 2)).toArray();
   * await run(fives.to(print((five) => five.join(' '))));
   * // 0 1 2 3 4
   * // 2 3 4 5 6
   * ```
   */
  window(name: string, spec: CountWindows, options?: CountWindowOptions & CodecOption<T>): WindowedStream<unknown, T>;
  /**
   * Groups records by their event time: `tumbling('1m')`, `sliding('10m', '1m')`, `session('30m')`, `calendar('day')`,
   * `global()`. A window is emitted when the watermark has passed its end. `lateness` is how long it takes corrections
   * after that, `early` adds panes before; `pane.timing` says which is which.
   *
   * @example
   * ```ts
   * const clicks = values([{ at: 5_000 }, { at: 62_000 }, { at: 3_000 }, { at: 130_000 }]);
   * const perMinute = pipeline('late').from(clicks).eventTime((click) => click.at).window('minutes', tumbling('1m'), { lateness: '1m' });
   * await run(perMinute.aggregate({ n: count() }).to(print(({ window, pane, n }) => `${window.start} ${pane.timing} ${n}`)));
   * // 0 onTime 1
   * // 0 late 2
   * // 60000 onTime 1
   * // 120000 onTime 1
   * ```
   */
  window(name: string, spec: TimeWindows, options?: TimeWindowOptions & CodecOption<T>): WindowedStream<unknown, T>;
  /**
   * Does the part on worker threads. Units of records go to whichever thread is free and come back in order; on a
   * stream with keys, each key has its thread. What needs to see all records must stand outside: `keyBy`, `take`,
   * `distinct`, `rateLimit`, and whatever remembers on a stream without keys. The name is how threads find the part.
   *
   * @example
   * ```ts
   * const lengths = pipeline('lengths').from(values(['one', 'three'])).onWorkers('measure', 2, (words) => words.map((word) => word.length));
   * console.log(lengths.to(print()).name); // lengths
   * ```
   */
  onWorkers<S extends Stream<unknown>>(name: string, threads: number, part: (stream: this) => S): S;
  /** Writes the records of this stream with a codec wherever they must be bytes: to another thread, or into a checkpoint. */
  as(codec: Codec<T>): this;
  /** Ends the stream in a sink; `name` is what its commits are kept under. */
  to(sink: Sink<T>, options?: EndOptions): Pipeline;
}
