import { HeadraceError } from '../core/error.ts';
import type { RunReport } from './report.ts';
import type { Run } from './runtime.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first signal stops the run gracefully; the second ends the process the way the signal does by itself. */
export async function withSignals(running: Run): Promise<RunReport> {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) {
      leave();
      process.kill(process.pid, signal);
      return;
    }
    isStopping = true;
    // What it fails of is thrown by `done` below.
    running.stop().catch(() => {});
  };
  const leave = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await running.done;
  } catch (error) {
    throw (
      error ??
      new HeadraceError({ code: 'HR_ABORTED', what: 'the run was aborted without a reason', todo: 'Give controller.abort() a reason.' })
    );
  } finally {
    leave();
  }
}
