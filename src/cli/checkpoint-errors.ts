import { HeadraceError } from '../core/error.ts';

export function noPipeline(dir: string, asked: string | undefined, known: readonly string[]): HeadraceError {
  const what =
    asked === undefined
      ? known.length === 0
        ? 'there are no checkpoints'
        : 'there are several pipelines'
      : `there is no pipeline '${asked}'`;
  const todo = known.length === 0 ? 'A run with --dir and this folder takes some.' : `Name one: ${known.join(', ')}.`;
  return new HeadraceError({ code: 'HR_CHECKPOINT_MISSING', what, where: dir, todo });
}

export function noOperator(operator: string, known: readonly string[], where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_MISSING',
    what: `the checkpoint has no state of '${operator}'`,
    where,
    todo: known.length === 0 ? 'It has no state at all.' : `It has state of ${known.join(', ')}.`,
  });
}

export function unreadable(path: string, why: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_DAMAGED',
    what: `the checkpoint cannot be read: ${why}`,
    where: path,
    todo: '`headrace checkpoint verify` says what that means for the next run.',
  });
}

export function needed(where: string, n: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINT_NEEDED',
    what: `checkpoint ${n} is the newest, with which the next run begins; nothing was removed`,
    where,
    todo: 'To go on from an older one: headrace run … --from <n> --accept-duplicates, which keeps this one aside. To begin anew, remove all with --all.',
  });
}

export function unconfirmed(where: string, count: number, size: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_USAGE',
    what: `this would remove ${count} ${count === 1 ? 'file' : 'files'} (${size}) for good; nothing was removed`,
    where,
    todo: 'Add --yes to remove.',
  });
}
