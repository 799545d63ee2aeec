import { HeadraceError } from '../core/error.ts';
import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import { type Duration, milliseconds } from '../core/units.ts';

/** What becomes of a record that claims to come from the future. */
export interface FutureOptions {
  /** How far ahead is too far. */
  readonly beyond: Duration;
  /** Ahead of what: of the clock (unless told), or of the watermark of its partition, which does not depend on when it is read. */
  readonly of?: 'clock' | 'watermark';
  /**
   * `refuse` (unless told): it goes where `onError` says, with `HR_TIME_AHEAD`. `drop`: it is counted as dropped
   * (`ahead`). `pass`: it goes on with the time it claims. It never moves the watermark.
   */
  readonly fate?: 'refuse' | 'drop' | 'pass';
}

/** The limits of `Date`, 271,821 years each way: beyond them a number says no time. */
export const EARLIEST = -8.64e15;
const LATEST = 8.64e15;

/** The same with numbers for durations. */
export interface Future {
  readonly beyondMs: number;
  readonly of: 'clock' | 'watermark';
  readonly fate: 'refuse' | 'drop' | 'pass';
}

export function futureOf(options: FutureOptions | undefined): Future | undefined {
  if (options === undefined) return undefined;
  const { beyond, of = 'clock', fate = 'refuse' } = options;
  if (of !== 'clock' && of !== 'watermark') throw notOneOf('of', of, "'clock' or 'watermark'");
  if (fate !== 'refuse' && fate !== 'drop' && fate !== 'pass') throw notOneOf('fate', fate, "'refuse', 'drop' or 'pass'");
  return { beyondMs: milliseconds(beyond, 'eventTime future.beyond'), of, fate };
}

/** Is it a time that `Date` could hold, too? */
export function isTime(ms: number): boolean {
  return ms >= EARLIEST && ms <= LATEST;
}

/**
 * The latest time a record may claim, where the clock says `nowMs` and the watermark of its partition is that. At the
 * first record of a stream there is no watermark to be ahead of.
 */
export function latestTime(future: Future | undefined, nowMs: number, watermark: number): number {
  if (future === undefined) return LATEST;
  const { of, beyondMs } = future;
  if (of === 'clock') return Math.min(LATEST, nowMs + beyondMs);
  return watermark === Number.NEGATIVE_INFINITY ? LATEST : Math.min(LATEST, watermark + beyondMs);
}

/** What the function answered, as milliseconds. */
export function timeOfAnswer(given: unknown, where: string): number {
  if (typeof given === 'number') return given;
  if (given instanceof Date) return given.getTime();
  if (given instanceof Failure) throw given;
  if (isThenable(given)) throw refusedPromise(given, 'eventTime', where);
  throw invalidTime(given, where);
}

export function invalidTime(given: unknown, where: string): HeadraceError {
  const shown =
    typeof given === 'number' || given === null || given === undefined
      ? String(given)
      : given instanceof Date
        ? 'an invalid date'
        : `a ${typeof given}`;
  return new HeadraceError({
    code: 'HR_TIME_INVALID',
    action: 'deadLetter',
    what: `The time of a record is ${shown}`,
    where,
    todo: 'Answer milliseconds since 1970 or a valid Date from eventTime, on every stream that comes here; fail(reason), or filter, for records that have no time.',
  });
}

/** Time is further than an operator could take the record; a window took corrections for some time. */
export function tooLate(timeMs: number, watermark: number, where: string, latenessMs?: number): HeadraceError {
  const isWindow = latenessMs !== undefined;
  return new HeadraceError({
    code: 'HR_RECORD_LATE',
    action: 'deadLetter',
    what: `A record of ${timeMs} came when the watermark was at ${watermark}${isWindow ? `, more than ${latenessMs} ms after its windows were over` : ''}`,
    where,
    todo: `Raise disorder of eventTime if records may be that far behind${isWindow ? ', or lateness of the window if corrections are welcome that late' : ''}.`,
  });
}

export function aheadOf({ of, beyondMs }: Future, ms: number, where: string): HeadraceError {
  const ahead = of === 'clock' ? 'the clock' : 'the watermark of its partition';
  return new HeadraceError({
    code: 'HR_TIME_AHEAD',
    action: 'deadLetter',
    what: `The time of a record, ${new Date(ms).toISOString()}, is more than ${beyondMs} ms ahead of ${ahead}`,
    where,
    todo: "Mend the clock of whoever wrote it; eventTime(of, { future: { beyond, fate: 'drop' } }) drops such records and counts them.",
  });
}

function notOneOf(option: string, given: unknown, all: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `${JSON.stringify(given)} is not ${all}`,
    where: `eventTime future.${option}`,
    todo: `Write ${all}.`,
  });
}
