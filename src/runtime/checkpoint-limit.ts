import { HeadraceError } from '../core/error.ts';

/** What a checkpoint has not got yet; the first of these that is not empty is what keeps it. */
export interface Lacking {
  /** Operators that the barrier has not passed, the first of them nearest to the sources. */
  readonly parts: readonly string[];
  readonly sinks: readonly string[];
  readonly step: 'barrier' | 'write' | 'commit';
}

const MOST_NAMED = 5;

/** A checkpoint has taken longer than `checkpointWithin`. */
export function checkpointTimedOut(n: number, withinMs: number, lacking: Lacking): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_TIMEOUT',
    what: `checkpoint ${n} was not finished ${withinMs} ms after it was begun: ${waitedFor(lacking)}`,
    todo: 'The run stops, since what it could not make safe only grows. Look at what it waited for: a call or a sink without a timeout, or a disk that hangs. If all is well and only slow, raise checkpointWithin. The next start goes on from the checkpoint before.',
  });
}

function waitedFor({ parts, sinks, step }: Lacking): string {
  if (step === 'write') return 'it was being written';
  if (step === 'commit') return `it is written, and not all sinks have committed (${named(sinks)})`;
  if (parts.length > 0) return `the barrier has not passed ${named(parts)}`;
  return sinks.length > 0 ? `sinks have not prepared (${named(sinks)})` : 'sources have not said where they stand';
}

function named(ids: readonly string[]): string {
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} others` : '';
  return `${ids.slice(0, MOST_NAMED).join(', ')}${more}`;
}
