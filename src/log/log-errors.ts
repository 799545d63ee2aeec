import type { LockOwner } from '../base/owned-lock.ts';
import { hasCode, HeadraceError } from '../core/error.ts';

/** A place where records were and are not any more. */
export interface LogDamage {
  readonly file: string;
  /** The byte at which it begins, and how many there are; 0 when bytes are missing from the file. */
  readonly at: number;
  readonly bytes: number;
  /** The positions from `first` to just before `next` are lost; none when both are equal. */
  readonly first: number;
  readonly next: number;
  readonly why: string;
}

export function damaged({ file, at, first, next, why }: LogDamage): HeadraceError {
  const lost = next > first ? `the records ${first} to ${next - 1} are lost` : 'no record is lost';
  return new HeadraceError({
    code: 'HR_LOG_DAMAGED',
    where: `${file}, byte ${at}`,
    what: `a part of the log cannot be read: ${why}; ${lost}`,
    todo: `Put the file back from a copy. Or go on at position ${next}: with skipDamage, or once the log was repaired.`,
  });
}

export function tooNew(file: string, version: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_LOG_VERSION',
    where: file,
    what: `the log has version ${version} of the format, which this Headrace does not know`,
    todo: 'It was written by a newer Headrace: start that one.',
  });
}

export function inUse(folder: string, { owner, sinceMs }: LockOwner): HeadraceError {
  const since = sinceMs === undefined ? '' : ` since ${new Date(sinceMs).toISOString()}`;
  return new HeadraceError({
    code: 'HR_LOG_IN_USE',
    where: folder,
    what: `${owner === '' ? 'somebody else' : owner} writes this partition${since}`,
    todo: 'One writer at a time may have it: close that one first, or stop its process.',
  });
}

export function writeFailed(folder: string, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_LOG_WRITE_FAILED',
    where: folder,
    what: `the disk did not take what was written: ${text(cause)}`,
    todo: 'Nothing more is written here, since nobody knows what of it is on the disk. Look after the disk, then open the log again: it finds out.',
    cause,
  });
}

/** The disk takes no more of this file, whatever the reason; all else still works. */
export function isFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG');
}

/** What is full, and how there will be room. */
function fullness(cause: unknown): { readonly full: string; readonly todo: string } {
  if (hasCode(cause, 'EFBIG'))
    return {
      full: 'a file of the log may not grow further: its size is limited',
      todo: 'Raise the limit (`ulimit -f`, or that of the disk)',
    };
  const full = hasCode(cause, 'EDQUOT') ? 'the disk quota of the log is used up' : 'the disk of the log is full';
  return { full, todo: 'Make room, or let the topic keep less' };
}

/** What was staged is given up: whoever wrote it does not have it any more. */
export function stagedFull(path: string, cause: unknown): HeadraceError {
  const { full, todo } = fullness(cause);
  return new HeadraceError({
    code: 'HR_LOG_DISK_FULL',
    where: path,
    what: `${full}; nothing of this checkpoint was kept`,
    todo: `${todo} and start again: it goes on from the checkpoint before.`,
    cause,
  });
}

export function diskFull(folder: string, cause: unknown): HeadraceError {
  const { full, todo } = fullness(cause);
  return new HeadraceError({
    code: 'HR_LOG_DISK_FULL',
    action: 'retry',
    where: folder,
    what: `${full}; nothing of this append was kept`,
    todo: `${todo}; appending again then works.`,
    cause,
  });
}

export function recordTooLarge(folder: string, index: number, bytes: number, most: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_RECORD_TOO_LARGE',
    action: 'deadLetter',
    where: folder,
    what: `a record of ${bytes} bytes is larger than the ${most} a record of this log may have`,
    todo: 'Keep large bodies elsewhere and append where they are, or allow more with recordBytes.',
    member: index,
  });
}

export function transactionTooLarge(folder: string, bytes: number, most: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_TRANSACTION_TOO_LARGE',
    where: folder,
    what: `what is to be committed at once takes ${bytes} bytes, and ${most} is the most`,
    todo: 'Take checkpoints more often.',
  });
}

export function closed(folder: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_LOG_CLOSED',
    where: folder,
    what: 'this writer or reader of the log was closed',
    todo: 'Open another one.',
  });
}

export function expired(folder: string, asked: number, first: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_POSITION_EXPIRED',
    where: folder,
    what: `position ${asked} was removed: the log begins at ${first} now`,
    todo: `Let the topic keep its records longer than its readers need. To go on without the lost ones, read from 'start'.`,
  });
}

export function notOpened(folder: string, waitedMs: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_LOG_OPENING',
    action: 'retry',
    where: folder,
    what: `another process has the partition and has not said in ${waitedMs} ms where its log ends`,
    todo: 'Look whether that process still gets on (`headrace log ls` names it); if it hangs, end it, and the next reader finds the end by itself.',
  });
}

export function unknownPosition(folder: string, asked: number, end: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_POSITION_UNKNOWN',
    where: folder,
    what: `position ${asked} lies behind the end of the log, which is ${end}`,
    todo: 'The log was lost or replaced after this position was read: put the log back from a copy that fits, or begin anew.',
  });
}

export function badTopicFile(path: string, why: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_TOPIC_DAMAGED',
    where: path,
    what: `the description of the topic cannot be used: ${why}`,
    todo: 'Put the file back from a copy; it is a line of JSON.',
    cause,
  });
}

export function badConsumerFile(path: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_CONSUMER_DAMAGED',
    where: path,
    what: 'the positions of this consumer cannot be read',
    todo: 'Put the file back from a copy, or remove it to let the consumer begin anew.',
    cause,
  });
}

export function fewerPartitions(name: string, there: number, asked: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_TOPIC_PARTITIONS',
    where: `topic '${name}'`,
    what: `the topic has ${there} partitions and ${asked} were asked for`,
    todo: 'The number is fixed when a topic is made, since it decides where a key lives: ask for as many, or make another topic.',
  });
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
