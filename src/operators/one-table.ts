import type { Chunk, KeyTable } from '../core/chunk.ts';

/**
 * The ids of keys in one table. Streams that were keyed apart and merged bring tables of their own, in which one key
 * has different ids; the table that was given, or the first that is seen, is the one all others are translated to, once a key.
 */
export class OneTable {
  table: KeyTable | undefined;
  #translations: WeakMap<KeyTable, Int32Array> | undefined;

  constructor(table?: KeyTable) {
    this.table = table;
  }

  /** The id of a value's key, -1 when it has none. */
  idAt(chunk: Chunk, index: number): number {
    const { keys, keyIds } = chunk;
    if (keys === undefined || keyIds === undefined) return -1;
    if (this.table === undefined) this.table = keys;
    return keys === this.table ? keyIds[index]! : this.#translated(keys, keyIds[index]!);
  }

  /** The ids of the keys of all values, which have keys: an array of their own. */
  idsOf({ keys, keyIds, length }: Chunk): Int32Array {
    const ids = keyIds!.slice(0, length);
    if (this.table === undefined) this.table = keys;
    if (keys === this.table) return ids;
    let last = -1;
    let id = -1;
    for (let i = 0; i < length; i++) {
      if (ids[i] !== last) id = this.#translated(keys!, (last = ids[i]!));
      ids[i] = id;
    }
    return ids;
  }

  #translated(from: KeyTable, id: number): number {
    const translations = (this.#translations ??= new WeakMap<KeyTable, Int32Array>());
    let known = translations.get(from);
    if (known === undefined || id >= known.length) {
      const larger = new Int32Array(Math.max(64, from.size * 2, id + 1)).fill(-1);
      if (known !== undefined) larger.set(known);
      known = larger;
      translations.set(from, known);
    }
    if (known[id] === -1) known[id] = this.table!.idOf(from.keyAt(id), from.groupAt(id));
    return known[id]!;
  }
}
