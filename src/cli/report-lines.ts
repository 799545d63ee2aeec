import type { RunMetrics, RunReport } from '../runtime/report.ts';
import { rate, records, size, span } from './amounts.ts';
import { perSecond } from './pace.ts';
import { checkpoints, latency, sum } from './panel.ts';
import type { Line } from './text-line.ts';
import { FINISHED_BEFORE } from './voice.ts';

/** The last words of a run: what came, what went, and where the rest is. */
export function reportLines(report: RunReport, metrics: RunMetrics, rssBytes: number): readonly Line[] {
  if (report.ended === 'before') return [[{ text: report.pipeline, style: 'bold' }, { text: ` has nothing to do: ${FINISHED_BEFORE}` }]];
  const seconds = report.ms / 1000;
  const how = report.ended === 'end' ? 'ended' : 'stopped';
  const losses = [
    [report.skipped, 'skipped'],
    [report.deadLetters, 'dead letters'],
    [report.dropped, 'dropped'],
  ] as const;
  const lost = losses.map(([count, name]) => `${records(count)} ${name}`).join(', ');
  const latencies = latency(metrics);
  const kept = checkpoints(metrics);
  const isLossy = losses.some(([count]) => count > 0);
  return [
    [
      { text: report.pipeline, style: 'bold' },
      { text: ` ${how} after ${span(report.ms)}: ${records(report.in)} in, ${records(report.out)} out` },
    ],
    [
      {
        text: `  ${rate(perSecond(report.in, seconds))}/s in, ${rate(perSecond(report.out, seconds))}/s out; held at most ${size(report.peakBytes)}, process ${size(rssBytes)}`,
      },
    ],
    ...(latencies === undefined ? [] : [[{ text: `  latency ${latencies}` }]]),
    ...(kept === undefined ? [] : [[{ text: `  ${kept}` }]]),
    [
      { text: `  ${lost}`, ...(isLossy ? { style: 'yellow' as const } : {}) },
      ...(report.open > 0 ? [{ text: `; windows still held ${records(report.open)} records` }] : []),
    ],
    ...culprits(metrics),
  ];
}

/** A row for each operator that lost something, or none. */
function culprits({ operators }: RunMetrics): readonly Line[] {
  return operators.flatMap(({ id, in: entered, skipped, deadLetters, dropped }) => {
    const reasons = Object.entries(dropped).map(([reason, count]) => [count, `dropped (${reason})`] as const);
    const parts = [[skipped, 'skipped'] as const, [deadLetters, 'dead letters'] as const, ...reasons].filter(([count]) => count > 0);
    if (skipped + deadLetters + sum(dropped) === 0) return [];
    return [[{ text: `    ${id}: ${parts.map(([count, name]) => `${records(count)} ${name}`).join(', ')} of ${records(entered)}` }]];
  });
}
