import type { RecordInfo } from '../core/chunk.ts';
import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';

/** Puts any number of children in the place of each value; each is a record of its own, with the parent's id and its ordinal. */
export function flatMap<T, U>(fn: (value: T, record: RecordInfo) => Iterable<U>, options: StepOptions = {}): Operator<T, U> {
  return {
    kind: 'flatMap',
    ...options,
    inline: { shape: 'spread', fn },
    step(value, _cell, emit, record) {
      for (const child of fn(value, record)) emit(child);
    },
  };
}
