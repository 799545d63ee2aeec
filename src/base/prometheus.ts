import type { Histogram } from './histogram.ts';
import type { Family, Labels, Metrics } from './metrics.ts';

/** What an answer with `prometheusText` says it is. */
export const PROMETHEUS_CONTENT_TYPE: string = 'text/plain; version=0.0.4; charset=utf-8';

// 100 µs to 5,000 s in steps of 1, 2.5 and 5: from one chunk to a long checkpoint.
const SECONDS = [-4, -3, -2, -1, 0, 1, 2, 3].flatMap((power) => [1, 2.5, 5].map((step) => Number(`${step}e${power}`)));
// 64 B to 4 GiB by fours.
const BYTES = Array.from({ length: 14 }, (_, i) => 64 * 4 ** i);
// 1 to 50 million in steps of 1, 2 and 5.
const AMOUNTS = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((power) => [1, 2, 5].map((step) => Number(`${step}e${power}`)));

/**
 * All metrics in the Prometheus text format 0.0.4, which is also what OpenTelemetry collectors, VictoriaMetrics and
 * Grafana's agents scrape. Buckets follow the unit at the end of a histogram's name and are off by at most 1.6 % of
 * their bound; `_count` and `_sum` are exact.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusText(metrics: Metrics): string {
  return metrics.families().map(familyText).join('');
}

function familyText(family: Family): string {
  let text = `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${family.kind}\n`;
  for (const series of family.series) {
    if (series.histogram === undefined) text += `${family.name}${labelText(series.labels)} ${numberText(series.read())}\n`;
    else text += histogramText(family.name, series.labels, series.histogram);
  }
  return text;
}

function histogramText(name: string, labels: Labels, histogram: Histogram): string {
  const bounds = name.endsWith('_seconds') ? SECONDS : name.endsWith('_bytes') ? BYTES : AMOUNTS;
  const counts = histogram.countsUpTo(bounds);
  let text = '';
  for (let i = 0; i < bounds.length; i++) text += `${name}_bucket${labelText(labels, numberText(bounds[i]!))} ${counts[i]}\n`;
  text += `${name}_bucket${labelText(labels, '+Inf')} ${histogram.count}\n`;
  text += `${name}_sum${labelText(labels)} ${numberText(histogram.sum)}\n`;
  return `${text}${name}_count${labelText(labels)} ${histogram.count}\n`;
}

function labelText(labels: Labels, le?: string): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  if (le !== undefined) pairs.push(`le="${le}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value); // NaN is written NaN.
}

// A backslash first, or it would escape what the others write.
function escapeHelp(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
