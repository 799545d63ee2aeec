import { HeadraceError } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import type { WrongCell } from './cells.ts';

/** How much of a record that is too long goes into its dead letter. */
export const KEPT_OF_LONG = 1024;

/** Where in a file something is wrong: `line 7, byte 812`. It is part of what is said, since a dead letter keeps that. */
export function brokenLine(where: string, place: string, fault: string): HeadraceError {
  return refusal('HR_DECODE_FAILED', where, `${place}: not JSON: ${fault}`, 'Correct the writer, or read these lines with text().');
}

export function longLine(where: string, place: string, limit: number): HeadraceError {
  return refusal(
    'HR_RECORD_TOO_LARGE',
    where,
    `${place}: a line is longer than ${limit} bytes`,
    'Raise the option recordBytes, or look whether the file has lines at all. Reading goes on behind this line.',
  );
}

export function noObject(where: string, place: string): HeadraceError {
  return refusal(
    'HR_DECODE_INVALID',
    where,
    `${place}: this is no JSON object, and columns are read from the members of one`,
    'Correct the writer, or read these lines with json() and no columns.',
  );
}

export function wrongCell(where: string, place: string, spec: ColumnSpec, cell: WrongCell): HeadraceError {
  return refusal(
    'HR_DECODE_INVALID',
    where,
    `${place}, column '${spec.name}': ${cell.what}`,
    'Correct the writer, or the kind of the column; a ? behind the kind allows a member to be missing or null.',
  );
}

function refusal(code: `HR_${string}`, where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code, action: 'deadLetter', where, what, todo });
}
