import { HeadraceError } from '../../core/error.ts';

/** Bytes of a form that this version does not know. */
export function laterForm(kind: string, form: number | undefined, known: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_UNREADABLE',
    what: `the sketch of ${kind} is written in form ${form ?? 'unknown'}, and this version of Headrace reads forms up to ${known}`,
    todo: 'Run the version that wrote it, or begin anew.',
  });
}

/** The bytes under the name of their kind, as sketches are packed. */
export function bytesOf(plain: unknown, kind: string): Uint8Array | undefined {
  const bytes = (Object(plain) as Readonly<Record<string, unknown>>)[kind];
  return bytes instanceof Uint8Array ? bytes : undefined;
}

/** A share, as an error is one: between 0 and 1, both left out. */
export function checkedError(error: number, where: string, least: number, most: number): number {
  if (error >= least && error <= most) return error;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `an error of ${String(error)} cannot be kept`,
    where,
    todo: `Write a share from ${least} to ${most}: 0.01 is one percent.`,
  });
}
