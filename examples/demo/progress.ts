import type { Run } from 'headrace';
import type { Reasons } from './reasons.ts';
import { count, megabytes } from './figures.ts';

/** Shows how a run goes: one line that is drawn again on a terminal, otherwise a line a second. Answers how to end it. */
export function showProgress(running: Run, dropped: Reasons): () => void {
  const isTerminal = process.stdout.isTTY;
  let before = { ms: 0, in: 0, out: 0 };
  function show(): void {
    const metrics = running.metrics();
    const now = { ms: metrics.ms, in: metrics.in, out: metrics.operators.find(({ id }) => id === 'flatten')?.out ?? 0 };
    const seconds = (now.ms - before.ms) / 1000;
    const rate = (field: 'in' | 'out') => `${count((now[field] - before[field]) / seconds)}/s ${field}`;
    const memory = `${megabytes(process.memoryUsage.rss())} memory`;
    const line = [`${count(now.in)} records`, rate('in'), rate('out'), memory, `${count(dropped.total)} dropped`].join(' · ');
    before = now;
    process.stdout.write(isTerminal ? `\r${line.slice(0, (process.stdout.columns || 80) - 1)}\x1b[K` : `${line}\n`);
  }
  const timer = setInterval(show, isTerminal ? 200 : 1000);
  return () => {
    clearInterval(timer);
    if (isTerminal) process.stdout.write('\r\x1b[K');
  };
}
