import { assert, HeadraceError } from '../../core/error.ts';
import type { FileLock } from '../../core/world.ts';
import { isNumbered, type OpenStore, type StateChange, type StateEntry, type StateStore } from './state-store.ts';
import { inUse, packageMissing } from './store-errors.ts';
import { readDouble, readHalf, writeDouble, writeHalf } from './words.ts';

/** What we call of the package `lmdb`, version 3.5. */
export interface Lmdb {
  open(options: Readonly<Record<string, unknown>>): LmdbDatabase;
}

export interface LmdbDatabase {
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array): unknown;
  remove(key: Uint8Array): unknown;
  transaction(action: () => void): Promise<unknown>;
  getRange(options: {
    readonly start: Uint8Array;
    readonly end: Uint8Array;
  }): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  getCount(): number;
  close(): Promise<void>;
}

export interface LmdbStoreOptions {
  /** The package; imported when a store is opened unless it is given. */
  readonly lmdb?: Lmdb | undefined;
}

/** LMDB takes keys of 1,978 bytes, of which two are the space. */
const MOST_KEY_BYTES = 1976;
/** Shorter than the key of any entry. */
const STAMP_KEY = new Uint8Array([0]);
/** In front of each value: the group, then when it expires. */
const VALUE_HEAD = 10;

/**
 * State in LMDB: no index in memory, at the price of a native package and of writes in random places. It lives on the
 * real disk whatever the world's files are.
 */
export function lmdbStore(options: LmdbStoreOptions = {}): OpenStore {
  return async ({ world, folder }) => {
    const lmdb = options.lmdb ?? (await load(folder));
    await world.files.makeFolder(folder);
    const lock = await world.files.lock(`${folder}/lock`);
    if (lock === undefined) throw inUse(folder);
    try {
      return new LmdbStore({ lmdb, folder, lock });
    } catch (error) {
      await lock.release();
      throw error;
    }
  };
}

async function load(folder: string): Promise<Lmdb> {
  const name = 'lmdb'; // Not written into the call, which would want the package's types.
  try {
    return (await import(name)) as Lmdb;
  } catch (error) {
    throw packageMissing(folder, error);
  }
}

class LmdbStore implements StateStore {
  stamp: number;
  readonly #database: LmdbDatabase;
  readonly #folder: string;
  readonly #lock: FileLock;

  constructor({ lmdb, folder, lock }: { readonly lmdb: Lmdb; readonly folder: string; readonly lock: FileLock }) {
    this.#folder = folder;
    this.#lock = lock;
    // With overlappingSync a transaction resolves before it is on the disk.
    this.#database = lmdb.open({ path: `${folder}/lmdb`, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false });
    const stamp = this.#database.get(STAMP_KEY);
    this.stamp = stamp === undefined ? 0 : readDouble(stamp, 0);
  }

  get count(): number {
    return this.#database.getCount() - (this.stamp === 0 ? 0 : 1);
  }

  get(space: number, key: Uint8Array, nowMs?: number): Uint8Array | undefined {
    const found = this.#database.get(keyOf(space, key));
    if (found === undefined) return undefined;
    const [value, expires] = valueIn(found);
    return expires !== undefined && nowMs !== undefined && expires <= nowMs ? undefined : value;
  }

  async apply(stamp: number, changes: Iterable<StateChange>): Promise<void> {
    assert(Number.isSafeInteger(stamp) && stamp > this.stamp, 'stamps grow');
    // Before the transaction begins: one that throws would still be committed.
    const all = Array.from(changes, (change) => ({ key: this.#keyOf(change), value: valueOf(change) }));
    const stampBytes = new Uint8Array(8);
    writeDouble(stampBytes, 0, stamp);
    await this.#database.transaction(() => {
      for (const { key, value } of all) {
        if (value === undefined) this.#database.remove(key);
        else this.#database.put(key, value);
      }
      this.#database.put(STAMP_KEY, stampBytes);
    });
    this.stamp = stamp;
  }

  *entries(space: number, group?: number): Iterable<StateEntry> {
    const range = { start: keyOf(space, new Uint8Array()), end: keyOf(space + 1, new Uint8Array()) };
    for (const { key, value } of this.#database.getRange(range)) {
      if (group === undefined || readHalf(value, 0) === group) yield [Uint8Array.from(key.subarray(2)), ...valueIn(value)];
    }
  }

  async close(): Promise<void> {
    try {
      await this.#database.close();
    } finally {
      await this.#lock.release();
    }
  }

  #keyOf(change: StateChange): Uint8Array {
    const { space, key } = change;
    assert(isNumbered(change), 'spaces and groups are small numbers');
    if (key.length <= MOST_KEY_BYTES) return keyOf(space, key);
    throw new HeadraceError({
      code: 'HR_STORE_KEY_LONG',
      where: this.#folder,
      what: `a key has ${key.length} bytes, and lmdb takes ${MOST_KEY_BYTES}`,
      todo: 'Key by something shorter, or use the store that comes with Headrace.',
    });
  }
}

/** The space with its high byte first, so that a space is a range. */
function keyOf(space: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + key.length);
  bytes[0] = space >>> 8;
  bytes[1] = space;
  bytes.set(key, 2);
  return bytes;
}

function valueOf({ group, value, expires = Number.POSITIVE_INFINITY }: StateChange): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const bytes = new Uint8Array(VALUE_HEAD + value.length);
  writeHalf(bytes, 0, group);
  writeDouble(bytes, 2, expires);
  bytes.set(value, VALUE_HEAD);
  return bytes;
}

function valueIn(bytes: Uint8Array): [value: Uint8Array, expires: number | undefined] {
  const expires = readDouble(bytes, 2);
  return [Uint8Array.from(bytes.subarray(VALUE_HEAD)), expires === Number.POSITIVE_INFINITY ? undefined : expires];
}
