import { HeadraceError, hasCode } from '../core/error.ts';

/** What the user can do about it. */
function remedy(cause: unknown): string {
  for (let at = cause; at instanceof Error; at = at.cause)
    if (hasCode(at, 'EFBIG')) return 'Raise the limit on the size of a file (`ulimit -f`, or that of the disk)';
  return hasCode(cause, 'ENOSPC', 'EDQUOT', 'HR_DISK_FULL', 'HR_LOG_DISK_FULL')
    ? 'Make room on the disk of the folder'
    : 'Mend what the cause says';
}

/** What went wrong with a checkpoint ends the run. */
export function failed(n: number, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_FAILED',
    what: `checkpoint ${n} could not be finished: ${cause instanceof Error ? cause.message : String(cause)}`,
    todo: `The run stops, so that nothing is committed without its state. ${remedy(cause)} and start again: it goes on from the checkpoint before.`,
    cause,
  });
}

export function abandoned(n: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_FAILED',
    what: `checkpoint ${n} was given up because the run ended with an error`,
    todo: 'The next start goes on from the checkpoint before.',
  });
}
