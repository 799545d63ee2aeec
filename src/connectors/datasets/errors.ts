import { HeadraceError } from '../../core/error.ts';

export function changed(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_DATASET_CHANGED', where, what, todo });
}

export function full(where: string, records: number, bytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_SHUFFLE_FULL',
    where,
    what: `${records} records to be shuffled have more than ${bytes} bytes`,
    todo: 'Shuffle fewer at a time with the option buffer, or raise bytes if the memory is there.',
  });
}

export function invalid(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', where, what, todo });
}
