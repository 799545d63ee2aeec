import { HeadraceError } from '../core/error.ts';

/** An error of a simulation says with which seed it came; it stays the error that it is. */
export function withSeed(error: unknown, seed: string): unknown {
  if (typeof error !== 'object' || error === null || !Object.isExtensible(error) || 'seed' in error) return error;
  return Object.assign(error, { seed });
}

export function simulationOver(what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_SIMULATION_OVER', what, where: 'simulate', todo });
}

export function noMoment(given: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `'${given}' is no moment to die at`,
    where: 'crash({ at })',
    todo: "Write 'now', 'duringCheckpoint', 'afterPrepare' or 'beforeCommit', or leave it out.",
  });
}

export interface FailedRun {
  readonly run: number;
  readonly runs: number;
  readonly seed: string;
  /** What was drawn for it: chunk size and form of the loop. */
  readonly as: string;
  /** What happened to it. */
  readonly story: readonly string[];
  readonly cause: unknown;
}

export function runFailed({ run, runs, seed, as, story, cause }: FailedRun): unknown {
  // The rest of it, such as what differs, stands in the cause.
  const why = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]!;
  const happened = story.length === 0 ? 'nothing happened to it' : story.join(', then ');
  const error = new HeadraceError({
    code: 'HR_SIMULATION_FAILED',
    what: `run ${run} of ${runs} failed with seed '${seed}': ${why.replace(/[.:]$/, '')}`,
    where: `${as}; ${happened}`,
    todo: `Repeat it alone with { seed: '${seed}', runs: 1 }.`,
    cause,
  });
  return withSeed(error, seed);
}
