export { type Bytes, type Duration } from './core/units.ts';
export type { Chunk, Headers, Origin, RecordInfo } from './core/chunk.ts';
export type { Codec } from './core/codec.ts';
export type { Column, Columns } from './core/columns.ts';
export { type ErrorAction, HeadraceError, isHeadraceError } from './core/error.ts';
export { type Failure, fail, type OnError } from './core/failure.ts';
export type { FileFormat } from './core/format.ts';
export type { Key } from './core/keys.ts';
export type { DeadLetter } from './core/letter.ts';
export type { StandardSchema } from './core/schema.ts';
export type { Sink, SinkContext, Writer } from './core/sink.ts';
export type { Answer, Positions, Reader, RefusedRecord, Source, SourceContext } from './core/source.ts';
export type { ColumnKind, ColumnOptions, ColumnWishes, RowOf } from './codecs/column-kinds.ts';
export { csv, tsv } from './codecs/csv.ts';
export { json } from './codecs/json.ts';
export { jsonArray, type JsonArrayOptions } from './codecs/json-array.ts';
export type { JsonColumnsOptions } from './codecs/json/projected.ts';
export type { JsonOptions } from './codecs/json/value.ts';
export { text } from './codecs/text.ts';
export { StreamBuffer } from './buffers/stream-buffer.ts';
export { RateLimiter } from './buffers/rate-limiter.ts';
export { collect } from './connectors/values/collect.ts';
export { each } from './connectors/values/each.ts';
export { every } from './connectors/values/every.ts';
export { print } from './connectors/values/print.ts';
export {
  openTopic,
  type OpenTopic,
  type OpenTopicOptions,
  type ReadTopicOptions,
  type RecordOptions,
} from './connectors/topics/open-topic.ts';
export type { TopicRecord, TopicRecords } from './connectors/topics/topic-records.ts';
export { topic, type Topic, type TopicOptions } from './connectors/topics/topic.ts';
export { values } from './connectors/values/values.ts';
export {
  aggregateCell,
  type AggregateCell,
  cell,
  type CellOptions,
  listCell,
  type ListCell,
  mapCell,
  type MapCell,
  type ValueCell,
} from './operators/process-cells.ts';
export { output, type ProcessContext, type ProcessHandler, type ProcessOptions, type RecordContext } from './operators/process-handler.ts';
export type { Statistics } from './operators/statistics.ts';
export { type Pipeline, pipeline } from './pipeline/pipeline.ts';
export type { KeyedStream } from './pipeline/keyed-stream.ts';
export type { ProcessedStream } from './pipeline/processed-stream.ts';
export { setting } from './pipeline/setting.ts';
export type { Stream } from './pipeline/stream.ts';
export type { WindowedStream } from './pipeline/windowed-stream.ts';
export { run, start } from './runtime/run.ts';
export { PROMETHEUS_CONTENT_TYPE } from './base/prometheus.ts';
export { prometheus } from './runtime/prometheus.ts';
export type { OperatorMetrics, RunMetrics, RunReport } from './runtime/report.ts';
export type { Run, RunHealth, RunOptions, Runtime } from './runtime/runtime.ts';
export type { Aggregate } from './windows/aggregates/aggregate.ts';
export { count, rate } from './windows/aggregates/count.ts';
export { distinct } from './windows/aggregates/distinct.ts';
export { first, last } from './windows/aggregates/ends.ts';
export { exponentialMean, exponentialVariance } from './windows/aggregates/exponential.ts';
export { maxBy, minBy } from './windows/aggregates/extremes-by.ts';
export { max, min } from './windows/aggregates/extremes.ts';
export { histogram } from './windows/aggregates/histogram.ts';
export { finite, type NumericLayout, type WindowSpan } from './windows/aggregates/layout.ts';
export { kurtosis, skewness, stddev, variance } from './windows/aggregates/moments.ts';
export { numericAggregate } from './windows/aggregates/numeric.ts';
export { correlation, covariance } from './windows/aggregates/pairs.ts';
export { quantile, quantiles } from './windows/aggregates/quantile.ts';
export type { Frequent } from './windows/aggregates/space-saving.ts';
export { mean, sum } from './windows/aggregates/sum.ts';
export { toArray } from './windows/aggregates/to-array.ts';
export { topK } from './windows/aggregates/top-k.ts';
export { toSet } from './windows/aggregates/to-set.ts';
export { calendar } from './windows/calendar.ts';
export { slidingCount, tumblingCount } from './windows/count.ts';
export { global, session, sliding, tumbling, type TimeWindows } from './windows/time.ts';
