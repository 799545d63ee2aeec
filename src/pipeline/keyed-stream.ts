import type { RecordInfo } from '../core/chunk.ts';
import type { Kept } from '../core/failure.ts';
import type { CountWindowOptions } from '../operators/count-window.ts';
import type { DistinctOptions } from '../operators/distinct.ts';
import type { StepOptions } from '../operators/map.ts';
import type { EventTimeOptions, TimeOf } from '../operators/event-time.ts';
import type { MapAsyncOptions } from '../operators/map-async.ts';
import type { BufferOptions } from '../operators/buffer.ts';
import type { RateLimitOptions } from '../operators/rate-limit.ts';
import type { ScanOptions } from '../operators/scan.ts';
import type { Statistics, StatisticsOptions } from '../operators/statistics.ts';
import type { CountWindows } from '../windows/count.ts';
import type { Key } from '../core/keys.ts';
import type { CodecOption } from './codec-option.ts';
import type { Answers, Stream } from './stream.ts';
import type { WindowedStream } from './windowed-stream.ts';

/** A stream whose records carry a key: what remembers here keeps one state per key. Steps that keep the key keep the type. */
export interface KeyedStream<K, T> extends Stream<T> {
  map<U>(fn: (value: T, record: RecordInfo<K>) => Answers<U>, options?: StepOptions): KeyedStream<K, Kept<U>>;
  filter<U extends T>(keep: (value: T, record: RecordInfo<K>) => value is U, options?: StepOptions): KeyedStream<K, U>;
  filter(keep: (value: T, record: RecordInfo<K>) => boolean, options?: StepOptions): KeyedStream<K, T>;
  mapAsync<U>(
    fn: (value: T, record: RecordInfo<K>, signal: AbortSignal) => Promise<U> | U,
    options: MapAsyncOptions & CodecOption<T>,
  ): KeyedStream<K, Kept<U>>;
  tap<R>(look: (value: T, record: RecordInfo<K>) => Answers<R>, options?: StepOptions): KeyedStream<K, T>;
  flatMap<U>(fn: (value: T, record: RecordInfo<K>) => Iterable<U>, options?: StepOptions): KeyedStream<K, Kept<U>>;
  eventTime(of: TimeOf<T>, options?: EventTimeOptions): KeyedStream<K, T>;
  rateLimit(limit: RateLimitOptions): KeyedStream<K, T>;
  buffer(limit: BufferOptions<T>): KeyedStream<K, T>;
  distinct(by: (value: T) => Key, options?: DistinctOptions): KeyedStream<K, T>;
  /** One state per key; `initial` is told which. */
  scan<S>(name: string, initial: (key: K) => S, fold: (state: S, value: T) => S, options?: ScanOptions & CodecOption<S>): KeyedStream<K, S>;
  statistics(name: string, of: (value: T) => number, options?: StatisticsOptions): KeyedStream<K, Statistics>;
  window(name: string, spec: CountWindows, options?: CountWindowOptions & CodecOption<T>): WindowedStream<K, T>;
}
