import type { Run } from '../runtime/runtime.ts';
import { ExitCode } from './exit-code.ts';
import type { Voice } from './voice.ts';

/**
 * The first signal stops the run gracefully, the second ends the process at once. Unlike `run`, which lets the second
 * signal do what it does by itself, this one leaves the terminal tidy and the exit code a plain number.
 */
export function stopOnSignals(running: Run, voice: Voice): () => void {
  let isStopping = false;
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (isStopping) {
      voice.gaveUp(signal);
      process.exit(ExitCode[signal]);
    }
    isStopping = true;
    voice.stopping(signal);
    // What the stop fails of is thrown by `done`.
    running.stop().catch(() => {});
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}
