import { isRefusal } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import type { StepOptions } from './map.ts';

export interface DistinctOptions extends StepOptions {
  /** How many different values are remembered, and for how long after they were last let through. */
  readonly keep?: { readonly items?: number; readonly for?: Duration };
}

/** Values let through, oldest first, with the event time at which they were. */
type Seen = Map<Key, number>;

/**
 * Lets a value through only when nothing equal under `by` was let through lately. The memory is bounded: beyond
 * `keep.items` (65,536 by default) the one let through longest ago is forgotten and would pass again. `keep.for` is
 * measured in event time and counts only for records that have one.
 */
export function distinct<T>(by: (value: T) => Key, options: DistinctOptions = {}): Operator<T, T, Seen> {
  const { keep, ...step } = options;
  const items = wholeNumber(keep?.items ?? 65_536, 'distinct keep.items');
  const forMs = keep?.for === undefined ? Number.POSITIVE_INFINITY : milliseconds(keep.for, 'distinct keep.for');
  return {
    kind: 'distinct',
    ...step,
    remembers: 'one',
    options: { by, items, for: keep?.for },
    single: true,
    step(value, cell, emit, record) {
      const key = by(value);
      if (isRefusal(key)) return emit(key as never);
      let seen = cell.get();
      if (seen === undefined) cell.set((seen = new Map()));
      const at = forMs === Number.POSITIVE_INFINITY ? 0 : record.eventTime;
      const before = seen.get(key);
      // A record without a time is NaN, which compares false: it is remembered until the bound pushes it out.
      if (before !== undefined && !(at - before >= forMs)) return;
      seen.delete(key); // Insertion order is the order of forgetting, so a renewed key moves to the end.
      if (seen.size === items) {
        for (const oldest of seen.keys()) {
          seen.delete(oldest);
          break;
        }
      }
      seen.set(key, at);
      emit(value);
    },
  };
}
