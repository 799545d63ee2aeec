import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { KeyPart } from '../core/keys.ts';
import type { CellsSpec, Migrations } from '../core/state.ts';
import type { StationHost } from '../core/station.ts';
import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import type { Aggregate } from '../windows/aggregates/aggregate.ts';
import type { BoundCell, CellCall } from './cell-call.ts';
import { AggregateState, ListState } from './process-cell-runs.ts';
import { MapState, ValueState } from './process-cell-states.ts';

/** One value of each key. What `get` answers is not to be changed in place: put a new value in its place. */
export interface ValueCell<S> {
  get(): Unchanged<S>;
  set(value: S): void;
  /** Sets what `change` makes of the value. */
  update(change: (value: Unchanged<S>) => S): void;
  /** Back to the initial value, and nothing is kept. */
  clear(): void;
}

/** A map of each key, in the order in which its members were first set. */
export interface MapCell<M extends KeyPart, V> {
  readonly size: number;
  get(member: M): Unchanged<V> | undefined;
  has(member: M): boolean;
  set(member: M, value: V): void;
  delete(member: M): void;
  entries(): Iterable<readonly [M, Unchanged<V>]>;
  clear(): void;
}

/** The newest values of each key, oldest first. */
export interface ListCell<V> {
  readonly length: number;
  /** Adds one; the oldest goes when there are more than `keep`. */
  push(value: V): void;
  values(): readonly V[];
  clear(): void;
}

/** What an aggregate makes of the values of each key. */
export interface AggregateCell<T, R> {
  add(value: T): void;
  /** Of what was added since the last `clear`; as the aggregate answers for nothing where that is nothing. */
  get(): R;
  clear(): void;
}

/** What a cell answers is read, not written. */
export type Unchanged<S> = S extends object ? Readonly<S> : S;

export interface CellOptions {
  /** The state of a key that was neither read nor changed for so long, by the clock, is forgotten. */
  readonly keep?: { readonly for: Duration };
  /** Of the shape of what is kept, 1 unless told; `migrate` says at each older version how it becomes the next. */
  readonly version?: number;
  readonly migrate?: Migrations;
  /** Writes what is kept; the tagged binary form unless told. */
  readonly codec?: Codec<unknown>;
}

/** A cell that is declared; the handler finds it under its name in `cells`, for the key at hand. */
export interface CellDeclaration<out Access> {
  readonly kind: 'cell' | 'mapCell' | 'listCell' | 'aggregateCell';
  /** @internal */
  readonly bind: (host: Pick<StationHost, 'cells' | 'operator'>, name: string, call: CellCall) => BoundCell<Access>;
}

/**
 * A value of each key. `initial` makes the one that a key begins with, and begins with again after `clear`.
 *
 * @example
 * ```ts
 * const orders = values([{ user: 'ann', cents: 300 }, { user: 'ann', cents: 400 }]);
 * const totals = pipeline('totals').from(orders).keyBy((order) => order.user).process('spent', {
 *   cells: { total: cell(() => 0) },
 *   onRecord(order, { key, cells }) {
 *     cells.total.update((total) => total + order.cents);
 *     return [`${key} ${cells.total.get()}`];
 *   },
 * });
 * await run(totals.to(print()));
 * // ann 300
 * // ann 700
 * ```
 */
export function cell<S>(initial: () => S, options: CellOptions = {}): CellDeclaration<ValueCell<S>> {
  return {
    kind: 'cell',
    bind: (host, name, call) =>
      new ValueState<S>(host.cells<S>({ ...specOf<S>(host, name, options), neverChanged: true }), call, initial) as BoundCell<ValueCell<S>>,
  };
}

export interface MapCellOptions extends CellOptions {
  /** How many members a key may have; 65,536 unless told. One more refuses its record with `HR_CELL_FULL`. */
  readonly most?: number;
}

/** A map of each key. It is written whole into a checkpoint when something in it has changed. */
export function mapCell<M extends KeyPart, V>({ most = 65_536, ...options }: MapCellOptions = {}): CellDeclaration<MapCell<M, V>> {
  wholeNumber(most, 'mapCell most');
  return {
    kind: 'mapCell',
    bind: (host, name, call) =>
      new MapState<M, V>(host.cells<Map<M, V>>(specOf(host, name, options)), call, { most, name }) as BoundCell<MapCell<M, V>>,
  };
}

export interface ListCellOptions extends CellOptions {
  /** How many values a key keeps: the newest. */
  readonly newest: number;
}

/** The newest so many values of each key. */
export function listCell<V>({ newest, ...options }: ListCellOptions): CellDeclaration<ListCell<V>> {
  wholeNumber(newest, 'listCell newest');
  return {
    kind: 'listCell',
    bind: (host, name, call) => {
      const spec: CellsSpec<V[]> = { ...specOf<V[]>(host, name, options), pack: (values) => values.slice(-newest) };
      return new ListState<V>(host.cells<V[]>(spec), call, newest);
    },
  };
}

/**
 * An aggregate of each key, as windows have them.
 *
 * @example
 * ```ts
 * const pings = values([{ host: 'a', ms: 10 }, { host: 'a', ms: 30 }]);
 * const means = pipeline('means').from(pings).keyBy((ping) => ping.host).process('means', {
 *   cells: { mean: aggregateCell(mean((ping: { ms: number }) => ping.ms)) },
 *   onRecord(ping, { cells }) {
 *     cells.mean.add(ping);
 *     return [cells.mean.get()];
 *   },
 * });
 * await run(means.to(print()));
 * // 10
 * // 20
 * ```
 */
export function aggregateCell<T, R>(aggregate: Aggregate<T, R>, options: CellOptions = {}): CellDeclaration<AggregateCell<T, R>> {
  if (aggregate.needs === 'span') {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: 'this aggregate divides by the length of a window, and a cell has none',
      where: 'aggregateCell',
      todo: 'Count, and divide by the time yourself.',
    });
  }
  return {
    kind: 'aggregateCell',
    bind: (host, name, call) => {
      const spec: CellsSpec<unknown> = {
        ...specOf<unknown>(host, name, options),
        ...(aggregate.pack === undefined ? {} : { pack: (state) => aggregate.pack!(state) }),
        ...(aggregate.unpack === undefined ? {} : { unpack: (plain) => unpacked(aggregate, plain, name) }),
      };
      return new AggregateState<T, R>(host.cells(spec), call, aggregate);
    },
  };
}

function specOf<S>(host: Pick<StationHost, 'operator'>, name: string, { keep, version, migrate, codec }: CellOptions): CellsSpec<S> {
  const where = `cell '${name}' of '${host.operator}'`;
  const keepMs = keep === undefined ? undefined : milliseconds(keep.for, `${where}, keep.for`);
  return {
    name: `cell ${name}`,
    operator: host.operator,
    mayBeStored: true,
    ...(keepMs === undefined ? {} : { keepMs }),
    ...(version === undefined ? {} : { version: wholeNumber(version, `${where}, version`), migrate }),
    ...(codec === undefined ? {} : { codec }),
  };
}

function unpacked(aggregate: Aggregate<never, unknown>, plain: unknown, name: string): unknown {
  const state = aggregate.unpack!(plain);
  if (state !== undefined) return state;
  throw new HeadraceError({
    code: 'HR_STATE_UNREADABLE',
    what: `the aggregate in the cell '${name}' was of another kind when its state was written`,
    todo: 'Give the new aggregate a cell of its own name, or begin anew.',
  });
}
