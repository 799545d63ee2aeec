import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';
import { wholeNumber } from '../core/units.ts';

/**
 * Lets the first `count` values through, then ends the stream: sources that serve nobody else stop too. Steps right
 * before it see no value behind the last; a source, a batch or an asynchronous call further up may have read ahead.
 */
export function take<T>(count: number, options: StepOptions = {}): Operator<T, T, number> {
  wholeNumber(count, 'take(count)', 0);
  return {
    kind: 'take',
    ...options,
    remembers: 'one',
    options: { count },
    single: true,
    step(value, cell, emit) {
      const passed = cell.get() ?? 0;
      if (passed >= count) return;
      cell.set(passed + 1);
      emit(value);
    },
    isOver: (cell) => (cell.get() ?? 0) >= count,
  };
}
