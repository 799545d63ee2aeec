import { type ErrorAction, HeadraceError } from '../../core/error.ts';

/** The file is no array, or not the whole of one. */
export function damaged(where: string, byte: number, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_ARRAY_DAMAGED', where: `${where}, byte ${byte}`, what, todo });
}

/** The file is an array of a form that is not read here. */
export function unsupported(where: string, byte: number, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_ARRAY_UNSUPPORTED', where: `${where}, byte ${byte}`, what, todo });
}

/** The file is an array, and not the one that was asked for. */
export function differs(where: string, what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_ARRAY_DIFFERS',
    where,
    what,
    todo: 'Correct the options, or leave them out and look at what the file says.',
  });
}

export function invalid(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', where, what, todo });
}

export function unwritable(where: string, what: string, todo: string): HeadraceError {
  const action: ErrorAction = 'deadLetter';
  return new HeadraceError({ code: 'HR_VALUE_UNENCODABLE', action, where, what, todo });
}
