import type { RecordInfo } from '../core/chunk.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';

/** Gives each record a key; whatever remembers further down does so per key. The value stays as it is. */
export function keyBy<T>(key: (value: T, record: RecordInfo) => Key, options: StepOptions = {}): Operator<T, T> {
  return {
    kind: 'keyBy',
    ...options,
    single: true,
    inline: { shape: 'key', fn: key },
    step(value, _cell, emit) {
      emit(value); // The runtime calls `key` itself, through `inline`: it alone knows the table of keys.
    },
  };
}
