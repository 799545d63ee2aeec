import { expect, test } from 'vitest';
import type { Files, OpenFile } from '../core/world.ts';
import { type FaultOptions, type FaultyFiles, faultyFiles } from './faulty-files.ts';
import { testFiles } from './files-conformance.ts';
import { ignoringSyncs } from './ignoring-syncs.ts';
import { SeededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualFiles } from './virtual-files.ts';
import { type VirtualWorld, virtualWorld } from './virtual-world.ts';

const bytes = new Uint8Array(5000).fill(7);
const stopped = { now: () => 0, monotonic: () => 0 };

function faulty(options: Partial<FaultOptions> = {}, seed = 1): { readonly world: VirtualWorld; readonly files: FaultyFiles } {
  const world = virtualWorld({ seed });
  return { world, files: faultyFiles(world.files, { random: world.random, scheduler: world.scheduler, ...options }) };
}

async function begin(files: Files, path = '/a'): Promise<OpenFile> {
  const file = await files.open(path, 'create');
  await files.syncFolder('/');
  return file;
}

testFiles(
  'faulty files without faults',
  async () => {
    const files = faultyFiles(new VirtualFiles(stopped), { random: new SeededRandom(1), scheduler: new VirtualClock() });
    await files.makeFolder('/tests');
    return { files, folder: '/tests', close: () => expect(Object.values(files.counts).every((count) => count === 0)).toBe(true) };
  },
  test,
);

for (const which of ['file', 'folder'] as const) {
  testFiles(
    `files that forget to sync a ${which}`,
    async () => {
      const files = new VirtualFiles(stopped);
      await files.makeFolder('/tests');
      const forgetful = ignoringSyncs(files, which);
      // Errors of the sync that is forgotten are forgotten too.
      const checked: Files = which === 'file' ? forgetful : { ...forgetful, syncFolder: (path) => files.syncFolder(path) };
      return { files: checked, folder: '/tests', close: () => {} };
    },
    (name, run) => {
      if (!name.includes('closed file')) test(name, run);
    },
  );
}

test('a disk that is full takes a part of a write, and stays full until something is removed', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const { world, files } = faulty({ rates: { ENOSPC: 1 }, fullCalls: 1000 }, seed);
    const file = await world.files.open('/old', 'create');
    await file.close();
    await expect(files.open('/a', 'create')).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'open', path: '/a' });
    const old = await files.open('/old', 'extend');
    await expect(old.write(bytes, 0)).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'write' });
    expect(await old.size()).toBeLessThan(bytes.length);
    await old.close();
    expect(files.counts.ENOSPC).toBe(2);
  }
  // At this rate a second full disk right after is next to impossible.
  const { files } = faulty({ rates: { ENOSPC: 0.01 }, fullCalls: 1_000_000 });
  const file = await files.open('/a', 'create');
  while (files.counts.ENOSPC === 0) await file.write(bytes, 0).catch(() => {});
  for (let i = 0; i < 20; i++) await expect(file.write(bytes, 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  await files.remove('/missing');
  await expect(file.write(bytes, 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  await files.remove('/a');
  await file.write(bytes, 0);
});

test('a full disk has room again after some calls', async () => {
  const { files } = faulty({ rates: { ENOSPC: 0.05 }, fullCalls: 4 });
  const file = await files.open('/a', 'create');
  let [written, inARow, longest] = [0, 0, 0];
  for (let i = 0; i < 500; i++) {
    await file.write(bytes, 0).then(
      () => {
        written++;
        inARow = 0;
      },
      () => {
        longest = Math.max(longest, ++inARow);
      },
    );
  }
  expect(written + files.counts.ENOSPC).toBe(500);
  expect(written).toBeGreaterThan(300);
  expect(longest).toBeGreaterThan(1);
});

test('a read, a write and a sync fail once each, and the call after works', async () => {
  const { files } = faulty();
  const file = await begin(files);
  const calls = [() => file.write(bytes, 0), () => file.read(new Uint8Array(10), 0), () => file.sync(), () => files.syncFolder('/')];
  for (const call of calls) {
    files.only('EIO', 0);
    await expect(call()).rejects.toMatchObject({ code: 'EIO' });
    await call();
  }
  expect(files.counts.EIO).toBe(4);
});

test('what a failed sync was to save can be read, and is gone after a power cut though the next sync succeeded', async () => {
  const { files } = faulty();
  const file = await begin(files);
  await file.write(Uint8Array.of(1, 2), 0);
  await file.sync();
  await file.write(Uint8Array.of(8), 0);
  files.only('EIO', 0);
  await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
  await file.write(Uint8Array.of(9), 2);
  await file.sync();
  const seen = async (from: OpenFile): Promise<number[]> => {
    const into = new Uint8Array(10);
    return [...into.subarray(0, await from.read(into, 0))];
  };
  expect(await seen(file)).toEqual([8, 2, 9]);
  files.powerCut();
  expect(await seen(await files.open('/a', 'read'))).toEqual([1, 2, 9]);
});

test('a failed sync of a folder saves no name, and the next one does', async () => {
  const { world, files } = faulty();
  await files.open('/a', 'create');
  files.only('EIO', 0);
  await expect(files.syncFolder('/')).rejects.toMatchObject({ code: 'EIO' });
  world.files.powerCut();
  expect(await files.list('/')).toEqual([]);
  await files.open('/b', 'create');
  await files.syncFolder('/');
  world.files.powerCut();
  expect(await files.list('/')).toEqual(['b']);
});

test('a slow call settles when virtual time has passed, and not before', async () => {
  const { world, files } = faulty({ rates: { slow: 1 }, slowMs: 50 });
  const opening = files.open('/a', 'create');
  let isOpen = false;
  opening.then(
    () => {
      isOpen = true;
    },
    () => {},
  );
  await world.settle();
  expect(isOpen).toBe(false);
  const file = await world.until(opening);
  expect(world.clock.now()).toBeGreaterThan(0);
  expect(world.clock.now()).toBeLessThanOrEqual(50);
  await world.until(file.write(bytes, 0));
  expect(files.counts.slow).toBe(2);
});

test('a slow sync has saved or has not when the power is cut within, and a slow call rejects then', async () => {
  const saved = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { world, files } = faulty({}, seed);
    const file = await begin(files);
    await file.write(bytes, 0);
    files.only('slow', 0);
    const syncing = file.sync();
    await world.settle();
    world.files.powerCut();
    saved.add((await files.stat('/a'))!.bytes);
    await expect(world.until(syncing)).rejects.toMatchObject({ code: 'EIO' });
  }
  expect(saved).toEqual(new Set([0, bytes.length]));
});

test('a power cut tears, reorders and loses, and each is counted', async () => {
  const told: string[] = [];
  const total: Record<string, number> = {};
  for (let seed = 0; seed < 50; seed++) {
    const { files } = faulty({ rates: { lost: 0.1 }, on: (fault) => told.push(fault) }, seed);
    const file = await begin(files);
    await file.write(bytes, 0);
    for (const name of ['b', 'c', 'd']) await files.open(`/${name}`, 'create');
    files.powerCut();
    for (const [fault, count] of Object.entries(files.counts)) total[fault] = (total[fault] ?? 0) + count;
  }
  for (const fault of ['torn', 'reordered', 'lost']) {
    expect(total[fault], fault).toBeGreaterThan(3);
    expect(told.filter((name) => name === fault).length).toBe(total[fault]);
  }
  const { files } = faulty({ rates: { lost: 1 } });
  const file = await begin(files);
  await file.write(bytes, 0);
  expect(files.powerCut()).toEqual({ torn: 0, isReordered: false, isLost: true });
});

/** Some work on a disk, and what became of it. */
async function work(seed: number, rates: FaultOptions['rates'] = { ENOSPC: 0.1, EIO: 0.1, slow: 0.3 }): Promise<string[]> {
  const story: string[] = [];
  const { world, files } = faulty({ rates: rates ?? {}, on: (fault, path) => story.push(`${fault} ${path} ${world.clock.now()}`) }, seed);
  const one = async (path: string): Promise<void> => {
    const file = await files.open(path, 'create');
    for (let i = 0; i < 5; i++) await file.write(bytes, i * bytes.length);
    await file.sync();
    await files.rename(path, `${path}.done`);
    await files.syncFolder('/');
  };
  const ends = Promise.all(['/a', '/b', '/c'].map((path) => one(path).catch((error: unknown) => story.push(String(error)))));
  await world.until(ends);
  files.powerCut();
  for (const name of await files.list('/')) story.push(`${name} ${(await world.files.stat(name))?.bytes}`);
  return story;
}

test('a seed tells the same story each time, and another seed another', async () => {
  const stories = new Set<string>();
  for (let seed = 0; seed < 10; seed++) {
    const story = (await work(seed)).join('\n');
    expect((await work(seed)).join('\n')).toBe(story);
    stories.add(story);
  }
  expect(stories.size).toBe(10);
});

test('the one fault at the k-th call, for each k until it no longer happens, tries every call', async () => {
  for (const [fault, calls] of [
    ['ENOSPC', 3],
    ['EIO', 4],
    ['slow', 5],
  ] as const) {
    let k = 0;
    for (; ; k++) {
      const { world, files } = faulty({ rates: { EIO: 1, ENOSPC: 1, slow: 1 } });
      files.only(fault, k);
      const life = async (): Promise<void> => {
        const file = await files.open('/a', 'create');
        await file.write(bytes, 0);
        await file.write(bytes, 0);
        await file.sync();
        await files.syncFolder('/');
      };
      const code = await world.until(life().catch((error: unknown) => (error as { code: string }).code));
      if (files.counts[fault] === 0) break;
      expect(code).toBe(fault === 'slow' ? undefined : fault);
      expect(Object.values(files.counts).reduce((sum, count) => sum + count)).toBe(1);
    }
    expect(k, fault).toBe(calls);
  }
});

test('a calm disk does nothing wrong any more', async () => {
  const { files } = faulty({ rates: { EIO: 1, ENOSPC: 1, slow: 1 } });
  files.calm();
  const file = await begin(files);
  await file.write(bytes, 0);
  await file.sync();
  await file.write(bytes, bytes.length);
  expect(files.powerCut()).toEqual({ torn: 0, isReordered: false, isLost: true });
  expect((await files.stat('/a'))?.bytes).toBe(bytes.length);
});

test('what was synced by a disk that forgets to is gone after a power cut, and of the other kind it is not', async () => {
  for (const which of ['file', 'folder'] as const) {
    const { files: disk } = virtualWorld();
    const files = ignoringSyncs(disk, which);
    const file = await begin(files);
    await file.write(bytes, 0);
    await file.sync();
    disk.powerCut();
    expect((await disk.stat('/a'))?.bytes).toBe(which === 'file' ? 0 : undefined);
  }
});
