import type { Row } from './judge.ts';

/** The rows of one contest, aligned. */
export function table(rows: readonly Row[], unit: string, by: 'CPU' | 'wall' = 'CPU'): string {
  const head = ['', `${by} per ${unit}`, `${unit}s/s`, 'x ours', 'floor', ''];
  const body = rows.map((row) => [
    row.candidate,
    time(by === 'wall' ? row.wallNs : row.cpuNs),
    rate(row.wallNs),
    row.ratio === undefined ? '' : row.ratio.toFixed(row.ratio < 10 ? 2 : 1),
    [...row.verdicts.map((verdict) => verdict.floor), ...figures(row)].join(', '),
    row.verdicts.length === 0 ? '' : row.verdicts.every((verdict) => verdict.isMet) ? 'ok' : 'MISSED',
  ]);
  const lines = [head, ...body];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      `  ${line.map((cell, column) => (column === 0 || column > 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}

function figures(row: Row): readonly string[] {
  return Object.entries(row.figures).map(([name, value]) => `${name} = ${value.toFixed(1)}`);
}

export function time(ns: number): string {
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(1)} ms`;
  return ns >= 1e4 ? `${(ns / 1e3).toFixed(1)} us` : `${ns.toFixed(1)} ns`;
}

function rate(wallNs: number): string {
  const perSecond = 1e9 / wallNs;
  return perSecond >= 1e6
    ? `${(perSecond / 1e6).toFixed(2)} M`
    : perSecond >= 1e3
      ? `${(perSecond / 1e3).toFixed(0)} k`
      : perSecond.toFixed(0);
}
