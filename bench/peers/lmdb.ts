import type { Lmdb } from '../../src/state/store/lmdb-store.ts';

/** What we use of LMDB beyond what the store does. */
export interface LmdbPeer extends Lmdb {
  open(options: Readonly<Record<string, unknown>>): ReturnType<Lmdb['open']> & {
    put(key: Uint8Array | number, value: Uint8Array): unknown;
  };
}

// A name in a variable, or the compiler would look for the package.
const name: string = 'lmdb';

export async function lmdb(): Promise<LmdbPeer> {
  return (await import(name)) as LmdbPeer;
}
