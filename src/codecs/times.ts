const ZERO = 48;
const DAY_MS = 86_400_000;

/**
 * The milliseconds since 1970 of a time in ISO 8601, or NaN: `2026-11-21`, `2026-11-21T18:30`, `2026-11-21 18:30:15.25+01:00`.
 * Years have four digits, days are days of the calendar, a time without an offset is UTC. Fractions beyond the millisecond
 * are kept as a fraction; up to nine digits are read.
 */
export function isoMillis(bytes: Uint8Array, from: number, to: number): number {
  const year = digits(bytes, from, 4, to);
  const month = digits(bytes, from + 5, 2, to);
  const day = digits(bytes, from + 8, 2, to);
  if (year < 0 || month < 1 || month > 12 || day < 1 || bytes[from + 4] !== DASH || bytes[from + 7] !== DASH) return Number.NaN;
  if (day > daysIn(year, month)) return Number.NaN;
  const date = daysSince1970(year, month, day) * DAY_MS;
  return to - from === 10 ? date : withClock(date, bytes, from + 10, to);
}

const DASH = 45;
const COLON = 58;

/** From the letter T on: the time of the day, less the offset. */
function withClock(date: number, bytes: Uint8Array, from: number, to: number): number {
  const letter = bytes[from];
  if (letter !== 84 && letter !== 116 && letter !== 32) return Number.NaN;
  const hour = digits(bytes, from + 1, 2, to);
  const minute = digits(bytes, from + 4, 2, to);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || bytes[from + 3] !== COLON) return Number.NaN;
  let at = from + 6;
  let second = 0;
  let fraction = 0;
  if (at < to && bytes[at] === COLON) {
    second = digits(bytes, at + 1, 2, to);
    if (second < 0 || second > 59) return Number.NaN;
    at += 3;
    if (at < to && (bytes[at] === 46 || bytes[at] === 44)) {
      const begin = ++at;
      let value = 0;
      while (at < to && bytes[at]! - ZERO >= 0 && bytes[at]! - ZERO <= 9) value = value * 10 + bytes[at++]! - ZERO;
      if (at === begin || at - begin > 9) return Number.NaN;
      fraction = (value * 1000) / TENS[at - begin]!;
    }
  }
  // The fraction last: all before it is whole, so that there is one rounding.
  return date + hour * 3_600_000 + minute * 60_000 + second * 1000 - offsetMillis(bytes, at, to) + fraction;
}

const TENS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** Nothing, Z, +01, +0100 or +01:00. */
function offsetMillis(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  const sign = bytes[from];
  if (length === 1) return sign === 90 || sign === 122 ? 0 : Number.NaN;
  if (sign !== 43 && sign !== DASH) return Number.NaN;
  const hour = digits(bytes, from + 1, 2, to);
  const hasColon = length === 6 && bytes[from + 3] === COLON;
  if (length !== 3 && length !== 5 && !hasColon) return Number.NaN;
  const minute = length === 3 ? 0 : digits(bytes, to - 2, 2, to);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return Number.NaN;
  return (hour * 60 + minute) * (sign === DASH ? -60_000 : 60_000);
}

/** -1 where there is something else. */
function digits(bytes: Uint8Array, from: number, count: number, to: number): number {
  if (from + count > to) return -1;
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Counted in years that begin in March, so that the leap day is the last one. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** How a time may be written as a number. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** Milliseconds of a number of seconds and so on; fractions of seconds are read to the microsecond. */
export function unitMillis(count: number, unit: TimeUnit): number {
  switch (unit) {
    case 's':
      return Number.isInteger(count) ? count * 1000 : Math.round(count * 1e6) / 1e3;
    case 'ms':
      return count;
    case 'us':
      return count / 1000;
    case 'ns':
      return count / 1e6;
  }
}

/** The number that `unitMillis` reads back. */
export function unitCount(millis: number, unit: TimeUnit): number {
  switch (unit) {
    case 's':
      return millis / 1000;
    case 'ms':
      return millis;
    case 'us':
      return millis * 1000;
    case 'ns':
      return millis * 1e6;
  }
}

/** ISO 8601 in UTC with as many digits behind the second as there are; undefined where the year has not four digits. */
export function isoText(millis: number): string | undefined {
  const whole = Math.floor(millis);
  if (!(whole >= -62_167_219_200_000 && whole < 253_402_300_800_000)) return undefined;
  const text = new Date(whole).toISOString();
  if (whole === millis) return text;
  // Beside today's milliseconds a double has room for three digits more, and these only nearly.
  const micros = Math.round((millis - whole) * 1000);
  return micros === 1000 ? new Date(whole + 1).toISOString() : `${text.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
