import { HeadraceError } from '../core/error.ts';
import { wholeNumber } from '../core/units.ts';

/** Windows by the number of records of a key. */
export interface CountWindows {
  readonly kind: 'count';
  /** Records in a window. */
  readonly size: number;
  /** Records from the start of one window to the start of the next. */
  readonly every: number;
  /** At the end of the data, windows that have begun and are not full are emitted too. */
  readonly partial: boolean;
}

export interface CountWindowOptions {
  /** Emit what is left at the end of the data, in windows shorter than the others; false unless told. */
  readonly partial?: boolean;
}

/**
 * Windows of `size` records, one behind the other: [0, size), [size, 2 size), … in the records of a key.
 *
 * @example
 * ```ts
 * const pairs = collect<readonly number[]>();
 * await run(pipeline('pairs').from(values([1, 2, 3, 4, 5])).window('pairs', tumblingCount(2)).toArray().to(pairs));
 * console.log(pairs.values); // [ [ 1, 2 ], [ 3, 4 ] ]
 * ```
 */
export function tumblingCount(size: number, { partial = false }: CountWindowOptions = {}): CountWindows {
  wholeNumber(size, 'tumblingCount size');
  return { kind: 'count', size, every: size, partial };
}

/**
 * Windows of `size` records that begin every `every` records: [0, size), [every, every + size), … in the records of a
 * key. Only full windows are emitted, unless `partial`.
 *
 * @example
 * ```ts
 * const fives = collect<readonly number[]>();
 * await run(pipeline('fives').from(values([0, 1, 2, 3, 4, 5, 6])).window('fives', slidingCount(5, 2)).toArray().to(fives));
 * console.log(fives.values); // [ [ 0, 1, 2, 3, 4 ], [ 2, 3, 4, 5, 6 ] ]
 * ```
 */
export function slidingCount(size: number, every: number, { partial = false }: CountWindowOptions = {}): CountWindows {
  wholeNumber(size, 'slidingCount size');
  wholeNumber(every, 'slidingCount every');
  if (every > size) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: `windows of ${size} records that begin every ${every} would leave out ${every - size} of ${every} records`,
      where: 'slidingCount every',
      todo: 'Let every be at most size; to leave records out on purpose, filter them.',
    });
  }
  return { kind: 'count', size, every, partial };
}
