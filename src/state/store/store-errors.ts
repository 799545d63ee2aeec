import { HeadraceError } from '../../core/error.ts';

export interface Spot {
  readonly path: string;
  readonly byte: number;
}

export function damaged({ path, byte }: Spot, why: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_STORE_DAMAGED',
    where: `${path}, byte ${byte}`,
    what: `the state store is damaged: ${why}`,
    todo: 'Look after the disk, put the folder of the store back from a copy, or remove it and begin anew: its state is then gone.',
    cause,
  });
}

export function inUse(folder: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_STORE_IN_USE',
    where: folder,
    what: 'somebody else has the state store open',
    todo: 'Stop the other process first, or give this one another folder.',
  });
}

export function tooNew(path: string, version: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_STORE_VERSION',
    where: path,
    what: `the state store has version ${version} of the format, which this Headrace does not know`,
    todo: 'It was written by a newer Headrace: start that one.',
  });
}

export function broken(folder: string, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_STORE_BROKEN',
    where: folder,
    what: 'the disk failed while the state store was writing, so nobody knows what is on it',
    todo: 'Look after the disk and start again: opening the store finds the last transaction that is whole.',
    cause,
  });
}

export function packageMissing(folder: string, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_PACKAGE_MISSING',
    where: folder,
    what: "the package 'lmdb' cannot be loaded",
    todo: "Run 'npm install lmdb', or leave the store as it is: the one that comes with Headrace needs no package.",
    cause,
  });
}
