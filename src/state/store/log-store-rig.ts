// A history of transactions over a few keys, for tests that kill, cut and damage.

import { deepStrictEqual as equal, ok } from 'node:assert';
import type { Dying } from '../../base/dying-files.ts';
import { SeededRandom } from '../../base/random.ts';
import type { VirtualFiles } from '../../base/virtual-files.ts';
import type { World } from '../../core/world.ts';
import { logStore } from './log-store.ts';
import type { StateChange, StateStore, StoreSpec } from './state-store.ts';

export const FOLDER: string = '/store';
export const DYINGS: readonly Dying[] = ['before', 'half', 'after'];
/** So short that a few transactions fill one, and compaction has always something to do. */
export const open = (spec: StoreSpec, segmentBytes: number = 600): Promise<StateStore> =>
  logStore({ segmentBytes })({ budget: 2000, ...spec });

export const bytes = (of: string): Uint8Array => new TextEncoder().encode(of);
export const text = (of: Uint8Array | undefined): string | undefined => (of === undefined ? undefined : new TextDecoder().decode(of));

/** Changes of transaction `n`: of a few keys, by a sequence that goes on for ever. */
export function changesOf(n: number, keys: number = 12): StateChange[] {
  const random = new SeededRandom(n);
  return Array.from({ length: Math.floor(random.next() * 6) }, () => {
    const key = Math.floor(random.next() * keys);
    const value = random.next() < 0.25 ? undefined : bytes(`${key} of ${n}`.repeat(1 + Math.floor(random.next() * 8)));
    return { space: key % 2, group: key % 3, key: bytes(`key ${key}`), value };
  });
}

type Plain = Record<string, string>;

/** The state after each transaction, 0 for the empty one. */
function history(length: number): Plain[] {
  const states: Plain[] = [{}];
  for (let n = 1; n <= length; n++) {
    const state = { ...states[n - 1]! };
    for (const { space, key, value } of changesOf(n)) {
      if (value === undefined) delete state[`${space} ${text(key)}`];
      else state[`${space} ${text(key)}`] = text(value)!;
    }
    states.push(state);
  }
  return states;
}

export function stateOf(store: StateStore): Plain {
  const state: Plain = {};
  let count = 0;
  for (const space of [0, 1])
    for (const [key, value] of store.entries(space)) {
      count++;
      state[`${space} ${text(key)}`] = text(value)!;
      equal(text(store.get(space, key)), text(value));
    }
  equal(count, store.count);
  return state;
}

export const TRANSACTIONS: number = 40;
export const STATES: readonly Plain[] = history(TRANSACTIONS);

/** Applies what is missing; answers the stamp of the last transaction that resolved. */
export async function live(world: World, until: number): Promise<number> {
  let last = 0;
  try {
    const store = await open({ world, folder: FOLDER });
    last = store.stamp;
    while (last < until) {
      await store.apply(last + 1, changesOf(last + 1));
      last++;
    }
    await store.close();
  } catch (error) {
    if (!(error instanceof Error && /the process is dead|nobody knows what is on it/.test(error.message))) throw error;
  }
  return last;
}

export async function checkAfter(world: World, resolved: number, seen: string): Promise<void> {
  const store = await open({ world, folder: FOLDER });
  ok(store.stamp >= resolved, `${seen}: what has resolved is there`);
  equal(stateOf(store), STATES[store.stamp], `${seen}: state ${store.stamp}`);
  await store.close();
}

export function boundTo(files: VirtualFiles): Omit<World['files'], 'open'> {
  const { stat, list, makeFolder, rename, remove, syncFolder, lock, watch } = files;
  const all = { stat, list, makeFolder, rename, remove, syncFolder, lock, watch };
  for (const [name, call] of Object.entries(all)) Object.assign(all, { [name]: call.bind(files) });
  return all;
}

/** Copies a file, with one byte changed if one is named. */
export async function copy(from: VirtualFiles, to: VirtualFiles, path: string, flipped: number | undefined): Promise<void> {
  const source = from.openSync(path);
  const content = new Uint8Array((await from.stat(path))!.bytes);
  source.readSync(content, 0);
  source.closeSync();
  if (flipped !== undefined) content[flipped]! ^= 1 << (flipped % 8);
  const file = await to.open(path, 'create');
  await file.write(content, 0);
  await file.sync();
  await file.close();
}
