import type { RecordInfo } from '../core/chunk.ts';
import type { Kept } from '../core/failure.ts';
import type { CountWindowOptions } from '../operators/count-window.ts';
import type { DistinctOptions } from '../operators/distinct.ts';
import type { StepOptions } from '../operators/map.ts';
import type { EventTimeOptions, TimeOf } from '../operators/event-time.ts';
import type { MapAsyncOptions } from '../operators/map-async.ts';
import type { EnrichBy, EnrichOptions } from '../operators/enrich.ts';
import type { JoinKind, JoinOptions } from '../operators/join.ts';
import type { JoinAsOfOptions, JoinLatestOptions, TableJoinKind } from '../operators/join-table.ts';
import type { CellDeclarations, OutputDeclarations, ProcessHandler, ProcessOptions } from '../operators/process-handler.ts';
import type { BufferOptions } from '../operators/buffer.ts';
import type { ProcessingTimeOptions } from '../operators/processing-time.ts';
import type { RateLimitOptions } from '../operators/rate-limit.ts';
import type { ScanOptions } from '../operators/scan.ts';
import type { Statistics, StatisticsOptions } from '../operators/statistics.ts';
import type { TimeWindowOptions } from '../operators/time-window.ts';
import type { CountWindows } from '../windows/count.ts';
import type { TimeWindows } from '../windows/time.ts';
import type { Key } from '../core/keys.ts';
import type { CodecOption } from './codec-option.ts';
import type { ProcessedStream } from './processed-stream.ts';
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
  enrich<const L extends Key, U, V>(
    what: EnrichBy<T, L, U>,
    fn: (value: T, found: U | undefined) => Answers<V>,
    options?: EnrichOptions,
  ): KeyedStream<K, Kept<V>>;
  tap<R>(look: (value: T, record: RecordInfo<K>) => Answers<R>, options?: StepOptions): KeyedStream<K, T>;
  flatMap<U>(fn: (value: T, record: RecordInfo<K>) => Iterable<U>, options?: StepOptions): KeyedStream<K, Kept<U>>;
  eventTime(of: TimeOf<T>, options?: EventTimeOptions): KeyedStream<K, T>;
  processingTime(options?: ProcessingTimeOptions): KeyedStream<K, T>;
  rateLimit(limit: RateLimitOptions): KeyedStream<K, T>;
  buffer(limit: BufferOptions<T>): KeyedStream<K, T>;
  distinct(by: (value: T) => Key, options?: DistinctOptions): KeyedStream<K, T>;
  /** One state per key; `initial` is told which. */
  scan<S>(name: string, initial: (key: K) => S, fold: (state: S, value: T) => S, options?: ScanOptions & CodecOption<S>): KeyedStream<K, S>;
  statistics(name: string, of: (value: T) => number, options?: StatisticsOptions): KeyedStream<K, Statistics>;
  window(name: string, spec: CountWindows, options?: CountWindowOptions & CodecOption<T>): WindowedStream<K, T>;
  window(name: string, spec: TimeWindows, options?: TimeWindowOptions & CodecOption<T>): WindowedStream<K, T>;
  /**
   * A handler of your own, with cells and timers of each key and further outputs. What a call does is kept when it is over;
   * one that fails has changed nothing. docs/guide/process.md tells the rest.
   *
   * @example
   * ```ts
   * const clicks = values([{ user: 'ann', at: 0 }, { user: 'ann', at: 5_000 }, { user: 'bob', at: 9_000 }]);
   * const visits = pipeline('visits').from(clicks).eventTime((click) => click.at).keyBy((click) => click.user).process('visits', {
   *   cells: { pages: cell(() => 0) },
   *   onRecord(click, { cells, timers, time }) {
   *     cells.pages.update((pages) => pages + 1);
   *     timers.set('over', time + 30_000);
   *   },
   *   onTimer(_timer, { key, cells, forget }) {
   *     const visit = `${key} saw ${cells.pages.get()}`;
   *     forget();
   *     return [visit];
   *   },
   * });
   * await run(visits.to(print()));
   * // ann saw 2
   * // bob saw 1
   * ```
   */
  process<
    const C extends CellDeclarations = Readonly<Record<never, never>>,
    const S extends OutputDeclarations = Readonly<Record<never, never>>,
    const Name extends string = string,
    U = never,
    V = never,
    W = never,
  >(
    name: string,
    handler: ProcessHandler<T, K, C, S, Name, U, V, W>,
    options?: ProcessOptions & CodecOption<T>,
  ): ProcessedStream<K, Kept<U | V | W>, S>;
  /**
   * Pairs of records of one key whose times are `within` a distance of each other. With `kind: 'left'` records of this
   * stream that have met none come too, with undefined; with `'full'` those of both. Both streams need event time.
   *
   * @example
   * ```ts
   * const shop = pipeline('attributed');
   * const clicks = shop.from(values([{ user: 'ann', page: '/hat', at: 0 }, { user: 'bob', page: '/cap', at: 1_000 }]), { name: 'clicks' })
   *   .eventTime((click) => click.at).keyBy((click) => click.user);
   * const orders = shop.from(values([{ user: 'ann', total: 30, at: 60_000 }]), { name: 'orders' })
   *   .eventTime((order) => order.at).keyBy((order) => order.user);
   * const paid = clicks.join('paid', orders, (click, order) => `${click.page} ${order?.total ?? 0}`, { within: '10m', kind: 'left' });
   * await run(paid.to(print()));
   * // /hat 30
   * // /cap 0
   * ```
   */
  join<U, V, const Kind extends JoinKind = 'inner'>(
    name: string,
    right: KeyedStream<K, U>,
    fn: (left: LeftOf<T, Kind>, right: RightOf<U, Kind>) => Answers<V>,
    options: JoinOptions<Kind>,
  ): KeyedStream<K, Kept<V>>;
  /**
   * Each record with the newest row of the table there is when it comes: whatever was read last under its key. What that
   * is depends on how fast the two are read; `joinAsOf` goes by event time.
   */
  joinLatest<U, V, const Kind extends TableJoinKind = 'inner'>(
    name: string,
    table: KeyedStream<K, U>,
    fn: (value: T, row: RightOf<U, Kind>) => Answers<V>,
    options?: JoinLatestOptions<Kind>,
  ): KeyedStream<K, Kept<V>>;
  /**
   * Each record with the newest row of the table that is not newer than the record, by event time: the row as it was then.
   *
   * @example
   * ```ts
   * const shop = pipeline('priced');
   * const prices = shop.from(values([{ hat: 'red', price: 10, at: 0 }, { hat: 'red', price: 12, at: 100 }]), { name: 'prices' })
   *   .eventTime((row) => row.at).keyBy((row) => row.hat);
   * const sales = shop.from(values([{ hat: 'red', at: 99 }, { hat: 'red', at: 100 }]), { name: 'sales' })
   *   .eventTime((sale) => sale.at).keyBy((sale) => sale.hat);
   * await run(sales.joinAsOf('priced', prices, (sale, row) => `${sale.at}: ${row.price}`).to(print()));
   * // 99: 10
   * // 100: 12
   * ```
   */
  joinAsOf<U, V, const Kind extends TableJoinKind = 'inner'>(
    name: string,
    table: KeyedStream<K, U>,
    fn: (value: T, row: RightOf<U, Kind>) => Answers<V>,
    options?: JoinAsOfOptions<Kind>,
  ): KeyedStream<K, Kept<V>>;
}

/** What a join gives as its left record: undefined too where a right one may have met none. */
export type LeftOf<T, Kind extends JoinKind> = Kind extends 'full' ? T | undefined : T;
/** What it gives as its right one. */
export type RightOf<U, Kind extends JoinKind> = Kind extends 'inner' ? U : U | undefined;
