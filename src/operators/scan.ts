import { isRefusal } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';

/** Folds each value into a state and emits the new state: a running total, per key after `keyBy`. */
export function scan<T, S>(
  name: string,
  initial: (key: Key | undefined) => S,
  fold: (state: S, value: T) => S,
  options: Omit<StepOptions, 'name'> = {},
): Operator<T, S, { readonly state: S }> {
  return {
    kind: 'scan',
    name,
    ...options,
    remembers: 'key',
    options: { initial, fold },
    pack: { pack: ({ state }) => state, unpack: (state) => ({ state: state as S }) },
    single: true,
    step(value, cell, emit, record) {
      const kept = cell.get();
      const state = fold(kept === undefined ? initial(record.key as Key | undefined) : kept.state, value);
      if (!isRefusal(state)) cell.set({ state });
      emit(state);
    },
  };
}
