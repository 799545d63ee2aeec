import type { ByteKeys } from '../base/key-table.ts';
import type { CellBytes, CellsPiece } from './cell-bytes.ts';
import { type CellSite, SleepingGroup } from './sleeping-group.ts';

/**
 * What a checkpoint brought of a table and nobody has asked for, by key group. A start takes the bytes, whose checksums have
 * been looked at, and no more; keys get their numbers when they come.
 */
export class SleepingStates {
  readonly #cells: CellBytes<unknown>;
  readonly #keys: ByteKeys;
  readonly #groups = new Map<number, SleepingGroup>();
  /** How many sleep in the groups that were looked at. */
  #atLeast = 0;

  constructor(cells: CellBytes<unknown>, keys: ByteKeys) {
    this.#cells = cells;
    this.#keys = keys;
  }

  /** One more section of a group, which changes what those before it said; false where it is too much to sleep. */
  add(group: number, piece: CellsPiece): boolean {
    const next = (this.#groups.get(group) ?? new SleepingGroup(this.#cells, [])).with(piece);
    if (next !== undefined) this.#groups.set(group, next);
    return next !== undefined;
  }

  get count(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.count;
    return (this.#atLeast = count);
  }

  /** The state of a key, which is awake from here on; undefined where none of it sleeps. */
  take(keyId: number, epoch: number): CellSite | undefined {
    if (keyId < 0) return undefined;
    const at = this.#keys.groupAt(keyId);
    const group = this.#groups.get(at);
    if (group === undefined) return undefined;
    const before = group.countAtLeast;
    const found = group.take(this.#keys.keyAt(keyId), this.#keys.hashAt(keyId), epoch);
    this.#atLeast += group.count - before;
    if (group.count === 0) this.#groups.delete(at);
    return found;
  }

  /** The state of a key is about to be another, in a table that has so many: what sleeps falls under the same bound. */
  replace(keyId: number, epoch: number, awake: number): void {
    if (keyId >= 0 && this.take(keyId, epoch) === undefined) this.#keys.checkRoom(awake + this.#atLeast);
  }

  /** All that sleep, with the numbers of their keys: they are awake from here on. */
  *takeAll(epoch: number): Iterable<readonly [keyId: number, CellSite]> {
    for (const [at, group] of this.#groups) {
      this.#keys.expect(group.count, at);
      for (const site of group.takeAll(epoch)) yield [this.#keys.enter(...this.#cells.keyOf(site), at), site];
    }
    this.#groups.clear();
    this.#atLeast = 0;
  }

  /** As they are now, for a barrier. */
  captured(): ReadonlyMap<number, SleepingGroup> | undefined {
    return this.#groups.size === 0 ? undefined : new Map(this.#groups);
  }
}
