import type { World } from '../../core/world.ts';

/** One entry that is put, or taken away. A key may come twice; the last one counts. */
export interface StateChange {
  /** A small number for each cell of each operator, below 65,535. */
  readonly space: number;
  /** The key group, below 65,536; kept so that entries can be found by it. */
  readonly group: number;
  readonly key: Uint8Array;
  /** Undefined takes the entry away. */
  readonly value: Uint8Array | undefined;
  /** When the entry is over, on the clock that `get` is asked with, in milliseconds. */
  readonly expires?: number | undefined;
}

export type StateEntry = readonly [key: Uint8Array, value: Uint8Array, expires: number | undefined];

/** Bytes by key, on a disk; what changed since the last transaction is the caller's. */
export interface StateStore {
  /** The number of the last transaction that is on the disk, 0 for none. */
  readonly stamp: number;
  /** How many entries there are, with those that are over and not yet cleared away. */
  readonly count: number;
  /**
   * The value, for the caller to keep. An entry whose time is over at `nowMs` is as good as gone, and may be cleared
   * away; so the clock of a space must not go back. While `apply` is under way the answer may be the old or the new one.
   */
  get(space: number, key: Uint8Array, nowMs?: number): Uint8Array | undefined;
  /**
   * All changes of an interval at once, or none of them; the stamp must be larger than the last. Durable when it
   * resolves. One call at a time. What `changes` points to must stay as it is until then.
   */
  apply(stamp: number, changes: Iterable<StateChange>): Promise<void>;
  /** Everything of a space and key group, also what is over, for rescaling and inspection; in no order. Not beside `apply`. */
  entries(space: number, group?: number): Iterable<StateEntry>;
  close(): Promise<void>;
}

export interface StoreSpec {
  readonly world: World;
  /** Made if it is not there; nothing else may be in it. */
  readonly folder: string;
  /** How many bytes of what was read are kept in memory; 16 MiB unless told. */
  readonly budget?: number | undefined;
}

export type OpenStore = (spec: StoreSpec) => Promise<StateStore>;

export function isNumbered({ space, group }: StateChange): boolean {
  return space >>> 0 === space && space < 65_535 && group >>> 0 === group && group < 65_536;
}
