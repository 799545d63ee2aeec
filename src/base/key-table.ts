import type { KeyTable } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import { keyGroup, stableHashOf } from '../core/hash.ts';
import { canonicalBytes, keyHash, keyOf } from '../core/key-bytes.ts';
import { checkKey, type Key, type KeyGroup } from '../core/keys.ts';
import { wholeNumber } from '../core/units.ts';
import { sizeOf } from './size.ts';
import { SleepingKeys } from './sleeping-keys.ts';
import { TupleIds } from './tuple-ids.ts';

export interface KeyTableOptions {
  /** How many distinct keys it takes; 4,194,304 unless told, at most 16,000,000. */
  readonly maxKeys?: number;
  /** Into how many groups keys fall; 128 unless told, at most 32,768. */
  readonly maxParallelism?: number;
  /** The operator, for errors. */
  readonly where?: string | undefined;
}

// What V8 spends on an entry beside the key: the Map's bucket and entry, the array's slot and the group.
const ENTRY_BYTES = 48;
// A place in a table that is half full, where it stands, its group and the slot of the key it may become.
const SLEEPING_BYTES = 34;
// V8 throws at 2^24 entries in a Map.
const MOST_KEYS = 16_000_000;
const MOST_DENSE = 2 ** 20;

/**
 * Gives each distinct key a small number, once, so that everything behind it works with typed arrays and no record
 * carries a hash.
 *
 * The way of a known key is one look into a Map, which already treats -0 as 0, compares bigints by value, and takes 1,
 * 1n, '1' and true for four keys. A key is checked, hashed and counted only when it is new; what is not a key is never
 * entered, so it always arrives there. Small whole numbers lie in an array in front of the Map, as long as that is not
 * mostly empty; tuples have a tree of their own.
 *
 * A known key, in random order among 1,000 / 100,000: dense whole number 3.4 / 6 ns, other number 19 / 25, string 22 / 39
 * as the same object and 40 / 200 when freshly cut from bytes (V8 hashes it first), pair 43 / 300. A new string 0.5 µs.
 *
 * Keys of a checkpoint may be entered as bytes and sleep there until a record brings one of them.
 *
 * @example
 * ```ts
 * const keys = new InternedKeys();
 * console.log(keys.idOf('eu'), keys.idOf('us'), keys.idOf('eu')); // 0 1 0
 * console.log(keys.keyAt(1), keys.groupAt(1), keys.size); // us 107 2
 * ```
 */
export class InternedKeys implements KeyTable {
  readonly #ids = new Map<unknown, number>();
  readonly #tuples = new TupleIds();
  /** By whole number: its id plus one, 0 where there is none. Never more than the Map knows. */
  #dense = new Int32Array(1024);
  /** Undefined where nobody has asked for a key that came as bytes. */
  readonly #keys: (Key | undefined)[] = [];
  readonly #maxKeys: number;
  readonly #maxParallelism: number;
  readonly #where: string | undefined;
  #groups = new Uint16Array(64);
  #bytes = 0;
  /** Keys that came as bytes, as long as one of them has not been met. */
  #sleeping: SleepingKeys | undefined;
  /** How many of the keys came as bytes; 0 again when all of those have been met. */
  #entered = 0;
  #newest = -1;
  #newestHash = 0;

  constructor(options: KeyTableOptions = {}) {
    this.#maxKeys = atMost(MOST_KEYS, options.maxKeys ?? 4_194_304, 'option maxKeys');
    this.#maxParallelism = atMost(32_768, options.maxParallelism ?? 128, 'option maxParallelism');
    this.#where = options.where;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** About how much memory the table holds. */
  get bytes(): number {
    return this.#bytes;
  }

  idOf(key: Key, group?: KeyGroup): number {
    if (typeof key === 'number' && key >>> 0 === key && key < this.#dense.length) {
      const next = this.#dense[key]!;
      if (next !== 0) return next - 1;
    }
    return this.#ids.get(key) ?? (Array.isArray(key) ? this.#tuples.find(key) : undefined) ?? this.#add(key, group);
  }

  /**
   * The id of the key whose canonical bytes stand at `from` to `to`, without making a key of them: that is done when
   * somebody asks. The bytes are kept and must not change.
   */
  enter(bytes: Uint8Array, from: number, to: number, group?: KeyGroup): number {
    const hash = stableHashOf(bytes, from, to);
    const known = this.#sleeping?.find(hash, bytes, from, to) ?? -1;
    if (known >= 0) return known;
    if (this.#entered < this.#keys.length) {
      // Some are known by their value, and this may be one of them.
      const key = keyOf(bytes.subarray(from, to));
      const id = this.#ids.get(key) ?? (Array.isArray(key) ? this.#tuples.find(key) : undefined);
      if (id !== undefined) return id;
    }
    const id = this.#fresh(group ?? hash % this.#maxParallelism, undefined);
    this.#sleeping ??= new SleepingKeys(this.#maxParallelism);
    this.#sleeping.add(id, hash, bytes, from);
    this.#entered++;
    this.#bytes += SLEEPING_BYTES + to - from;
    return id;
  }

  /** So many keys of a group are about to come as bytes, or fewer: their table need not grow step by step. */
  expect(keys: number, group: KeyGroup): void {
    if (group < this.#maxParallelism) (this.#sleeping ??= new SleepingKeys(this.#maxParallelism)).expect(keys, group);
  }

  /** So many keys have something here, also such as have no number: they fall under the same bound. */
  checkRoom(keys: number): void {
    if (keys >= this.#maxKeys) throw full(this.#maxKeys, this.#where);
  }

  /** Is this the number of a group? */
  hasGroup(group: KeyGroup): boolean {
    return group >= 0 && group < this.#maxParallelism && Number.isInteger(group);
  }

  keyAt(id: number): Key {
    return this.#keys[id] ?? this.#fromBytes(id);
  }

  /** The canonical bytes of a key, perhaps a view: for those who copy them at once. */
  bytesAt(id: number): Uint8Array {
    const key = this.#keys[id];
    return key === undefined ? this.#sleeping!.bytesOf(id)! : canonicalBytes(key);
  }

  /** The hash of a key. Whoever has just brought a new one need not compute it twice. */
  hashAt(id: number): number {
    return id === this.#newest ? this.#newestHash : keyHash(this.keyAt(id));
  }

  groupAt(id: number): number {
    return this.#groups[id]!;
  }

  #fromBytes(id: number): Key {
    const bytes = this.#sleeping?.bytesOf(id);
    // No number of a key: -1 stands for records that have none.
    if (bytes === undefined) return undefined as unknown as Key;
    const key = keyOf(bytes);
    return (this.#keys[id] = typeof key === 'object' ? Object.freeze(key) : key);
  }

  #add(given: Key, group: KeyGroup | undefined): number {
    const checked = checkKey(given, this.#where);
    // The user may go on using the array he gave.
    const key = typeof checked === 'object' ? Object.freeze([...checked]) : checked;
    let id = this.#sleeping === undefined ? -1 : this.#wake(key, this.#sleeping);
    if (id < 0) {
      const hash = group === undefined ? keyHash(key) : undefined;
      id = this.#fresh(group ?? keyGroup(hash!, this.#maxParallelism), key);
      if (hash !== undefined) {
        this.#newest = id;
        this.#newestHash = hash;
      }
    }
    this.#bytes += ENTRY_BYTES + sizeOf(key);
    if (typeof key === 'object') this.#bytes += this.#tuples.add(key, id) * ENTRY_BYTES;
    else this.#ids.set(key, id);
    if (typeof key === 'number') this.#addDense(key, id);
    return id;
  }

  /** The id of a key that came as bytes and is met for the first time, or -1. */
  #wake(key: Key, sleeping: SleepingKeys): number {
    const id = sleeping.wake(key);
    if (id < 0) return id;
    this.#keys[id] = key;
    if (sleeping.count > 0) return id;
    // All are known by their value, and the bytes may go.
    this.#sleeping = undefined;
    this.#entered = 0;
    return id;
  }

  #fresh(group: KeyGroup, key: Key | undefined): number {
    const id = this.#keys.length;
    if (id >= this.#maxKeys) throw full(this.#maxKeys, this.#where);
    if (!this.hasGroup(group)) throw foreign(group, this.#maxParallelism, this.#where);
    if (id === this.#groups.length) {
      const larger = new Uint16Array(id * 2);
      larger.set(this.#groups);
      this.#groups = larger;
    }
    this.#groups[id] = group;
    this.#keys.push(key);
    return id;
  }

  // One that comes while the array is too short for it is found by the Map for ever; those that follow are many more.
  #addDense(key: number, id: number): void {
    if (key >>> 0 !== key || key >= MOST_DENSE) return;
    if (key >= this.#dense.length) {
      if (key > id * 8) return; // It would be mostly empty.
      const larger = new Int32Array(2 ** Math.ceil(Math.log2(key + 1)));
      larger.set(this.#dense);
      this.#dense = larger;
    }
    this.#dense[key] = id + 1;
  }
}

/** Keys by their canonical bytes, which nobody has to make keys of. */
export type ByteKeys = KeyTable & Pick<InternedKeys, 'enter' | 'expect' | 'bytesAt' | 'hashAt' | 'checkRoom' | 'hasGroup'>;

export function takesBytes(table: KeyTable): table is ByteKeys {
  return table instanceof InternedKeys;
}

/** The canonical bytes of a key, perhaps a view: for those who copy them at once. */
export function bytesOfKey(table: KeyTable, id: number): Uint8Array {
  return takesBytes(table) ? table.bytesAt(id) : canonicalBytes(table.keyAt(id));
}

function atMost(most: number, value: number, where: string): number {
  if (wholeNumber(value, where) <= most) return value;
  throw new HeadraceError({ code: 'HR_OPTION_INVALID', what: `${value} is more than ${most}`, where, todo: 'Correct the option.' });
}

function foreign(group: number, maxParallelism: number, where: string | undefined): HeadraceError {
  return new HeadraceError({
    code: 'HR_KEY_CORRUPT',
    what: `A key came with the key group ${group}, and there are ${maxParallelism}`,
    where,
    todo: 'The bytes are damaged, or written by a plan with another maxParallelism.',
  });
}

function full(maxKeys: number, where: string | undefined): HeadraceError {
  return new HeadraceError({
    code: 'HR_KEYS_FULL',
    what: `There are more than ${maxKeys} distinct keys`,
    where,
    todo: 'Key by something with fewer values (a user, not a request), or raise maxKeys if the memory is there: about 100 bytes a key, beside its state.',
  });
}
