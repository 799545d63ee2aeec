import type { RecordInfo } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { Failure, Kept } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import type { Sink } from '../core/sink.ts';
import type { StationOperator } from '../core/station.ts';
import { wholeNumber } from '../core/units.ts';
import { type BatchOptions, batch } from '../operators/batch.ts';
import { type BufferOptions, buffer } from '../operators/buffer.ts';
import { countWindow, type Pane, type Results } from '../operators/count-window.ts';
import { type DistinctOptions, distinct } from '../operators/distinct.ts';
import { type EventTimeOptions, eventTime, type TimeOf } from '../operators/event-time.ts';
import { enrich, type EnrichBy, type EnrichOptions } from '../operators/enrich.ts';
import { filter } from '../operators/filter.ts';
import { flatMap } from '../operators/flat-map.ts';
import { join, type JoinFn, type JoinKind, type JoinOptions } from '../operators/join.ts';
import { joinAsOf, type JoinAsOfOptions, joinLatest, type JoinLatestOptions, side, type TableJoinKind } from '../operators/join-table.ts';
import { keyBy } from '../operators/key-by.ts';
import { map, type StepOptions } from '../operators/map.ts';
import { type MapAsyncOptions, mapAsync } from '../operators/map-async.ts';
import { type MapBatchOptions, mapBatch } from '../operators/map-batch.ts';
import {
  type AnyHandler,
  type CellDeclarations,
  MAIN,
  type OutputDeclarations,
  type ProcessHandler,
  type ProcessOptions,
} from '../operators/process-handler.ts';
import { process } from '../operators/process.ts';
import { processingTime, type ProcessingTimeOptions } from '../operators/processing-time.ts';
import { type RateLimitOptions, rateLimit } from '../operators/rate-limit.ts';
import { scan, type ScanOptions } from '../operators/scan.ts';
import { skip } from '../operators/skip.ts';
import { type Statistics, type StatisticsOptions, statistics } from '../operators/statistics.ts';
import { take } from '../operators/take.ts';
import { tap } from '../operators/tap.ts';
import { type TimeWindowOptions, timeWindow } from '../operators/time-window.ts';
import type { Aggregate } from '../windows/aggregates/aggregate.ts';
import type { CountWindows } from '../windows/count.ts';
import type { TimeWindows } from '../windows/time.ts';
import type { CodecOption } from './codec-option.ts';
import type { Draft, DraftNode, EndOptions } from './draft.ts';
import type { KeyedStream, LeftOf, RightOf } from './keyed-stream.ts';
import type { Pipeline } from './pipeline.ts';
import { outputNodes, type ProcessedStream } from './processed-stream.ts';
import type { Answers, Stream, ValueOf } from './stream.ts';
import type { WindowedStream } from './windowed-stream.ts';

/** The one class behind both kinds of stream: which methods a user sees is a matter of types alone. */
export class Chain<T, K = Key> implements KeyedStream<K, T> {
  readonly #draft: Draft;
  readonly #node: DraftNode;
  readonly #pipeline: Pipeline;

  constructor(draft: Draft, node: DraftNode, pipeline: Pipeline) {
    this.#draft = draft;
    this.#node = node;
    this.#pipeline = pipeline;
  }

  map<U>(fn: (value: T, record: RecordInfo<K>) => Answers<U>, options?: StepOptions): Chain<Kept<U>, K> {
    return this.#step(map(fn as (value: T, record: RecordInfo) => Answers<U>, options));
  }
  filter(keep: (value: T, record: RecordInfo<K>) => boolean, options?: StepOptions): Chain<never, K> {
    return this.#step(filter(keep as (value: T, record: RecordInfo) => boolean, options));
  }
  flatMap<U>(fn: (value: T, record: RecordInfo<K>) => Iterable<U>, options?: StepOptions): Chain<Kept<U>, K> {
    return this.#step(flatMap(fn as (value: T, record: RecordInfo) => Iterable<U>, options));
  }
  tap<R>(look: (value: T, record: RecordInfo<K>) => Answers<R>, options?: StepOptions): Chain<T, K> {
    return this.#step(tap(look as (value: T, record: RecordInfo) => Answers<R>, options));
  }
  through<S>(part: (stream: this) => S): S {
    return part(this);
  }
  mapAsync<U>(
    fn: (value: T, record: RecordInfo<K>, signal: AbortSignal) => Promise<U> | U,
    options: MapAsyncOptions & CodecOption<T>,
  ): Chain<Kept<U>, K> {
    return this.#station(mapAsync(fn as (value: T, record: RecordInfo, signal: AbortSignal) => Promise<U> | U, options), options.codec);
  }
  mapBatch<U>(fn: (values: readonly T[], signal: AbortSignal) => Promise<readonly (U | Failure)[]>, options: MapBatchOptions): Stream<U> {
    return this.#station(mapBatch(fn, options));
  }
  enrich<const L extends Key, U, V>(
    what: EnrichBy<T, L, U>,
    fn: (value: T, found: U | undefined) => Answers<V>,
    options?: EnrichOptions,
  ): Chain<Kept<V>, K> {
    return this.#station(enrich(what, fn, options));
  }
  batch(size: number, options?: BatchOptions<T>): Stream<readonly T[]> {
    return this.#station(batch(size, options));
  }
  rateLimit(limit: RateLimitOptions): Chain<T, K> {
    return this.#station(rateLimit(limit));
  }
  buffer(limit: BufferOptions<T>): Chain<T, K> {
    return this.#station(buffer(limit));
  }
  eventTime(of: TimeOf<T>, options?: EventTimeOptions): Chain<T, K> {
    return this.#station(eventTime(of, options));
  }
  processingTime(options?: ProcessingTimeOptions): Chain<T, K> {
    return this.#station(processingTime(options));
  }
  keyBy<const L extends Key>(key: (value: T, record: RecordInfo<K>) => L, options?: StepOptions & CodecOption<T>): Chain<T, L> {
    return this.#step<T>(keyBy(key as (value: T, record: RecordInfo) => Key, options), options?.codec) as unknown as Chain<T, L>;
  }
  merge<Others extends readonly Stream<unknown>[]>(...others: Others): Stream<T | ValueOf<Others[number]>> {
    const nodes = others.map((other) => (other as Chain<unknown>).#node);
    return this.#next(this.#draft.add({ type: 'merge' }, [this.#node, ...nodes]));
  }
  split<const Tests extends Readonly<Record<string, (value: T) => boolean>>>(tests: Tests): { readonly [Label in keyof Tests]: Stream<T> } {
    const labels = Object.keys(tests);
    const split = this.#draft.add({ type: 'split', labels, tests: Object.values(tests) as ((value: unknown) => boolean)[] }, [this.#node]);
    const branches = labels.map((label) => [label, this.#next<T>(this.#draft.add({ type: 'branch', label }, [split]))] as const);
    return Object.fromEntries(branches) as unknown as { readonly [Label in keyof Tests]: Stream<T> };
  }
  scan<S>(name: string, initial: (key: K) => S, fold: (state: S, value: T) => S, options?: ScanOptions & CodecOption<S>): Chain<S, K> {
    return this.#step(scan(name, initial as (key: Key | undefined) => S, fold, options), options?.codec);
  }
  statistics(name: string, of: (value: T) => number, options?: StatisticsOptions): Chain<Statistics, K> {
    return this.#step(statistics(name, of, options));
  }
  take(count: number, options?: StepOptions): Stream<T> {
    return this.#step(take(count, options));
  }
  skip(count: number, options?: StepOptions): Stream<T> {
    return this.#step(skip(count, options));
  }
  distinct(by: (value: T) => Key, options?: DistinctOptions): Chain<T, K> {
    return this.#step(distinct(by, options));
  }
  window(name: string, spec: CountWindows | TimeWindows, options?: TimeWindowOptions & CodecOption<T>): WindowedStream<K, T> {
    const windows = spec.kind === 'count' ? countWindow<T, K>(name, spec, options) : timeWindow<T, K>(name, spec, options);
    return {
      aggregate: <S extends Readonly<Record<string, Aggregate<T, unknown>>>>(aggregates: S): Chain<Pane<K> & Results<S>, K> =>
        this.#station(windows.aggregate(aggregates), options?.codec),
      reduce: <S>(initial: (key: K) => S, fold: (state: S, value: T) => S): Chain<Pane<K> & { readonly value: S }, K> =>
        this.#station(windows.reduce(initial, fold), options?.codec),
      toArray: (): Stream<readonly T[]> => this.#station(windows.toArray(), options?.codec),
    };
  }
  process<C extends CellDeclarations, S extends OutputDeclarations, Name extends string, U, V, W>(
    name: string,
    handler: ProcessHandler<T, K, C, S, Name, U, V, W>,
    options?: ProcessOptions & CodecOption<T>,
  ): ProcessedStream<K, Kept<U | V | W>, S> {
    const operator = withCodec(process(name, handler as unknown as AnyHandler, options), options?.codec);
    const node = this.#draft.add({ type: 'station', operator }, [this.#node]);
    const outputs = Object.keys(handler.outputs ?? {});
    const nodes = outputs.length === 0 ? undefined : outputNodes(this.#draft, node, handler.outputs!);
    const sides = Object.fromEntries(outputs.map((label) => [label, this.#next<unknown>(nodes!.get(label)!)]));
    const main = this.#next<Kept<U | V | W>>(nodes?.get(MAIN) ?? node);
    return Object.assign(main, { outputs: sides }) as unknown as ProcessedStream<K, Kept<U | V | W>, S>;
  }
  join<U, V, Kind extends JoinKind = 'inner'>(
    name: string,
    right: KeyedStream<K, U>,
    fn: (left: LeftOf<T, Kind>, right: RightOf<U, Kind>) => Answers<V>,
    options: JoinOptions<Kind>,
  ): Chain<Kept<V>, K> {
    return this.#joined(right, join(name, fn as unknown as JoinFn, options));
  }
  joinLatest<U, V, Kind extends TableJoinKind = 'inner'>(
    name: string,
    table: KeyedStream<K, U>,
    fn: (left: T, row: RightOf<U, Kind>) => Answers<V>,
    options: JoinLatestOptions<Kind> = {},
  ): Chain<Kept<V>, K> {
    return this.#joined(table, joinLatest(name, fn as unknown as JoinFn, options));
  }
  joinAsOf<U, V, Kind extends TableJoinKind = 'inner'>(
    name: string,
    table: KeyedStream<K, U>,
    fn: (left: T, row: RightOf<U, Kind>) => Answers<V>,
    options: JoinAsOfOptions<Kind> = {},
  ): Chain<Kept<V>, K> {
    return this.#joined(table, joinAsOf(name, fn as unknown as JoinFn, options));
  }
  onWorkers<S>(name: string, threads: number, part: (stream: this) => S): S {
    wholeNumber(threads, `onWorkers '${name}' threads`);
    const entry = this.#next<T>(this.#draft.add({ type: 'workers', name, threads }, [this.#node]));
    const answered: unknown = part(entry as this);
    if (!(answered instanceof Chain)) throw noStream(name);
    return answered.#next(this.#draft.add({ type: 'rejoin', name }, [answered.#node])) as S;
  }
  as(codec: Codec<T>): this {
    this.#draft.encodeAs(this.#node, codec as Codec<unknown>);
    return this;
  }
  to(sink: Sink<T>, options: EndOptions = {}): Pipeline {
    this.#draft.add({ type: 'sink', sink: sink as Sink<unknown>, name: options.name }, [this.#node]);
    return this.#pipeline;
  }

  /** Two streams come to one station as one, in which each record says whose it is. */
  #joined<U>(right: KeyedStream<K, unknown>, operator: object): Chain<U, K> {
    const from = this.#draft.add({ type: 'step', operator: side('left') }, [this.#node]);
    const to = this.#draft.add({ type: 'step', operator: side('right') }, [(right as Chain<unknown, K>).#node]);
    const both = this.#draft.add({ type: 'merge' }, [from, to]);
    return this.#next(this.#draft.add({ type: 'station', operator: operator as StationOperator }, [both]));
  }
  #step<U>(operator: object, codec?: object): Chain<U, K> {
    return this.#next(this.#draft.add({ type: 'step', operator: withCodec(operator as Operator, codec) }, [this.#node]));
  }
  #station<U>(operator: object, codec?: object): Chain<U, K> {
    return this.#next(this.#draft.add({ type: 'station', operator: withCodec(operator as StationOperator, codec) }, [this.#node]));
  }
  #next<U>(node: DraftNode): Chain<U, K> {
    return new Chain<U, K>(this.#draft, node, this.#pipeline);
  }
}

function withCodec<O extends object>(operator: O, codec: object | undefined): O {
  return codec === undefined ? operator : { ...operator, codec };
}

function noStream(name: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: 'the part answers no stream',
    where: `onWorkers '${name}'`,
    todo: 'Answer the stream from the part, and write .to(…) behind onWorkers.',
  });
}
