import { folderName } from '../../base/folder-name.ts';
import type { Chunk, RecordInfo } from '../../core/chunk.ts';
import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import { OwnRecord, timeOf } from '../../core/record-of.ts';

/** Which folder, below that of the path, a record is written to: a pattern of its event time, or a function. */
export type Into<T> = string | ((value: T, record: RecordInfo) => string);

/** The folder of one value of a chunk. A record without one is refused: its error has the action `deadLetter` and `member`. */
export type Route<T> = (chunk: Chunk<T>, member: number) => string;

const DEEPEST = 8;

export function routeOf<T>(into: Into<T>, id: string): Route<T> {
  return typeof into === 'string' ? byTime(timePattern(into, id), id) : byFunction(into, id);
}

/**
 * A folder name made of a time, in UTC: `%Y` the year, `%m` the month, `%d` the day, `%H` the hour, `%M` the minute.
 *
 * @example
 * ```ts
 * import { folderOfTime } from 'headrace/connectors/files';
 *
 * console.log(folderOfTime('dt=%Y-%m-%d/hour=%H', Date.UTC(2026, 10, 21, 18, 56))); // dt=2026-11-21/hour=18
 * ```
 */
export function folderOfTime(pattern: string, ms: number): string {
  return timePattern(pattern, 'folderOfTime').format(ms);
}

const FIELDS: Readonly<Record<string, (time: Date) => string>> = {
  Y: (time) => padded(time.getUTCFullYear(), 4),
  m: (time) => padded(time.getUTCMonth() + 1, 2),
  d: (time) => padded(time.getUTCDate(), 2),
  H: (time) => padded(time.getUTCHours(), 2),
  M: (time) => padded(time.getUTCMinutes(), 2),
};
const MINUTE_MS = 60_000;
/** What four digits can say. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

interface TimePattern {
  format(ms: number): string;
}

function timePattern(pattern: string, id: string): TimePattern {
  const parts = pattern.split(/%(.)/s);
  const isTime = parts.length > 1;
  const unknown = parts.find((part, i) => i % 2 === 1 && !(part in FIELDS));
  if (!isTime || unknown !== undefined || pattern.endsWith('%')) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      where: id,
      what: `${JSON.stringify(pattern)} is no pattern of a time${unknown === undefined ? '' : `: there is no %${unknown}`}`,
      todo: "Write it with %Y, %m, %d, %H and %M, such as 'dt=%Y-%m-%d/hour=%H', or give a function.",
    });
  }
  return {
    format(ms) {
      const time = new Date(ms);
      return parts.map((part, i) => (i % 2 === 1 ? FIELDS[part]!(time) : part)).join('');
    },
  };
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

/** Records of one minute share a folder whatever the pattern says, so the pattern is read once a minute of event time. */
function byTime<T>(pattern: TimePattern, id: string): Route<T> {
  let minute = Number.NaN;
  let folder = '';
  return (chunk, member) => {
    const ms = timeOf(chunk, member);
    const its = Math.floor(ms / MINUTE_MS);
    if (its === minute) return folder;
    if (!(ms >= FIRST_MS && ms <= LAST_MS))
      throw refused(
        id,
        member,
        Number.isNaN(ms)
          ? 'the record has no event time, which its folder is made of'
          : `the event time ${ms} is in no year of four digits`,
        'Give records a time with eventTime(…), or choose the folder by a function.',
      );
    folder = safeFolder(pattern.format(ms), id, member);
    minute = its;
    return folder;
  };
}

/** How many answers of a function are kept with their folders. */
const KNOWN = 1024;

function byFunction<T>(into: (value: T, record: RecordInfo) => string, id: string): Route<T> {
  const known = new Map<string, string>();
  return (chunk, member) => {
    const answer = asked(into, chunk, member, id);
    const before = known.get(answer);
    if (before !== undefined) return before;
    const folder = safeFolder(answer, id, member);
    if (known.size >= KNOWN) known.clear();
    known.set(answer, folder);
    return folder;
  };
}

function asked<T>(into: (value: T, record: RecordInfo) => string, chunk: Chunk<T>, member: number, id: string): string {
  try {
    return into(chunk.values[member]!, new OwnRecord(chunk, member));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw isHeadraceError(cause) && cause.action !== 'deadLetter'
      ? cause
      : refused(id, member, `the function into failed: ${reason}`, 'Correct the function or the record.', cause);
  }
}

/**
 * A folder that lies below that of the output, on every system, whatever the text says: slashes divide it, and in each
 * part letters, digits, `-`, `_`, `=` and inner dots stay, while any other byte becomes `%` and two digits. So `..` is
 * `%2E%2E`, and different texts are different folders.
 */
function safeFolder(text: string, id: string, member: number): string {
  const parts = typeof text === 'string' ? text.split('/') : [];
  const names = parts.map((part) => part.split('=').map(folderName).join('='));
  // What folderName has cut short is marked by two percent signs.
  const problem =
    typeof text !== 'string'
      ? `it is a ${typeof text}`
      : parts.includes('')
        ? 'a part of it is empty'
        : parts.length > DEEPEST
          ? `it is more than ${DEEPEST} folders deep`
          : names.some((name) => name.includes('%%'))
            ? 'a part of it is longer than 120 characters'
            : undefined;
  if (problem === undefined) return names.join('/');
  throw refused(
    id,
    member,
    `${JSON.stringify(text)?.slice(0, 200)} is no folder to write to: ${problem}`,
    "Answer a path below the output, such as 'land=CH' or 'land=CH/year=2026', without a slash at its ends.",
  );
}

function refused(id: string, member: number, what: string, todo: string, cause?: unknown): HeadraceError {
  return new HeadraceError({ code: 'HR_FOLDER_REFUSED', action: 'deadLetter', where: id, what, todo, member, cause });
}
