import { HeadraceError } from './error.ts';

/** A span of time: a bare number is milliseconds. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;
/** An amount of memory or disk: a bare number is bytes. */
export type Bytes = number | `${number}${'B' | 'KiB' | 'MiB' | 'GiB'}`;

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES = { B: 1, KiB: 1024, MiB: 1_048_576, GiB: 1_073_741_824 };

/** The milliseconds of a duration; `where` names the option in the error. */
export function milliseconds(value: Duration, where = 'a duration'): number {
  return amount(value, MS, where, "Write milliseconds as a number, or '250ms', '5s', '10m', '1h', '7d'.");
}

/** The bytes of a size; `where` names the option in the error. */
export function byteCount(value: Bytes, where = 'a size'): number {
  return amount(value, BYTES, where, "Write bytes as a number, or '512B', '64KiB', '8MiB', '1GiB'.");
}

function amount(value: number | string, units: Readonly<Record<string, number>>, where: string, todo: string): number {
  const parts = typeof value === 'string' ? /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/.exec(value) : undefined;
  const unit = parts?.[2] === undefined ? undefined : units[parts[2]];
  const result = typeof value === 'number' ? value : unit === undefined ? Number.NaN : Number(parts?.[1]) * unit;
  if (!Number.isFinite(result) || result < 0) {
    throw new HeadraceError({
      code: 'HR_UNIT_INVALID',
      what: `${typeof value === 'string' ? JSON.stringify(value) : String(value)} is not an amount we understand`,
      where,
      todo,
    });
  }
  return result;
}

/** A whole number of at least `least`, or an error that names the option. */
export function wholeNumber(value: number, where: string, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: `${value} is not a whole number of at least ${least}`,
      where,
      todo: 'Correct the option.',
    });
  }
  return value;
}
