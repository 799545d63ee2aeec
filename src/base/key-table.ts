import type { KeyTable } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import { keyGroup } from '../core/hash.ts';
import { keyHash } from '../core/key-bytes.ts';
import { checkKey, type Key, type KeyGroup } from '../core/keys.ts';
import { wholeNumber } from '../core/units.ts';
import { sizeOf } from './size.ts';
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
  readonly #keys: Key[] = [];
  readonly #maxKeys: number;
  readonly #maxParallelism: number;
  readonly #where: string | undefined;
  #groups = new Uint16Array(64);
  #bytes = 0;

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

  keyAt(id: number): Key {
    return this.#keys[id]!;
  }

  groupAt(id: number): number {
    return this.#groups[id]!;
  }

  #add(given: Key, group: KeyGroup | undefined): number {
    const checked = checkKey(given, this.#where);
    const id = this.#keys.length;
    if (id >= this.#maxKeys) throw full(this.#maxKeys, this.#where);
    if (group !== undefined && !(group >= 0 && group < this.#maxParallelism && Number.isInteger(group)))
      throw foreign(group, this.#maxParallelism, this.#where);
    // The user may go on using the array he gave.
    const key = typeof checked === 'object' ? Object.freeze([...checked]) : checked;
    if (id === this.#groups.length) {
      const larger = new Uint16Array(id * 2);
      larger.set(this.#groups);
      this.#groups = larger;
    }
    this.#groups[id] = group ?? keyGroup(keyHash(key), this.#maxParallelism);
    this.#keys.push(key);
    this.#bytes += ENTRY_BYTES + sizeOf(key);
    if (typeof key === 'object') this.#bytes += this.#tuples.add(key, id) * ENTRY_BYTES;
    else this.#ids.set(key, id);
    if (typeof key === 'number') this.#addDense(key, id);
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
