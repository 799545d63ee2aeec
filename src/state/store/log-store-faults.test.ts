import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { boundTo, changesOf, checkAfter, copy, FOLDER, live, open, STATES, stateOf } from './log-store-rig.ts';

test('a byte that flips is told, or it was in the last transaction, which then counts as torn', async () => {
  const length = 12;
  const world = virtualWorld();
  await live(world, length);
  const names = (await world.files.list(FOLDER)).filter((name) => name.endsWith('.seg'));
  expect(names.length).toBeGreaterThan(1);
  let told = 0;
  let torn = 0;
  for (const name of names) {
    const { bytes: size } = (await world.files.stat(`${FOLDER}/${name}`))!;
    for (let at = 0; at < size; at++) {
      const other = virtualWorld();
      await other.files.makeFolder(FOLDER);
      for (const each of names) await copy(world.files, other.files, `${FOLDER}/${each}`, each === name ? at : undefined);
      try {
        const store = await open({ world: other, folder: FOLDER });
        torn += store.stamp < length ? 1 : 0;
        expect(store.stamp).toBeGreaterThanOrEqual(length - 1);
        expect(stateOf(store), `byte ${at} of ${name}`).toEqual(STATES[store.stamp]);
        await store.close();
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'HR_STORE_DAMAGED')) throw error;
        expect(error.message).toMatch(/\d+\.seg, byte \d+/);
        told++;
      }
    }
  }
  expect(told).toBeGreaterThan(100);
  expect(torn).toBeGreaterThan(0);
});

test('a segment that is missing is told', async () => {
  const world = virtualWorld();
  await live(world, 14);
  const names = (await world.files.list(FOLDER)).filter((name) => name.endsWith('.seg'));
  await world.files.remove(`${FOLDER}/${names[0]}`);
  await expect(open({ world, folder: FOLDER })).rejects.toMatchObject({ code: 'HR_STORE_DAMAGED' });
});

test('a full disk fails the transaction, and the next one goes through', async () => {
  const world = virtualWorld();
  let isFull = false;
  const files = {
    ...boundTo(world.files),
    open: async (path: string, mode: 'read' | 'create' | 'extend') => {
      const file = await world.files.open(path, mode);
      const write = async (part: Uint8Array, position: number): Promise<void> => {
        if (!isFull) return file.write(part, position);
        await file.write(part.subarray(0, part.length >> 1), position);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      };
      return { ...file, write };
    },
  };
  const store = await open({ world: { ...world, files }, folder: FOLDER });
  for (let n = 1; n <= 30; n++) {
    isFull = n % 3 === 0;
    if (isFull) await expect(store.apply(n, changesOf(n))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(stateOf(store)).toEqual(STATES[isFull ? n - 1 : store.stamp]);
    isFull = false;
    if (store.stamp < n) await store.apply(n, changesOf(n));
  }
  world.files.powerCut();
  await checkAfter(world, 30, 'after full disks');
});

test('after a sync that failed nothing more is taken until the store is opened again', async () => {
  const { world, store, syncs } = await failing();
  for (let n = 1; n <= 9; n++) await store.apply(n, changesOf(n));
  syncs.fail = true;
  await expect(store.apply(10, changesOf(10))).rejects.toMatchObject({ code: 'HR_STORE_BROKEN', cause: { code: 'EIO' } });
  syncs.fail = false;
  await expect(store.apply(10, changesOf(10))).rejects.toMatchObject({ code: 'HR_STORE_BROKEN' });
  expect([store.stamp, stateOf(store)]).toEqual([9, STATES[9]]);
  world.files.powerCut();
  await checkAfter(world, 9, 'after a failed sync');
});

// After the failed sync the kernel takes what it has for clean: another sync saves nothing of it.
test('a transaction whose sync failed, and that the next start finds whole, is still there after a power cut', async () => {
  const { world, store, syncs } = await failing();
  for (let n = 1; n <= 5; n++) await store.apply(n, changesOf(n));
  syncs.fail = true;
  await expect(store.apply(6, changesOf(6))).rejects.toMatchObject({ code: 'HR_STORE_BROKEN' });
  await store.close();
  const next = await open({ world, folder: FOLDER });
  expect(next.stamp).toBe(6);
  await next.apply(7, changesOf(7));
  world.files.powerCut();
  await checkAfter(world, 7, 'after a failed sync and a power cut');
});

/** A store whose syncs fail when they are told to; what a failed one was to save is gone. */
async function failing() {
  const world = virtualWorld();
  const syncs = { fail: false };
  const files = {
    ...boundTo(world.files),
    open: async (path: string, mode: 'read' | 'create' | 'extend') => {
      const file = await world.files.open(path, mode);
      const sync = async (): Promise<void> => {
        if (!syncs.fail) return file.sync();
        file.failSync();
        throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      };
      return { ...file, sync };
    },
  };
  return { world, syncs, store: await open({ world: { ...world, files }, folder: FOLDER }) };
}
