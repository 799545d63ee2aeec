import { crc32c } from '../../base/crc32c.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Resume } from '../../core/source.ts';
import type { OpenFile } from '../../core/world.ts';

/** Where a file is read on: behind the last record that was told. */
export interface Place {
  /** The next byte of its content, unpacked; of a format of pages the next row. */
  readonly at: number;
  /** How many lines were passed, where lines are counted and the count is known. */
  readonly line?: number | undefined;
  /** What the format wants to know there. */
  readonly state?: string | undefined;
}

/** A place as a checkpoint keeps it. */
export interface KeptPlace extends Place {
  /** How the file began, so that another one under its name is noticed: how many bytes, and their checksum. */
  readonly head?: string | undefined;
  /** The file held no more when it was opened. */
  readonly isEnd?: true | undefined;
}

export const BEGINNING: Place = { at: 0, line: 0 };

/** So many bytes tell one file from another. */
export const HEAD_BYTES = 256;

/** How a file begins, in a few characters: its first bytes up to the place, since those behind it may be still to come. */
export function headOf(first: Uint8Array, upTo: number): string {
  const length = Math.min(first.length, upTo, HEAD_BYTES);
  return `${length}:${crc32c(first.subarray(0, length)).toString(16)}`;
}

/** Does a file that begins with these bytes begin as it was told? */
export function isHead(first: Uint8Array, head: string): boolean {
  const length = Number.parseInt(head, 10);
  return first.length >= length && headOf(first.subarray(0, length), length) === head;
}

/** The first bytes of a file, as many as tell one from another or more. */
export async function firstBytes(file: OpenFile, bytes: number = HEAD_BYTES): Promise<Uint8Array> {
  const first = Buffer.allocUnsafeSlow(bytes);
  return first.subarray(0, await file.read(first, 0));
}

/** What a checkpoint keeps of one file. */
export function keptPlace({ at, line, state, head }: KeptPlace): string {
  return JSON.stringify({ at, line, state, head });
}

/** What a checkpoint kept. Those written before there were lines and heads hold the byte alone. */
export function resumed(resume: Resume | undefined, where: string): unknown {
  if (resume === undefined || resume === null) return undefined;
  if (typeof resume === 'number') return { at: resume };
  try {
    return JSON.parse(resume);
  } catch (cause) {
    throw foreign(where, cause);
  }
}

/** The parts of a place, checked: a checkpoint may be of another source that was called the same. */
export function placeOf(kept: unknown, where: string): KeptPlace {
  const { at, line, state, head, isEnd } = kept as Record<string, unknown>;
  const isPlace =
    Number.isSafeInteger(at) &&
    (at as number) >= 0 &&
    (line === undefined || Number.isSafeInteger(line)) &&
    (state === undefined || typeof state === 'string') &&
    (head === undefined || typeof head === 'string');
  if (!isPlace) throw foreign(where);
  return {
    at: at as number,
    line: line as number | undefined,
    state: state as string | undefined,
    head: head as string | undefined,
    isEnd: isEnd === true ? true : undefined,
  };
}

export function foreign(where: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_POSITION_FOREIGN',
    where,
    what: 'the checkpoint holds a position of another kind than this source has',
    todo: 'It was one file and is a folder now, or the other way round, or is followed now and was not. Give the source another name, or begin anew without the checkpoint.',
    cause,
  });
}

export function shorter(where: string, at: number, bytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_SHORTER',
    where,
    what: `the checkpoint stands at byte ${at} and the file has ${bytes}`,
    todo: 'The file was cut or replaced. Put the old one back, or begin anew without the checkpoint.',
  });
}

/** Another file than the one the checkpoint knows. */
export function replaced(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_REPLACED',
    where,
    what: 'the file begins otherwise than when the checkpoint was taken',
    todo: 'It was replaced or written anew. Put the old one back, or begin anew without the checkpoint.',
  });
}
