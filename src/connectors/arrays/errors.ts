import { HeadraceError, isHeadraceError } from '../../core/error.ts';

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

const TOLD: Readonly<Record<string, readonly [code: `HR_${string}`, what: string, todo: string]>> = {
  ENOENT: ['HR_FILE_MISSING', 'there is no such file', 'Check the path, which counts from the folder the program was started in.'],
  ENOTDIR: [
    'HR_FILE_MISSING',
    'a part of the path is no folder',
    'Check the path, which counts from the folder the program was started in.',
  ],
  EISDIR: ['HR_FILE_IS_FOLDER', 'this is a folder', 'Name a file inside it.'],
  EACCES: ['HR_FILE_DENIED', 'the file may not be opened', 'Give the user of this process the right to it.'],
  EPERM: ['HR_FILE_DENIED', 'the file may not be opened', 'Give the user of this process the right to it.'],
  EMFILE: ['HR_FILES_TOO_MANY', 'the process has too many files open', 'Raise the limit with `ulimit -n`, or open fewer files at once.'],
  ENFILE: ['HR_FILES_TOO_MANY', 'the machine has too many files open', 'Raise the limit of the machine, or open fewer files at once.'],
};

/** An error of the disk in our words. */
export function explain(cause: unknown, where: string): HeadraceError {
  if (isHeadraceError(cause)) return cause;
  const [code, what, todo] = TOLD[(cause as { readonly code?: string } | undefined)?.code ?? ''] ?? [
    'HR_FILE_FAILED',
    `the disk failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Look at the cause and at the log of the machine.',
  ];
  return new HeadraceError({ code, where, what, todo, cause });
}
