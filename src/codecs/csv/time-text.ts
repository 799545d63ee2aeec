const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Milliseconds since 1970 of a date, or of a date with a time; undefined for anything else. What names no offset is UTC,
 * not the time of the machine. Digits behind milliseconds are the fraction of one.
 */
export function isoTime(text: string): number | undefined {
  const found = ISO.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const away = offset(found[8]);
  if (away === undefined) return undefined;
  const digits = found[7] ?? '';
  const finer = digits.length > 3;
  const fraction = finer ? Number(digits) / 10 ** (digits.length - 3) : Number(digits.padEnd(3, '0'));
  const whole = dayNumber(year, month, day) * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1000 - away;
  return whole + fraction;
}

function offset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.length === 1) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length === 3 ? 0 : Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : DAYS[month - 1]!;
}

/** Days since 1970. Date.UTC would take the year 70 for 1970. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}
