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
export type { Statistics } from './operators/statistics.ts';
export { type Pipeline, pipeline } from './pipeline/pipeline.ts';
export type { KeyedStream } from './pipeline/keyed-stream.ts';
export { setting } from './pipeline/setting.ts';
export type { Stream } from './pipeline/stream.ts';
export type { WindowedStream } from './pipeline/windowed-stream.ts';
export { run, start } from './runtime/run.ts';
export { PROMETHEUS_CONTENT_TYPE } from './base/prometheus.ts';
export { prometheus } from './runtime/prometheus.ts';
export type { OperatorMetrics, RunMetrics, RunReport } from './runtime/report.ts';
export type { Run, RunHealth, RunOptions, Runtime } from './runtime/runtime.ts';
export { count, max, mean, min, sum, variance, type Aggregate } from './windows/aggregates.ts';
export { slidingCount, tumblingCount } from './windows/count.ts';
