import type { RecordInfo } from '../core/chunk.ts';
import type { OnError } from '../core/failure.ts';
import type { Operator } from '../core/operator.ts';

export interface StepOptions {
  readonly name?: string | undefined;
  /** What becomes of a record this step refuses; the pipeline's choice by default. */
  readonly onError?: OnError | undefined;
}

/** Puts what `fn` answers in the place of each value. */
export function map<T, U>(fn: (value: T, record: RecordInfo) => U, options: StepOptions = {}): Operator<T, U> {
  return {
    kind: 'map',
    ...options,
    single: true,
    inline: { shape: 'replace', fn },
    step(value, _cell, emit, record) {
      emit(fn(value, record));
    },
  };
}
