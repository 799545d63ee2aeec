import type { RecordInfo } from '../core/chunk.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { Failure } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Refuser } from './flow-host.ts';
import { redrivenTo } from './redrive/names.ts';

/** Does what the operator's `onError` says about a refused record. True: it is to stop, nothing behind the record may pass. */
export function refuse(by: Refuser, error: unknown, deeds: { letter(): void; stop(): void }): boolean {
  const { counters } = by;
  const isMistake = isHeadraceError(error) && error.code === 'HR_PROMISE_NOT_ALLOWED';
  const fate = by.part.isAfterLetters || isMistake ? 'stop' : by.onError;
  if (fate === 'skip') {
    counters.skipped++;
    return false;
  }
  if (fate === 'deadLetter') {
    counters.deadLetters++;
    deeds.letter();
    return false;
  }
  deeds.stop();
  return true;
}

export interface Refusal {
  readonly error: unknown;
  readonly value: unknown;
  readonly record: RecordInfo;
  readonly time: number;
  /** Why the value cannot be sent in again, or not all of it. */
  readonly lost?: string | undefined;
}

/** What a refused record looks like to its reader. */
export function letterOf(by: Refuser, { error, value, record, time, lost }: Refusal): DeadLetter {
  const operator = redrivenTo(by.id);
  // What could not even enter is the letter it was, with the new error: it is sent in again as if for the first time.
  if (operator !== by.id) return { ...(value as DeadLetter), error: toldOf(error, true), time };
  const { key } = record;
  return {
    id: record.id,
    operator,
    error: toldOf(error, value instanceof Uint8Array || lost !== undefined),
    origin: { source: record.source, partition: record.partition, position: record.position },
    // What a record can have is a key.
    ...(key === undefined ? {} : { key: key as Key }),
    time,
    ...(value instanceof Uint8Array ? { bytes: value } : lost === undefined ? { value } : {}),
    ...(lost === undefined ? {} : { lost }),
  };
}

/** Where something could not be read, its error knows the place better than anybody. */
function toldOf(error: unknown, wasRead: boolean): DeadLetter['error'] {
  const told = { code: codeOf(error), what: whatOf(error) };
  return wasRead && isHeadraceError(error) && error.where !== undefined ? { ...told, where: error.where } : told;
}

/**
 * The error a run ends with. Its stack begins where the user's function threw, so that the first line a reader sees
 * is a line of their own.
 */
export function stopError(pipeline: string, by: Refuser, error: unknown, record: RecordInfo): HeadraceError {
  const stop = new HeadraceError({
    code: codeOf(error),
    what: `${by.kind} refused a record: ${whatOf(error)}`,
    where: `pipeline '${pipeline}', ${by.id}${by.line === undefined ? '' : ` at ${by.line}`}, record ${record.id}`,
    todo: isHeadraceError(error)
      ? error.todo
      : "Mend the function or the record, or choose onError: 'skip' or 'deadLetter' to go on without such records.",
    cause: error instanceof Failure ? undefined : error,
  });
  if (error instanceof Error && error.stack !== undefined) {
    const frames = error.stack.split('\n').filter((line) => /^\s+at /.test(line));
    if (frames.length > 0) stop.stack = `HeadraceError: ${stop.message}\n${frames.join('\n')}`;
  }
  return stop;
}

function codeOf(error: unknown): `HR_${string}` {
  if (error instanceof Failure) return 'HR_RECORD_REFUSED';
  return isHeadraceError(error) ? error.code : 'HR_OPERATOR_FAILED';
}

function whatOf(error: unknown): string {
  if (error instanceof Failure) return error.reason;
  if (isHeadraceError(error)) return error.what;
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  try {
    return String(error);
  } catch {
    return 'an object that cannot be shown';
  }
}
