import { HeadraceError } from '../core/error.ts';

export interface DamagedOptions {
  /** The newest checkpoint before it that is sound, where somebody has looked; 0 says that there is none. */
  readonly before?: number | undefined;
  /** Its state is in a store on the disk. */
  readonly isStored?: boolean;
  readonly cause?: unknown;
}

export function damaged(path: string, why: string, { before, isStored = false, cause }: DamagedOptions = {}): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_DAMAGED',
    where: path,
    what: `the checkpoint cannot be used: ${why}`,
    todo: `Put the file back from a copy. ${isStored ? WITH_STORE : otherwise(before)}`,
    cause,
  });
}

/** An older checkpoint is no way out: a start would refuse it. */
export const WITH_STORE =
  'Its state is in a store on the disk, which cannot go back to an older checkpoint: put the whole folder of the pipeline back from one copy, store and checkpoints together, or begin anew in another dir.';

function otherwise(before: number | undefined): string {
  if (before === 0)
    return 'No other is sound, so without it the run begins anew, and what sinks have committed is written again: `headrace checkpoint rm` with --all.';
  const [which, option] =
    before === undefined ? ['the one before it', '--from with its number'] : [`checkpoint ${before}`, `--from ${before}`];
  return `Or go on from ${which}, with ${option} --accept-duplicates; what sinks have committed since is then written again.`;
}

export function tooNew(path: string, version: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_VERSION',
    where: path,
    what: `the checkpoint has version ${version} of the format, which this Headrace does not know`,
    todo: 'It was written by a newer Headrace: start that one.',
  });
}

export function foreign(path: string, pipeline: string, other: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_FOREIGN',
    where: path,
    what: `this is the folder of pipeline '${pipeline}' and it holds a checkpoint of '${other}'`,
    todo: 'Give each pipeline a folder: two names may not differ in the case of their letters alone where the disk does not tell them apart. Move the checkpoint to where it belongs.',
  });
}

/** `there` are the numbers that can be named instead, newest first. */
export function missing(where: string, n: number, there: readonly number[]): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_MISSING',
    where,
    what: `there is no checkpoint ${n}`,
    todo: there.length === 0 ? 'There is none at all: a run with this folder takes some.' : `There ${numbersText(there)}.`,
  });
}

const MOST_NAMED = 8;

/** `is 7`, `are 9, 8 and 7`, `are 9, 8, 7 … and 20 others`. */
function numbersText(numbers: readonly number[]): string {
  if (numbers.length === 1) return `is ${numbers[0]}`;
  if (numbers.length > MOST_NAMED) return `are ${numbers.slice(0, MOST_NAMED).join(', ')} and ${numbers.length - MOST_NAMED} others`;
  return `are ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;
}
