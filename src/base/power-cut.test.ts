import { expect, test } from 'vitest';
import { SeededRandom } from './random.ts';
import { VirtualFiles } from './virtual-files.ts';

const clock = { now: () => 0, monotonic: () => 0 };
const SECTOR = 512;

/** What the seed's power cut left, for many seeds. */
async function overSeeds<T>(seeds: number, life: (files: VirtualFiles, seed: number) => Promise<T>): Promise<T[]> {
  const outcomes: T[] = [];
  for (let seed = 0; seed < seeds; seed++) outcomes.push(await life(new VirtualFiles(clock), seed));
  return outcomes;
}

async function write(files: VirtualFiles, path: string, bytes: Uint8Array, position = 0, sync = false): Promise<void> {
  const file = await files.open(path, 'extend');
  await file.write(bytes, position);
  if (sync) await file.sync();
  await file.close();
}

async function read(files: VirtualFiles, path: string): Promise<Uint8Array | undefined> {
  const stat = await files.stat(path);
  if (stat === undefined) return undefined;
  const file = await files.open(path, 'read');
  const bytes = new Uint8Array(stat.bytes);
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

/** What is read, as text; 'none' for no file. */
async function show(files: VirtualFiles, path: string): Promise<string> {
  return (await read(files, path))?.join() ?? 'none';
}

const sectors = (bytes: Uint8Array): number[][] =>
  Array.from({ length: Math.ceil(bytes.length / SECTOR) }, (_, i) => [...new Set(bytes.subarray(i * SECTOR, (i + 1) * SECTOR))]);

test('an unsynced write survives in any of its sectors, each whole, and a later write without an earlier one', async () => {
  const outcomes = await overSeeds(200, async (files, seed) => {
    await write(files, '/a', new Uint8Array(8 * SECTOR).fill(1), 0, true);
    await files.syncFolder('/');
    await write(files, '/a', new Uint8Array(4 * SECTOR).fill(2), 0);
    await write(files, '/a', new Uint8Array(4 * SECTOR).fill(3), 4 * SECTOR);
    const cut = files.powerCut({ keep: new SeededRandom(seed) });
    const found = sectors((await read(files, '/a'))!);
    for (const [i, values] of found.entries()) expect([[1], i < 4 ? [2] : [3]], `seed ${seed}`).toContainEqual(values);
    const text = found.join('');
    expect(cut.torn, text).toBe(text === '11111111' || text === '22223333' ? 0 : 1);
    expect(cut.isLost).toBe(text === '11111111');
    return text;
  });
  expect(outcomes).toContain('11111111');
  expect(outcomes).toContain('22223333');
  expect(outcomes.some((text) => text.startsWith('1111') && text.includes('3'))).toBe(true);
  expect(new Set(outcomes).size).toBeGreaterThan(50);
});

test('the length is one of those on the way, with zeros where nothing survived', async () => {
  const lengths = await overSeeds(200, async (files, seed) => {
    await write(files, '/a', new Uint8Array(100).fill(1), 0, true);
    await files.syncFolder('/');
    await write(files, '/a', new Uint8Array(1000).fill(1), 100);
    await write(files, '/a', new Uint8Array(1000).fill(1), 1100);
    files.powerCut({ keep: new SeededRandom(seed) });
    const bytes = (await read(files, '/a'))!;
    expect(bytes.subarray(0, 100)).toEqual(new Uint8Array(100).fill(1));
    expect(bytes.every((byte) => byte <= 1)).toBe(true);
    return `${bytes.length}${bytes.includes(0) ? ' with zeros' : ''}`;
  });
  expect([...new Set(lengths)].sort()).toEqual(['100', '1100', '1100 with zeros', '2100', '2100 with zeros']);
});

test('what was synced survives whatever else does, and what survived stays through the next power cut', async () => {
  await overSeeds(300, async (files, seed) => {
    const random = new SeededRandom(seed);
    const below = (n: number): number => Math.floor(random.next() * n);
    const file = await files.open('/a', 'create');
    await files.syncFolder('/');
    const synced = new Uint8Array(10 * SECTOR);
    for (let i = 0; i < 5; i++) {
      const [from, size] = [below(9 * SECTOR), 1 + below(SECTOR)];
      synced.fill(i + 1, from, from + size);
      await file.write(synced.subarray(from, from + size), from);
    }
    await file.sync();
    const length = await file.size();
    // Sectors that nobody has touched since.
    const untouched = new Set(Array.from({ length: Math.floor(length / SECTOR) }, (_, i) => i));
    for (let i = 0; i < 3; i++) {
      const from = below(length);
      await file.write(new Uint8Array(300).fill(99), from);
      for (const at of [from, from + 299]) untouched.delete(Math.floor(at / SECTOR));
    }
    files.powerCut({ keep: random });
    const left = (await read(files, '/a'))!;
    expect(left.length, `seed ${seed}`).toBeGreaterThanOrEqual(length);
    for (const sector of untouched) {
      const at = sector * SECTOR;
      expect(left.subarray(at, at + SECTOR), `seed ${seed}`).toEqual(synced.subarray(at, at + SECTOR));
    }
    files.powerCut();
    expect(await read(files, '/a')).toEqual(left);
  });
});

const old = new Uint8Array([1]);
const fresh = new Uint8Array([2]);

test('of a rename, nothing, everything, or the new name beside the old one survives, and never neither', async () => {
  const outcomes = await overSeeds(200, async (files, seed) => {
    await write(files, '/index', old, 0, true);
    await write(files, '/index.new', fresh, 0, true);
    await files.syncFolder('/');
    await files.rename('/index.new', '/index');
    files.powerCut({ keep: new SeededRandom(seed) });
    return `${await show(files, '/index')} ${await show(files, '/index.new')}`;
  });
  expect([...new Set(outcomes)].sort()).toEqual(['1 2', '2 2', '2 none']);
});

test('a name that survived has nothing behind it when its content was not synced', async () => {
  const outcomes = await overSeeds(100, async (files, seed) => {
    await write(files, '/index.new', fresh);
    await files.rename('/index.new', '/index');
    await files.syncFolder('/');
    files.powerCut({ keep: new SeededRandom(seed) });
    return (await read(files, '/index'))!.length;
  });
  expect(new Set(outcomes)).toEqual(new Set([0, 1]));
});

test('a rename survives without the one before it, and is counted as reordered', async () => {
  const outcomes = await overSeeds(300, async (files, seed) => {
    for (const name of ['a', 'b']) await write(files, `/${name}.new`, old, 0, true);
    await files.syncFolder('/');
    await files.rename('/a.new', '/a');
    await files.rename('/b.new', '/b');
    const { isReordered } = files.powerCut({ keep: new SeededRandom(seed) });
    const [a, b] = [await show(files, '/a'), await show(files, '/b')];
    if (a === 'none' && b !== 'none') expect(isReordered, `seed ${seed}`).toBe(true);
    return `${a} ${b}`;
  });
  expect([...new Set(outcomes)].sort()).toEqual(['1 1', '1 none', 'none 1', 'none none']);
});

test('a removal survives or does not, and a folder that was synced keeps its names', async () => {
  const outcomes = await overSeeds(100, async (files, seed) => {
    await write(files, '/a', old, 0, true);
    await write(files, '/b', old, 0, true);
    await files.syncFolder('/');
    await files.remove('/a');
    files.powerCut({ keep: new SeededRandom(seed) });
    return (await files.list('/')).join('');
  });
  expect([...new Set(outcomes)].sort()).toEqual(['ab', 'b']);
});

test('a file that is only ever renamed, through whatever folders and syncs, always has a name', async () => {
  let doubled = 0;
  await overSeeds(1000, async (files, seed) => {
    const random = new SeededRandom(seed);
    const below = (n: number): number => Math.floor(random.next() * n);
    await files.makeFolder('/x');
    await files.makeFolder('/y');
    const places = Array.from({ length: 3 }, (_, i) => `/x/${i}`);
    for (const [i, path] of places.entries()) await write(files, path, new Uint8Array([i]), 0, true);
    await files.syncFolder('/x');
    for (let i = 0; i < 12; i++) {
      if (below(4) === 0) {
        await files.syncFolder(['/x', '/y'][below(2)]!);
        continue;
      }
      const which = below(3);
      const to = `/${'xy'[below(2)]}/${below(8)}`;
      if ((await files.stat(to)) !== undefined) continue;
      await files.rename(places[which]!, to);
      places[which] = to;
    }
    files.powerCut({ keep: random });
    const found: number[] = [];
    for (const folder of ['/x', '/y'])
      for (const name of await files.list(folder)) found.push((await read(files, `${folder}/${name}`))![0]!);
    expect(
      [...new Set(found)].sort((a, b) => a - b),
      `seed ${seed}`,
    ).toEqual([0, 1, 2]);
    if (found.length > 3) doubled++;
  });
  expect(doubled).toBeGreaterThan(100);
});

test('the same seed leaves the same', async () => {
  const life = (): Promise<unknown[]> =>
    overSeeds(20, async (files, seed) => {
      for (const name of ['a', 'b', 'c']) await write(files, `/${name}`, new Uint8Array(5000).fill(7));
      await files.rename('/a', '/d');
      files.powerCut({ keep: new SeededRandom(seed) });
      return await Promise.all((await files.list('/')).map(async (name) => `${name} ${await show(files, `/${name}`)}`));
    });
  const first = await life();
  expect(await life()).toEqual(first);
  expect(new Set(first.map(String)).size).toBeGreaterThan(5);
});
