import type { Scheduler } from '../core/world.ts';
import type { RunMetrics, RunReport } from '../runtime/report.ts';
import type { Run } from '../runtime/runtime.ts';
import type { Failure } from './failure.ts';

/** How a run speaks to whoever has started it: a panel, JSON lines, or hardly at all. */
export interface Voice {
  /** Says so when loading takes long: a module that waits for its own run never comes back. */
  whileLoading<T>(file: string, load: () => Promise<T>): Promise<T>;
  began(running: Run): void;
  stopping(signal: string): void;
  /** A second signal: the last word before the process ends. */
  gaveUp(signal: string): void;
  ended(report: RunReport, metrics: RunMetrics): void;
  failed(failure: Failure): void;
}

/** Of a run that found nothing to do. */
export const FINISHED_BEFORE: string = 'an earlier run has come to the end of its data; --again begins anew';

/** Loading that takes longer is worth a word. */
const SLOW_LOADING_MS = 3000;

export async function sayWhenSlow<T>(scheduler: Scheduler, say: () => void, load: () => Promise<T>): Promise<T> {
  const timer = scheduler.after(SLOW_LOADING_MS, say);
  try {
    return await load();
  } finally {
    timer.cancel();
  }
}
