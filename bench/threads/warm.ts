import { type RunOptions, start } from 'headrace';
import type { Outcome } from '../kit/question.ts';

const SAMPLE_MS = 5;
/** Of the records that come out, so many are there to make threads warm. */
const WARM = 1 / 3;

/**
 * Runs the pipeline of a module. Threads are started anew in each run, so no run before it can make them warm: what
 * counts is from the moment a third of the records have come out until the run is over, as if all had come at this
 * pace. How long it took from the start until the first one was out stands beside it.
 */
export async function runWarm(url: URL, options: RunOptions = {}): Promise<Required<Pick<Outcome, 'wallMs' | 'figures'>>> {
  const seen: { readonly atMs: number; readonly out: number }[] = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  const running = await start(url, options);
  const timer = setInterval(() => seen.push({ atMs: performance.now(), out: running.metrics().out }), SAMPLE_MS);
  const { out } = await running.done.finally(() => clearInterval(timer));
  const ended = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const first = seen.find((sample) => sample.out > 0);
  const warm = seen.find((sample) => sample.out >= out * WARM);
  if (first === undefined || warm === undefined) throw new Error('the run was too short');
  return {
    wallMs: ((ended - warm.atMs) / (out - warm.out)) * out,
    figures: { 'start ms': first.atMs - started, cores: (user + system) / 1e3 / (ended - started) },
  };
}
