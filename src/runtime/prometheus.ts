import { Metrics } from '../base/metrics.ts';
import { prometheusText } from '../base/prometheus.ts';
import type { OperatorMetrics, RunMetrics } from './report.ts';

/**
 * The metrics of a run in the Prometheus text format, to answer a scrape with.
 *
 * @example
 * ```ts
 * const running = await start(pipeline('scraped').from(values([1, 2, 3])).to(each(() => {})));
 * await running.done;
 * const lines = prometheus(running.metrics()).split('\n');
 * console.log(lines.find((line) => line.startsWith('headrace_records_in_total{kind="each"')));
 * // headrace_records_in_total{kind="each",operator="each",pipeline="scraped"} 3
 * ```
 */
export function prometheus(run: RunMetrics): string {
  const metrics = new Metrics();
  for (const operator of run.operators) {
    const labels = { pipeline: run.pipeline, operator: operator.id, kind: operator.kind };
    const counters = {
      headrace_records_in_total: ['Records an operator received.', operator.in],
      headrace_records_out_total: ['Records an operator passed on.', operator.out],
      headrace_records_refused_total: ['Records an operator refused, whatever became of them.', operator.errors],
      headrace_records_skipped_total: ['Refused records that were skipped.', operator.skipped],
      headrace_records_dead_letters_total: ['Refused records that became dead letters.', operator.deadLetters],
    } as const;
    for (const [name, [help, value]] of Object.entries(counters)) metrics.counter({ name, help, labels }).value = value;
    for (const [reason, records] of Object.entries(operator.dropped)) {
      const help = 'Records lost on purpose, by reason.';
      metrics.counter({ name: 'headrace_records_dropped_total', help, labels: { ...labels, reason } }).value = records;
    }
    if (operator.late > 0) {
      const help = 'Records that came too late for an operator: among the dead letters, or the dropped ones.';
      metrics.counter({ name: 'headrace_records_too_late_total', help, labels }).value = operator.late;
    }
    if (operator.time !== undefined) {
      const late = metrics.counter({ name: 'headrace_records_late_total', help: 'Records that came behind the watermark.', labels });
      late.value = operator.time.late;
    }
    for (const [name, [help, value]] of Object.entries(cacheCounters(operator))) metrics.counter({ name, help, labels }).value = value;
    for (const [name, [help, value]] of Object.entries(gaugesOf(operator))) metrics.gauge({ name, help, labels }).value = value;
  }
  const help = 'Time from the read of a record to the sink that took it.';
  for (const [quantile, ms] of [
    ['0.5', run.latencyMs.p50],
    ['0.99', run.latencyMs.p99],
  ] as const) {
    metrics.gauge({ name: 'headrace_latency_seconds', help, labels: { pipeline: run.pipeline, quantile } }).value = ms / 1000;
  }
  return prometheusText(metrics);
}

type Gauges = Readonly<Record<string, readonly [help: string, value: number]>>;

function gaugesOf(operator: OperatorMetrics): Gauges {
  return {
    ...timeGauges(operator),
    ...cacheGauges(operator),
    headrace_held_records: ['Records an operator holds now.', operator.heldRecords],
    headrace_held_bytes: ['Bytes an operator holds now, estimated where values are objects.', operator.heldBytes],
    headrace_waits_for_readers: ['Readers an operator waits for now.', operator.waitsFor.length],
    headrace_record_seconds: ['Sampled time an operator takes a record.', operator.nsPerRecord / 1e9],
  };
}

function cacheCounters({ cache }: OperatorMetrics): Gauges {
  if (cache === undefined) return {};
  return {
    headrace_cache_hits_total: ['Records answered with what was kept.', cache.hits],
    headrace_cache_misses_total: ['Keys that were asked for.', cache.misses],
    headrace_cache_shared_total: ['Records that waited for a key which another one had asked for.', cache.shared],
    headrace_cache_evicted_total: ['Answers let go for want of room.', cache.evicted],
  };
}

function cacheGauges({ cache }: OperatorMetrics): Gauges {
  if (cache === undefined) return {};
  return {
    headrace_cache_items: ['Answers kept now.', cache.items],
    headrace_cache_bytes: ['Bytes of the answers kept now, estimated where they are objects.', cache.bytes],
    headrace_cache_waiting_keys: ['Keys whose answer is awaited now.', cache.waiting],
  };
}

function timeGauges({ time, partitionsAhead }: OperatorMetrics): Gauges {
  return {
    ...(time === undefined
      ? {}
      : {
          headrace_watermark_seconds: ['Event time up to which everything has come, in seconds since 1970.', time.watermark / 1000],
          headrace_watermark_lag_seconds: ['How far the watermark is behind the clock.', time.lagMs / 1000],
          headrace_partitions: ['Partitions whose records say how far time has come.', time.partitions],
          headrace_partitions_idle: ['Partitions that are silent and hold back nobody.', time.idle],
        }),
    ...(partitionsAhead === undefined
      ? {}
      : { headrace_partitions_ahead: ['Partitions that are not read before others have caught up.', partitionsAhead] }),
  };
}
