import { HeadraceError } from '../core/error.ts';

/** Options that count something: whole numbers from 1. */
export function checkCount(where: string, options: Readonly<Record<string, number>>): void {
  check(where, options, (value) => Number.isSafeInteger(value) && value >= 1, 'a whole number from 1');
}

/** Options that are more than 0. */
export function checkOver(where: string, options: Readonly<Record<string, number>>): void {
  check(where, options, (value) => value > 0 && Number.isFinite(value), 'a number over 0');
}

/** Options that are not negative. */
export function checkFrom(where: string, options: Readonly<Record<string, number>>): void {
  check(where, options, (value) => value >= 0 && Number.isFinite(value), 'a number from 0');
}

/** Options that are parts of a whole, ends left out. */
export function checkPart(where: string, options: Readonly<Record<string, number>>): void {
  check(where, options, (value) => value > 0 && value < 1, 'a number between 0 and 1');
}

function check(where: string, options: Readonly<Record<string, number>>, isGood: (value: number) => boolean, wanted: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (isGood(value)) continue;
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      where: `${where}({ ${name} })`,
      what: `${name} is ${String(value)}`,
      todo: `Give ${wanted}.`,
    });
  }
}
