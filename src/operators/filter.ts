import type { RecordInfo } from '../core/chunk.ts';
import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';

/** Lets through the values for which `keep` answers true. */
export function filter<T>(keep: (value: T, record: RecordInfo) => boolean, options: StepOptions = {}): Operator<T, T> {
  return {
    kind: 'filter',
    ...options,
    single: true,
    inline: { shape: 'keep', fn: keep },
    step(value, _cell, emit, record) {
      if (keep(value, record)) emit(value);
    },
  };
}
