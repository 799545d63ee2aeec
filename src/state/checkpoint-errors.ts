import { HeadraceError } from '../core/error.ts';

export function damaged(path: string, why: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_DAMAGED',
    where: path,
    what: `the newest checkpoint cannot be used: ${why}`,
    todo: 'Put the file back from a copy. Or move it away: the run then goes on from the checkpoint before it, or anew if there is none, and what sinks have committed since is written again.',
    cause,
  });
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
