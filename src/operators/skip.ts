import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';
import { wholeNumber } from '../core/units.ts';

/** Holds back the first `count` values and lets the others through. */
export function skip<T>(count: number, options: StepOptions = {}): Operator<T, T, number> {
  wholeNumber(count, 'skip(count)', 0);
  return {
    kind: 'skip',
    ...options,
    remembers: 'one',
    options: { count },
    single: true,
    step(value, cell, emit) {
      const skipped = cell.get() ?? 0;
      if (skipped >= count) emit(value);
      else cell.set(skipped + 1);
    },
  };
}
