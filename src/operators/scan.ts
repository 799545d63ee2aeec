import { isRefusal } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import type { StepOptions } from './map.ts';

/** In the place of an undefined state, since an empty cell is undefined too. */
const NOTHING: unique symbol = Symbol('undefined');

/** Folds each value into a state and emits the new state: a running total, per key after `keyBy`. */
export function scan<T, S>(
  name: string,
  initial: (key: Key | undefined) => S,
  fold: (state: S, value: T) => S,
  options: Omit<StepOptions, 'name'> = {},
): Operator<T, S, S | typeof NOTHING> {
  return {
    kind: 'scan',
    name,
    ...options,
    remembers: 'key',
    options: { initial, fold },
    pack: { pack: (state) => (state === NOTHING ? undefined : state), unpack: (plain) => (plain === undefined ? NOTHING : (plain as S)) },
    single: true,
    step(value, cell, emit, record) {
      const kept = cell.get();
      const before = kept === undefined ? initial(record.key as Key | undefined) : kept === NOTHING ? (undefined as S) : kept;
      const state = fold(before, value);
      // As it is, not wrapped: states that are numbers then lie in a typed array, which a barrier copies at once.
      if (!isRefusal(state)) cell.set(state === undefined ? NOTHING : state);
      emit(state);
    },
  };
}
