import type { OperatorMetrics, RunMetrics } from '../runtime/report.ts';
import { each, rate, records, size, span } from './amounts.ts';
import { type Pace, perSecond } from './pace.ts';
import type { Line, Span } from './text-line.ts';
import { widthOf } from './text-line.ts';

export interface PanelView {
  readonly metrics: RunMetrics;
  readonly pace: Pace;
  readonly rssBytes: number;
  readonly isStopping: boolean;
  readonly columns: number;
  /** The most lines it may take. */
  readonly rows: number;
}

const GAP = '  ';

/** The live panel: what comes in and goes out, what is held and lost, and a row for each operator. */
export function panelLines(view: PanelView): readonly Line[] {
  const head = headLines(view);
  const rows = tableRows(view);
  const room = Math.max(0, view.rows - head.length);
  if (rows.length <= room) return [...head, ...rows];
  if (room < 3) return head.slice(0, view.rows);
  const hidden = rows.length - (room - 1);
  return [
    ...head,
    ...rows.slice(0, room - 1),
    [{ text: `${GAP}… and ${hidden} more operators; a higher window shows them`, style: 'dim' }],
  ];
}

function headLines({ metrics, pace, rssBytes, isStopping }: PanelView): readonly Line[] {
  const state = isStopping ? 'stopping: records in flight finish, Ctrl-C again stops at once' : 'running, Ctrl-C stops';
  const now = pace.of();
  const seconds = metrics.ms / 1000;
  const held = metrics.operators.reduce((all, { heldRecords }) => all + heldRecords, 0);
  const sides = [
    { name: 'in ', count: metrics.in, now: now.in },
    { name: 'out', count: metrics.out, now: now.out },
  ].map(({ name, count, now }) => [name, records(count), `${rate(now)}/s now`, `${rate(perSecond(count, seconds))}/s overall`]);
  const wide = [0, 1, 2, 3].map((at) => Math.max(...sides.map((cells) => cells[at]!.length)));
  return [
    [
      { text: metrics.pipeline, style: 'bold' },
      { text: `${GAP}${span(metrics.ms)}${GAP}` },
      { text: state, style: isStopping ? 'yellow' : 'dim' },
    ],
    ...sides.map((cells) => [{ text: cells.map((cell, at) => (at === 0 ? cell : cell.padStart(wide[at]!))).join(GAP) }]),
    ...latencyLines(metrics),
    ...checkpointLines(metrics),
    ...timeLines(metrics),
    [{ text: `held ${records(held)} records, ${size(metrics.heldBytes)}${GAP}process ${size(rssBytes)}` }, ...lossSpans(metrics)],
  ];
}

function latencyLines(metrics: RunMetrics): readonly Line[] {
  const text = latency(metrics);
  return text === undefined ? [] : [[{ text: `latency${GAP}${text}` }]];
}

function checkpointLines(metrics: RunMetrics): readonly Line[] {
  const text = checkpoints(metrics);
  return text === undefined ? [] : [[{ text }]];
}

/** How far event time has come, by whoever is furthest behind; nothing before the first record and behind the last. */
function timeLines({ operators }: RunMetrics): readonly Line[] {
  const times = operators.flatMap(({ time }) => (time !== undefined && Number.isFinite(time.watermark) ? [time] : []));
  if (times.length === 0) return [];
  const { watermark, lagMs } = times.reduce((least, time) => (time.watermark < least.watermark ? time : least));
  const where = lagMs < 0 ? `${span(-lagMs)} ahead of the clock` : `${span(lagMs)} behind the clock`;
  return [[{ text: `event time${GAP}${new Date(watermark).toISOString()}${GAP}${where}` }]];
}

/** The newest checkpoint, and the one the run went on from; undefined when it keeps none. */
export function checkpoints({ checkpoint }: RunMetrics): string | undefined {
  if (checkpoint === undefined) return undefined;
  const { from, last } = checkpoint;
  const taken = last > from ? `checkpoint ${last}` : 'no checkpoint yet';
  return from > 0 ? `${taken}, went on from ${from}` : taken;
}

/** From the read of a record to its sink; undefined before the first got there. */
export function latency({ latencyMs: { p50, p99 } }: RunMetrics): string | undefined {
  return Number.isNaN(p50) ? undefined : `p50 ${each(p50 * 1e6)}, p99 ${each(p99 * 1e6)}`;
}

function lossSpans({ operators }: RunMetrics): readonly Span[] {
  const total = (pick: (operator: OperatorMetrics) => number) => operators.reduce((all, operator) => all + pick(operator), 0);
  const losses = [
    [total((operator) => operator.skipped), 'skipped'],
    [total((operator) => operator.deadLetters), 'dead letters'],
    [total((operator) => sum(operator.dropped)), 'dropped'],
  ] as const;
  return losses.map(([count, name]) => ({ text: `${GAP}${records(count)} ${name}`, ...(count > 0 ? { style: 'yellow' as const } : {}) }));
}

interface Column {
  readonly title: string;
  readonly cell: (operator: OperatorMetrics) => string;
}

/** Numbers in the order in which they go when the window is too narrow for all: the last goes first. */
function columnsOf(pace: Pace): readonly Column[] {
  return [
    { title: 'in/s', cell: ({ id }) => rate(pace.of(id).in) },
    { title: 'per record', cell: ({ nsPerRecord }) => each(nsPerRecord) },
    {
      title: 'held',
      cell: ({ heldRecords, heldBytes }) =>
        heldRecords === 0 && heldBytes === 0 ? '-' : `${records(heldRecords)}${heldBytes > 0 ? ` (${size(heldBytes)})` : ''}`,
    },
    { title: 'out/s', cell: ({ id }) => rate(pace.of(id).out) },
  ];
}

function tableRows({ metrics, pace, columns }: PanelView): readonly Line[] {
  const { operators } = metrics;
  const names = operators.map(({ id }) => id);
  const nameWidth = Math.min(Math.max(8, ...names.map(widthOf)), Math.max(12, Math.floor(columns * 0.4)));
  const remarks = operators.map(remarkOf);
  let room = columns - GAP.length - nameWidth;
  const remarkRoom = Math.min(20, Math.max(0, ...remarks.map(({ text }) => text.length)));
  const shown: { readonly width: number; readonly title: string; readonly cells: readonly string[] }[] = [];
  for (const { title, cell } of columnsOf(pace)) {
    const cells = operators.map(cell);
    // Widths of numbers grow in steps, so that the table does not tremble.
    const width = Math.max(7, title.length, ...cells.map((text) => text.length));
    room -= width + GAP.length;
    // The first column is worth more than the remarks, the others less.
    if (room < (shown.length === 0 ? 0 : remarkRoom)) break;
    shown.push({ width, title, cells });
  }
  const row = (name: string, cells: readonly string[], style?: Span['style']): Span => ({
    text: `${GAP}${fitted(name, nameWidth)}${cells.map((text, at) => GAP + text.padStart(shown[at]!.width)).join('')}`,
    ...(style === undefined ? {} : { style }),
  });
  return [
    [
      row(
        'operator',
        shown.map(({ title }) => title),
        'dim',
      ),
    ],
    ...operators.map((operator, at) => [
      row(
        operator.id,
        shown.map(({ cells }) => cells[at]!),
      ),
      remarks[at]!,
    ]),
  ];
}

/** What is unusual about an operator. */
function remarkOf({ waitsFor, errors, skipped, deadLetters, dropped, time, partitionsAhead = 0 }: OperatorMetrics): Span {
  const parts: string[] = [];
  if (time !== undefined && time.idle > 0) parts.push(`${records(time.idle)} of ${records(time.partitions)} partitions idle`);
  if (partitionsAhead > 0) parts.push(`${records(partitionsAhead)} partitions wait for others`);
  if (time !== undefined && time.late > 0) parts.push(`${records(time.late)} late`);
  if (waitsFor.length > 0) parts.push(`waits for ${[...new Set(waitsFor)].join(', ')}`);
  if (skipped > 0) parts.push(`${records(skipped)} skipped`);
  if (deadLetters > 0) parts.push(`${records(deadLetters)} dead letters`);
  for (const [reason, count] of Object.entries(dropped)) if (count > 0) parts.push(`${records(count)} dropped (${reason})`);
  const others = errors - skipped - deadLetters;
  if (others > 0) parts.push(`${records(others)} errors`);
  return parts.length === 0 ? { text: '' } : { text: `${GAP}${parts.join('; ')}`, style: 'yellow' };
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

/** Long names lose their beginning: the end is what tells them apart. */
function fitted(name: string, columns: number): string {
  const letters = [...name];
  if (widthOf(name) <= columns) return name + ' '.repeat(columns - widthOf(name));
  while (widthOf(letters.join('')) > columns - 1) letters.shift();
  const kept = `…${letters.join('')}`;
  return kept + ' '.repeat(columns - widthOf(kept));
}
