import type { RunReport } from 'headrace';
import type { BatchTimes } from './batch-times.ts';
import { columns, count, decimals, megabytes } from './figures.ts';
import { BATCH } from './pipeline.ts';
import type { Reasons } from './reasons.ts';
import type { SegmentTotals } from './segments.ts';

export interface Outcome {
  readonly report: RunReport;
  /** What the filter kept back: purchases of the monitoring. */
  readonly filtered: number;
  readonly dropped: Reasons;
  readonly totals: SegmentTotals;
  readonly times: BatchTimes;
  readonly peakRss: number;
  readonly out: string;
}

/** What the run did, in lines. */
export function reportLines({ report, filtered, dropped, totals, times, peakRss, out }: Outcome): readonly string[] {
  const perSecond = (records: number) => `${count(records / (report.ms / 1000))}/s`;
  const p50 = `${decimals(times.quantile(0.5), 1)} ms`;
  const p99 = `${decimals(times.quantile(0.99), 1)} ms`;
  const accounted = totals.records + filtered + dropped.total + report.open;
  const flow = columns([
    ['read', count(report.in), perSecond(report.in)],
    ['scored and added up', count(times.records), perSecond(times.records)],
    ['filtered (probes)', count(filtered), ''],
    ['dropped', count(dropped.total), ''],
    ...dropped.list().map(([reason, records]) => [`  ${reason}`, count(records), '']),
    ...(report.open > 0 ? [['in open windows', count(report.open), '']] : []),
  ]);
  const segments = columns([
    ['segment', 'records', 'mean amount', 'least', 'most', 'mean score', 'risky'],
    ...totals
      .list()
      .map((total) => [
        total.segment,
        count(total.records),
        decimals(total.meanAmount, 2),
        decimals(total.minAmount, 2),
        decimals(total.maxAmount, 2),
        decimals(total.meanScore, 4),
        count(total.risky),
      ]),
  ]);
  const targets = columns([
    ['', 'asked', 'measured'],
    ['records in', '10,000/s', perSecond(report.in)],
    ['records out', '9,500/s', perSecond(times.records)],
    ['a batch, from read to score (p99)', '50.0 ms', p99],
    ['memory (peak)', '500 MB', megabytes(peakRss)],
  ]);
  return [
    report.ended === 'stop' ? `Stopped after ${decimals(report.ms / 1000, 2)} s.` : `Done in ${decimals(report.ms / 1000, 2)} s.`,
    '',
    ...flow,
    accounted === report.in ? 'Every record is accounted for.' : `${count(report.in - accounted)} records are NOT accounted for.`,
    '',
    `${count(times.batches)} batches of up to ${BATCH}, from the read of the first record to the scores: p50 ${p50}, p99 ${p99}`,
    `${count(totals.rows)} lines in ${out}`,
    '',
    ...segments,
    '',
    ...targets,
  ];
}
