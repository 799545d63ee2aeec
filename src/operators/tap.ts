import type { RecordInfo } from '../core/chunk.ts';
import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';

/** Shows each value to `look` and passes it on unchanged. */
export function tap<T>(look: (value: T, record: RecordInfo) => void, options: StepOptions = {}): Operator<T, T> {
  return {
    kind: 'tap',
    ...options,
    single: true,
    inline: { shape: 'look', fn: look },
    step(value, _cell, emit, record) {
      look(value, record);
      emit(value);
    },
  };
}
