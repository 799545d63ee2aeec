import { HeadraceError } from '../../core/error.ts';
import type { Token } from '../../core/sink.ts';

/** What a token says: everything another process needs to commit what this one prepared. */
export type Prepared = PreparedFile | PreparedShare | PreparedLength;

/** One file or none; as tokens were up to version 1. */
export interface PreparedFile {
  readonly version: 1;
  readonly path: string;
  readonly index: number;
  /** Counts the files of one writer. */
  readonly number: number;
  /** 0 when there was nothing to prepare: then no file has the number. */
  readonly bytes: number;
}

/** Any number of files. Their names are in the token where it is one, and else in a list beside them. */
export interface PreparedShare {
  readonly version: 2;
  readonly kind: 'files';
  readonly path: string;
  readonly index: number;
  /** The highest number that was given so far. */
  readonly number: number;
  readonly count: number;
  /** Of the one file, or of the list. */
  readonly bytes: number;
  /** Of the one file. */
  readonly folder?: string;
}

/** How far a file that grows may be read. */
export interface PreparedLength {
  readonly version: 2;
  readonly kind: 'length';
  readonly path: string;
  readonly index: number;
  readonly bytes: number;
  /** Of the last bytes in front of that length: whether it is the same file still. */
  readonly check: number;
}

export function tokenOf(prepared: Prepared): Token {
  return JSON.stringify(prepared);
}

export function readToken(token: Token, id: string): Prepared {
  try {
    const prepared = JSON.parse(token) as Prepared;
    const isKnown = prepared.version === 1 || (prepared.version === 2 && (prepared.kind === 'files' || prepared.kind === 'length'));
    if (isKnown && typeof prepared.path === 'string' && typeof prepared.bytes === 'number') return prepared;
  } catch {
    // Told below: text that is no JSON is as foreign as JSON that is no token.
  }
  throw new HeadraceError({
    code: 'HR_TOKEN_UNKNOWN',
    where: id,
    what: 'the checkpoint holds a token that is not one of a file sink',
    todo: 'It was written by another kind of sink under this name, or by a newer Headrace. Give the new sink a name of its own.',
  });
}
