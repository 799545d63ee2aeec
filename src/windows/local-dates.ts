import { HeadraceError } from '../core/error.ts';

const DAY = 86_400_000;
/** No zone is further from UTC than this. */
const FURTHEST = 16 * 3_600_000;

/**
 * The dates that a wall clock in a time zone shows, as days since 1970-01-01 of the proleptic Gregorian calendar. All it
 * asks of the engine is what date it is there at an instant; where a date begins is found by halving, so it is right to
 * the millisecond whatever clocks do on that day: also where midnight does not exist, or where a date was left out.
 */
export class LocalDates {
  readonly #format: Intl.DateTimeFormat;

  constructor(zone: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        calendar: 'gregory',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
      });
    } catch (cause) {
      throw new HeadraceError({
        code: 'HR_OPTION_INVALID',
        what: `${JSON.stringify(zone)} is no time zone that this Node knows`,
        where: 'calendar zone',
        todo: "Write a name of the IANA database, as 'Europe/Zurich' or 'UTC'.",
        cause,
      });
    }
  }

  dayOf(timeMs: number): number {
    let [year, month, day] = [0, 0, 0];
    let isBefore = false;
    for (const { type, value } of this.#format.formatToParts(timeMs)) {
      if (type === 'year') year = Number(value);
      else if (type === 'month') month = Number(value);
      else if (type === 'day') day = Number(value);
      else if (type === 'era') isBefore = value.startsWith('B');
    }
    return new Date(0).setUTCFullYear(isBefore ? 1 - year : year, month - 1, day) / DAY;
  }

  /** The first instant whose date is this one or a later one. */
  beginOf(day: number): number {
    let low = Math.max(-LAST, day * DAY - FURTHEST);
    let high = Math.min(LAST, day * DAY + FURTHEST);
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.dayOf(middle) >= day) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The last instant a date can name. */
const LAST = 8.64e15;
