import { assert } from '../../core/error.ts';
import { isNumbered, type OpenStore, type StateChange, type StateStore } from './state-store.ts';

interface Kept {
  readonly group: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly expires: number | undefined;
}

/** The plain twin of a store on a disk: it keeps the same promises until it is closed. */
export function memoryStore(): OpenStore {
  return async () => openMemory();
}

function openMemory(): StateStore {
  const kept = new Map<number, Map<string, Kept>>();
  let stamp = 0;
  const spaceOf = (space: number): Map<string, Kept> => {
    const found = kept.get(space) ?? new Map<string, Kept>();
    kept.set(space, found);
    return found;
  };
  return {
    get stamp() {
      return stamp;
    },
    get count() {
      return [...kept.values()].reduce((sum, space) => sum + space.size, 0);
    },
    get(space, key, nowMs) {
      const found = kept.get(space)?.get(nameOf(key));
      if (found === undefined || (found.expires !== undefined && nowMs !== undefined && found.expires <= nowMs)) return undefined;
      return found.value.slice();
    },
    async apply(next, changes) {
      assert(Number.isSafeInteger(next) && next > stamp, 'stamps grow');
      // First all of them: going through them may fail.
      const all: readonly StateChange[] = [...changes];
      assert(all.every(isNumbered), 'spaces and groups are small numbers');
      for (const { space, group, key, value, expires } of all) {
        if (value === undefined) spaceOf(space).delete(nameOf(key));
        else spaceOf(space).set(nameOf(key), { group, key: key.slice(), value: value.slice(), expires });
      }
      stamp = next;
    },
    *entries(space, group) {
      for (const one of spaceOf(space).values())
        if (group === undefined || one.group === group) yield [one.key.slice(), one.value.slice(), one.expires];
    },
    close: async () => {},
  };
}

function nameOf(key: Uint8Array): string {
  let name = '';
  for (const byte of key) name += String.fromCharCode(byte);
  return name;
}
