import { HeadraceError } from '../core/error.ts';
import { LocalDates } from './local-dates.ts';
import type { Spans } from './spans.ts';

export type CalendarUnit = 'day' | 'week' | 'month';

/** Days, weeks or months of a time zone. */
export interface CalendarWindows {
  readonly kind: 'calendar';
  readonly unit: CalendarUnit;
  readonly zone: string;
}

export interface CalendarOptions {
  /** A name of the IANA time zone database, as 'Europe/Zurich'; UTC unless told. */
  readonly zone?: string;
}

/**
 * Days, weeks (from Monday) or months as a wall clock in `zone` shows them: the day on which clocks are put forward has
 * 23 hours, the one on which they are put back has 25.
 *
 * @example
 * ```ts
 * const days = values([{ at: Date.parse('2026-03-28T22:59Z') }, { at: Date.parse('2026-03-28T23:00Z') }, { at: Date.parse('2026-03-29T22:00Z') }]);
 * const perDay = pipeline('days').from(days).eventTime((click) => click.at).window('days', calendar('day', { zone: 'Europe/Zurich' }));
 * await run(perDay.aggregate({ n: count() }).to(print((pane) => `${new Date(pane.window.start).toISOString()} ${(pane.window.end - pane.window.start) / 3_600_000} h`)));
 * // 2026-03-27T23:00:00.000Z 24 h
 * // 2026-03-28T23:00:00.000Z 23 h
 * // 2026-03-29T22:00:00.000Z 24 h
 * ```
 */
export function calendar(unit: CalendarUnit, { zone = 'UTC' }: CalendarOptions = {}): CalendarWindows {
  if (unit !== 'day' && unit !== 'week' && unit !== 'month') {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: `${JSON.stringify(unit)} is no unit of the calendar`,
      where: 'calendar unit',
      todo: "Write 'day', 'week' or 'month'.",
    });
  }
  new LocalDates(zone); // An unknown zone is refused here, and not in the middle of a run.
  return { kind: 'calendar', unit, zone };
}

/** Beyond this the spans that were worked out are forgotten: a day for each is eleven years. */
const MOST_SPANS = 4096;

/** Where the days, weeks or months of a zone begin. To find one takes 0.2 ms, so those that were found are kept. */
export class CalendarSpans implements Spans {
  readonly #dates: LocalDates;
  readonly #unit: CalendarUnit;
  #starts: number[] = [];
  #ends: number[] = [];
  /** The one that was asked for last. */
  #start = 0;
  #end = 0;

  constructor({ unit, zone }: CalendarWindows) {
    this.#dates = new LocalDates(zone);
    this.#unit = unit;
  }

  startOf(timeMs: number): number {
    if (timeMs >= this.#start && timeMs < this.#end) return this.#start;
    const at = lastUpTo(this.#starts, timeMs);
    if (at >= 0 && timeMs < this.#ends[at]!) return this.#use(at);
    return this.#find(timeMs, at + 1);
  }

  endOf(start: number): number {
    this.startOf(start);
    return this.#end;
  }

  #use(at: number): number {
    this.#start = this.#starts[at]!;
    this.#end = this.#ends[at]!;
    return this.#start;
  }

  #find(timeMs: number, at: number): number {
    const [from, to] = this.#days(this.#dates.dayOf(timeMs));
    this.#start = this.#dates.beginOf(from);
    this.#end = this.#dates.beginOf(to);
    if (this.#starts.length >= MOST_SPANS) {
      this.#starts = [this.#start];
      this.#ends = [this.#end];
      return this.#start;
    }
    this.#starts.splice(at, 0, this.#start);
    this.#ends.splice(at, 0, this.#end);
    return this.#start;
  }

  /** The first day of the unit that a day is in, and the first of the next. */
  #days(day: number): readonly [number, number] {
    if (this.#unit === 'day') return [day, day + 1];
    if (this.#unit === 'week') {
      // Day 0 was a Thursday.
      const monday = day - ((((day + 3) % 7) + 7) % 7);
      return [monday, monday + 7];
    }
    const date = new Date(day * DAY);
    const first = (month: number): number => new Date(0).setUTCFullYear(date.getUTCFullYear(), month, 1) / DAY;
    return [first(date.getUTCMonth()), first(date.getUTCMonth() + 1)];
  }
}

const DAY = 86_400_000;

/** The last place whose number is at most `value`, -1 where there is none. */
function lastUpTo(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
