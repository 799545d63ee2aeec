import { HeadraceError } from '../../core/error.ts';

export function changed(where: string, what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_ARRAY_CHANGED',
    where,
    what,
    todo: 'Open it again. Whoever writes such a file should write another one and rename it into its place.',
  });
}

export function outside(where: string, what: string): HeadraceError {
  return new HeadraceError({ code: 'HR_ARRAY_OUTSIDE', where, what, todo: 'Look at shape; indices begin with 0 and are whole numbers.' });
}

export function closed(where: string): HeadraceError {
  return new HeadraceError({ code: 'HR_ARRAY_CLOSED', where, what: 'the array was closed', todo: 'Open it again with memmap.' });
}
