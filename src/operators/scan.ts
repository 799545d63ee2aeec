import { HeadraceError } from '../core/error.ts';
import { isRefusal } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { Operator } from '../core/operator.ts';
import type { Migrations } from '../core/state.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import type { StepOptions } from './map.ts';

export interface ScanOptions extends Omit<StepOptions, 'name'> {
  /** Of the shape of the state, 1 unless told. Count it up when the shape changes, and say in `migrate` how old state is read. */
  readonly version?: number;
  /** At each older version: makes its state one of the next. */
  readonly migrate?: Migrations;
  /** The state of a key that had no record for so long, by the clock, is forgotten; the next one begins anew. */
  readonly keep?: { readonly for: Duration };
}

/** In the place of an undefined state, since an empty cell is undefined too. */
const NOTHING: unique symbol = Symbol('undefined');

/** Folds each value into a state and emits the new state: a running total, per key after `keyBy`. */
export function scan<T, S>(
  name: string,
  initial: (key: Key | undefined) => S,
  fold: (state: S, value: T) => S,
  { version: given = 1, migrate, keep, ...options }: ScanOptions = {},
): Operator<T, S, S | typeof NOTHING> {
  const version = wholeNumber(given, `scan '${name}' version`);
  checkMigrations(migrate, version, name);
  return {
    kind: 'scan',
    name,
    ...options,
    remembers: 'key',
    ...(version === 1 ? {} : { version, migrate }),
    ...(keep === undefined ? {} : { keepMs: kept(keep.for, name) }),
    options: { initial, fold, keep: keep?.for },
    pack: {
      pack: (state) => (state === NOTHING ? undefined : state),
      unpack: (plain) => (plain === undefined ? NOTHING : (plain as S)),
      unpacksLate: true,
    },
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

function checkMigrations(migrate: Migrations | undefined, version: number, name: string): void {
  for (const [from, step] of Object.entries(migrate ?? {})) {
    if (typeof step === 'function' && Number(from) >= 1 && Number(from) < version) continue;
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      where: `scan '${name}' migrate`,
      what: typeof step === 'function' ? `there is no version ${from} before version ${version}` : `what stands at ${from} is no function`,
      todo: `Give a function for each version before ${version} that a checkpoint may still have, and count version up.`,
    });
  }
}

function kept(duration: Duration, name: string): number {
  const ms = milliseconds(duration, `scan '${name}' keep.for`);
  if (ms > 0) return ms;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    where: `scan '${name}' keep.for`,
    what: 'state that is kept for no time is no state',
    todo: "Give it a time, as { keep: { for: '30d' } }.",
  });
}
