import { HeadraceError, isHeadraceError } from '../core/error.ts';

type Told = readonly [code: `HR_${string}`, what: string, todo: string];

const KNOWN: Readonly<Record<string, Told>> = {
  ENOENT: [
    'HR_FILE_MISSING',
    'there is no such file or folder',
    'Check the path, which counts from the folder the program was started in.',
  ],
  ENOTDIR: [
    'HR_FILE_MISSING',
    'a part of the path is no folder',
    'Check the path, which counts from the folder the program was started in.',
  ],
  EISDIR: ['HR_FILE_IS_FOLDER', 'this is a folder', 'Name a file inside it.'],
  EACCES: ['HR_FILE_DENIED', 'the file or folder may not be opened', 'Give the user of this process the right to it.'],
  EPERM: ['HR_FILE_DENIED', 'the file or folder may not be opened', 'Give the user of this process the right to it.'],
  EROFS: ['HR_FILE_DENIED', 'the disk is mounted for reading only', 'Choose another place, or mount the disk for writing.'],
  ENOSPC: [
    'HR_DISK_FULL',
    'the disk is full',
    'Make room and start again: what was written before this is kept, and a run with checkpoints goes on exactly.',
  ],
  EDQUOT: [
    'HR_DISK_FULL',
    'the disk quota is used up',
    'Make room and start again: what was written before this is kept, and a run with checkpoints goes on exactly.',
  ],
  EFBIG: [
    'HR_DISK_FULL',
    'a file may not grow further: its size is limited',
    'Raise the limit (`ulimit -f`, or that of the disk) and start again: what was written before this is kept, and a run with checkpoints goes on exactly.',
  ],
  EXDEV: [
    'HR_FILE_FAILED',
    'a folder below the output is on another disk',
    'A file comes into its folder by a rename, which stays on one disk: mount that disk at the output itself.',
  ],
  EMFILE: ['HR_FILES_TOO_MANY', 'the process has too many files open', 'Raise the limit with `ulimit -n`, or open fewer files at once.'],
  ENFILE: ['HR_FILES_TOO_MANY', 'the machine has too many files open', 'Raise the limit of the machine, or open fewer files at once.'],
};

/** An error of the disk in our words; one that is not known stops the run and keeps its own message. */
export function explain(cause: unknown, where: string): HeadraceError {
  if (isHeadraceError(cause)) return cause;
  const known = KNOWN[(cause as { readonly code?: string } | undefined)?.code ?? ''];
  const [code, what, todo] = known ?? [
    'HR_FILE_FAILED',
    `the disk failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Look at the cause and at the log of the machine.',
  ];
  return new HeadraceError({ code, where, what, todo, cause });
}
