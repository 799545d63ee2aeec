import { assert } from '../../core/error.ts';
import type { Files, World } from '../../core/world.ts';
import { type Found, findLog } from './log-recovery.ts';
import type { StateStore } from './state-store.ts';
import { inUse } from './store-errors.ts';

/** A store that somebody looks at. */
export type LookedAt = Pick<StateStore, 'stamp' | 'entries'> & {
  /** How many entries a space has, with those that are over. */
  count(space: number): number;
  close(): void;
};

const BUDGET_BYTES = 1 << 20;

/**
 * Opens the log of a store without changing it; undefined where there is none. It is refused while somebody has the store
 * open, but holds up nobody: who comes meanwhile changes it under the eyes of the one who looks, and that is told.
 */
export async function lookIntoStore({ files, syncFiles }: World, folder: string): Promise<LookedAt | undefined> {
  assert(syncFiles !== undefined, 'a store is looked at where files can be read without a promise');
  if ((await files.stat(folder)) === undefined) return undefined;
  await refuseWhereOpen(files, folder);
  let found: Found | undefined;
  try {
    found = await findLog(files, syncFiles, folder, BUDGET_BYTES);
  } catch (error) {
    await refuseWhereOpen(files, folder);
    throw error;
  }
  if (found === undefined) return undefined;
  const { segments, end } = found;
  const { index } = segments;
  return {
    stamp: end.stamp,
    count(space) {
      let count = 0;
      for (const entry of index.entries()) if (index.spaceOf(entry) === space) count++;
      return count;
    },
    *entries(space) {
      for (const entry of index.entries()) {
        if (index.spaceOf(entry) !== space) continue;
        const { key, value, expires } = segments.recordOf(entry);
        yield [key.slice(), value.slice(), expires];
      }
    },
    close: () => segments.close(),
  };
}

async function refuseWhereOpen(files: Files, folder: string): Promise<void> {
  const lock = await files.lock(`${folder}/lock`);
  if (lock === undefined) throw inUse(folder);
  await lock.release();
}
