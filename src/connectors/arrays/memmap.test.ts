import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { header, npyFile, written } from '../../codecs/arrays/arrays-rig.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import type { World } from '../../core/world.ts';
import { testSource } from '../../testing/source-kit.ts';
import { memmap, type MappedArray, npy, raw } from './index.ts';

const PATH = '/a';

async function put({ files }: Pick<World, 'files'>, content: Uint8Array): Promise<void> {
  const file = await files.open(PATH, 'create');
  await file.write(content, 0);
  await file.close();
}

/** 1,000 rows of 8 numbers, each of which says where it stands. */
const numbers = Float32Array.from({ length: 8000 }, (_, i) => i);
const file = new Uint8Array(numbers.buffer);

async function mapped(pageBytes: number, cacheBytes: number, width = 8) {
  const world = virtualWorld();
  await put(world, file);
  return { world, map: await memmap(PATH, { dtype: 'float32', shape: [-1, width], pageBytes, cacheBytes, world }) };
}

test('whatever is asked for in whatever order, through however few pages, is what stands there', async () => {
  const index = fc.oneof({ weight: 3, arbitrary: fc.nat(40) }, fc.nat(999)); // Some of it near, so that pages are met again.
  const ask = fc.record({ what: fc.constantFrom('at', 'row', 'part'), i: index, j: fc.nat(30) });
  const pages = fc.constantFrom([8, 8], [40, 80], [64, 640], [64, 1024], [64, 8192], [4096, 65_536]);
  await fc.assert(
    fc.asyncProperty(pages, fc.constantFrom(8, 5), fc.array(ask, { maxLength: 300 }), async ([pageBytes, cacheBytes], width, asks) => {
      const { map } = await mapped(pageBytes!, cacheBytes!, width);
      for (const { what, i, j } of asks) {
        const to = Math.min(map.length, i + j);
        if (what === 'at') expect(map.at(i, j % width)).toBe(i * width + (j % width));
        else if (what === 'row') expect(map.row(i)).toEqual(numbers.slice(i * width, i * width + width));
        else expect(map.part(i, to)).toEqual(numbers.slice(i * width, to * width));
        expect(map.cache.pages * pageBytes!).toBeLessThanOrEqual(map.cache.bytes);
        expect(map.cache.bytes).toBeLessThanOrEqual(cacheBytes!);
      }
      await map.close();
    }),
    { numRuns: 80 },
  );
});

test('the memory is that of the pages and never more, however much is read', async () => {
  const { map } = await mapped(64, 640);
  let sum = 0;
  for (let i = 0; i < 1000; i++) for (let j = 0; j < 8; j++) sum += map.at(i, j);
  for (let i = 999; i >= 0; i--) sum += map.row(i)[0]!;
  expect(sum).toBe((7999 * 8000) / 2 + 8 * ((999 * 1000) / 2));
  expect(map.cache).toMatchObject({ pages: 10, bytes: 640 });
  const small = await mapped(64, 64 * 1024 * 1024);
  expect(small.map.cache.bytes).toBe(32_000 + 8 * 64); // Not more than the file has, and eight pages to read ahead.
});

test('a walk reads every page once, and what is asked for again and again stays', async () => {
  const { map } = await mapped(64, 640);
  for (let i = 0; i < 1000; i++) for (let j = 0; j < 8; j++) map.at(i, j);
  // The first element is read by itself, its page comes in with the second, and all others in their turn.
  expect(map.cache.readBytes - 4).toBe(32_000);
  for (let i = 0; i < 1000; i++) map.row(i); // A second one: the first pages are gone, the last are there.
  const before = map.cache.reads;
  for (let i = 10; i < 500; i++) {
    map.at(0, 1);
    map.at(i, 0); // The hand comes by often, and always finds page 0 in use.
    map.at(i, 1);
  }
  expect(map.cache.reads - before).toBeLessThan(500 / 2 + 5);
});

test('a walk reads ahead, and no page twice', async () => {
  const { map } = await mapped(64, 8192); // 128 pages, of 500.
  for (let i = 0; i < 1000; i++) expect([map.at(i, 0), map.at(i, 7)]).toEqual([i * 8, i * 8 + 7]);
  expect(map.cache.readBytes - 4).toBe(32_000);
  expect(map.cache.reads).toBeLessThan(500 / 8 + 5);
  expect(map.cache).toMatchObject({ pages: 120, bytes: 8192 });
  const before = map.cache.reads;
  for (let i = 999; i > 800; i--) map.row(i); // The last ones are there.
  expect(map.cache.reads).toBe(before);
});

test('what is drawn at random does not bring whole pages along', async () => {
  const { map } = await mapped(4096, 8192);
  for (const i of [900, 10, 500, 300, 700]) map.row(i);
  expect(map.cache).toMatchObject({ pages: 0, reads: 5, readBytes: 5 * 32 });
});

test('long parts are read past the pages', async () => {
  const { map } = await mapped(64, 640);
  map.at(0, 0);
  map.at(0, 1);
  expect(map.part(0)).toEqual(numbers);
  expect([...map.rows()]).toHaveLength(1000);
  expect(map.cache.pages).toBe(1);
});

test('rows come one by one, each with memory of its own', async () => {
  const { map } = await mapped(64, 640);
  const rows = [...map];
  expect(rows).toEqual(Array.from({ length: 1000 }, (_, i) => numbers.slice(i * 8, i * 8 + 8)));
  expect(new Set(rows.map((row) => row.buffer)).size).toBe(1000);
  rows[3]!.fill(-1);
  map.row(5).fill(-1);
  map.row(5).fill(-1);
  expect(map.row(3)).toEqual(numbers.slice(24, 32));
  expect(map.row(5)).toEqual(numbers.slice(40, 48));
  expect([...map.rows(998)].map((row) => row[0])).toEqual([7984, 7992]);
  expect([...map.rows(2, 2)]).toEqual([]);
});

test('an .npy file says by itself what it holds', async () => {
  const world = virtualWorld();
  await put(world, written(npy({ dtype: 'int16', row: [2, 2] }), [Int16Array.of(1, 2, 3, 4), Int16Array.of(5, 6, 7, -8)]));
  await using map = await memmap(PATH, { world });
  expect([map.dtype, map.shape, map.length]).toEqual(['int16', [2, 2, 2], 2]);
  expect([map.at(1, 0, 1), map.at(1, 1, 1)]).toEqual([6, -8]);
  await expect(memmap(PATH, { world, dtype: 'int32' })).rejects.toMatchObject({ code: 'HR_ARRAY_DIFFERS' });
  await expect(memmap(PATH, { world, shape: [3, 2, 2] })).rejects.toThrow('3 rows were asked for and the file has 2');
  await expect(memmap(PATH, { world, shape: [-1, 4] })).rejects.toThrow('rows of the shape (4,)');
  await using forced = await memmap(PATH, { world, dtype: 'uint8', header: 'none' });
  expect(forced.at(0)).toBe(0x93);
  expect(world.files.openFiles).toBe(2);
});

test.each([
  ['float16', [1.5, -2], 'little'],
  ['float64', [0.1, -1e300], 'big'],
  ['int64', [-1n, 2n ** 62n], 'big'],
  ['uint32', [4_000_000_000, 1], 'big'],
  ['bool', [true, false], 'little'],
] as const)('elements of %s come out as they went in', async (dtype, values, byteOrder) => {
  const world = virtualWorld();
  await put(world, written(raw<typeof dtype>({ dtype, byteOrder }), [...values, ...values]));
  await using list = await memmap(PATH, { dtype, byteOrder, world, pageBytes: 8, cacheBytes: 16 });
  for (let again = 0; again < 3; again++) expect([0, 1, 2, 3].map((i) => list.at(i))).toEqual([...values, ...values]);
  expect([...list.rows()]).toEqual([...values, ...values]);
  await using pairs = await memmap(PATH, { dtype, byteOrder, world, shape: [2, 2] });
  for (let again = 0; again < 3; again++)
    expect([...pairs.row(1)]).toEqual(values.map((each) => (typeof each === 'boolean' ? Number(each) : each)));
});

test('the types follow the options', async () => {
  const world = virtualWorld();
  await put(world, new Uint8Array(48));
  await using matrix = await memmap(PATH, { dtype: 'float64', shape: [-1, 3], world });
  await using list = await memmap(PATH, { dtype: 'int64', shape: [-1], world });
  expectTypeOf(matrix.row(0)).toEqualTypeOf<Float64Array<ArrayBuffer>>();
  expectTypeOf(matrix.at(0, 0)).toEqualTypeOf<number>();
  expectTypeOf(list.row(0)).toEqualTypeOf<bigint>();
  expect([matrix.length, list.length]).toEqual([2, 6]);
});

test('what lies outside is refused', async () => {
  const { map } = await mapped(64, 640);
  const asks: ((map: MappedArray<'float32', Float32Array<ArrayBuffer>>) => unknown)[] = [
    (m) => m.at(1000, 0),
    (m) => m.at(0, 8),
    (m) => m.at(-1, 0),
    (m) => m.at(0.5, 0),
    (m) => m.at(Number.NaN, 0),
    (m) => m.at(0),
    (m) => m.at(0, 0, 0),
    (m) => m.row(1000),
    (m) => m.row(-1),
    (m) => m.part(5, 4),
    (m) => m.part(0, 1001),
    (m) => [...m.rows(1001)],
    (m) => [...m.rows(0, 1001)],
  ];
  for (const ask of asks) expect(() => ask(map)).toThrow(expect.objectContaining({ code: 'HR_ARRAY_OUTSIDE', where: 'array:/a' }));
  expect(() => map.at(2, 9)).toThrow('there is no element [2, 9], and the shape is (1000, 8)');
});

test('a file that is cut or written to is an error, whatever was read before', async () => {
  for (const change of ['cut', 'written', 'longer'] as const) {
    const { world, map } = await mapped(64, 640);
    map.at(0, 0);
    map.at(0, 1);
    await world.advance(10);
    const open = await world.files.open(PATH, 'extend');
    if (change === 'cut') await open.truncate(20_000);
    else await open.write(new Uint8Array(4), change === 'written' ? 400 : 32_000);
    expect(map.at(0, 1)).toBe(1); // It is in memory, and from before.
    for (const ask of [() => map.at(500, 0), () => map.row(900), () => map.part(0)])
      expect(ask).toThrow(expect.objectContaining({ code: 'HR_ARRAY_CHANGED', where: 'array:/a' }));
    const signal = new AbortController().signal;
    await expect(map.source().open(0, undefined, { world, signal })).rejects.toMatchObject({ code: 'HR_ARRAY_CHANGED' });
    await open.close();
    await map.close();
    expect(world.files.openFiles).toBe(0);
  }
});

test('a file that another one was renamed over goes on as it was', async () => {
  const { world, map } = await mapped(64, 640);
  const other = await world.files.open('/b', 'create');
  await other.write(new Uint8Array(32_000).fill(1), 0);
  await world.files.rename('/b', PATH);
  expect(map.at(700, 3)).toBe(5603);
});

test('a read that fails is told, and the same page can be read later', async () => {
  const world = virtualWorld();
  await put(world, file);
  let fails = false;
  const syncFiles = {
    openSync(path: string) {
      const open = world.files.openSync(path);
      return {
        ...open,
        readSync(into: Uint8Array, position: number) {
          if (fails) {
            into.fill(7); // Half of it came, perhaps.
            throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
          }
          return open.readSync(into, position);
        },
      };
    },
  };
  await using map = await memmap(PATH, {
    dtype: 'float32',
    shape: [-1, 8],
    pageBytes: 64,
    cacheBytes: 64,
    world: { ...world, files: world.files, syncFiles },
  });
  // Its page would follow that of the row before, which gives up its frame for it.
  for (let i = 1; i < 300; i += 2) {
    map.row(i - 1);
    map.row(i);
    fails = true;
    expect(() => map.row(i + 1)).toThrow(expect.objectContaining({ code: 'HR_FILE_FAILED' }));
    fails = false;
    expect(map.row(i)).toEqual(numbers.slice(i * 8, i * 8 + 8));
  }
  for (let i = 0; i < 1000; i++) expect(map.row(i)).toEqual(numbers.slice(i * 8, i * 8 + 8));
  expect(map.cache.pages).toBe(1);
});

test('what cannot be opened is an error that says why, and nothing stays open', async () => {
  const world = virtualWorld();
  await put(world, new Uint8Array(10));
  await world.files.makeFolder('/folder');
  await expect(memmap('/none', { dtype: 'int8', world })).rejects.toMatchObject({ code: 'HR_FILE_MISSING', where: 'array:/none' });
  await expect(memmap(PATH, { world })).rejects.toThrow('no dtype was given');
  await expect(memmap(PATH, { world, header: 'npy' })).rejects.toMatchObject({ code: 'HR_ARRAY_DAMAGED' });
  await expect(memmap(PATH, { world, dtype: 'float32' })).rejects.toThrow('the last row has 2 of its 4 bytes');
  await expect(memmap(PATH, { world, dtype: 'float32', pageBytes: 12 })).rejects.toThrow('no multiple of 8');
  await expect(memmap(PATH, { world, dtype: 'int8', cacheBytes: '1KiB' })).rejects.toThrow('hold no page');
  await expect(memmap(PATH, { world, dtype: 'int8', shape: [-2] })).rejects.toThrow('the first number is -2');
  await expect(memmap(PATH, { world, dtype: 'int8', shape: [] })).rejects.toThrow('the first number is undefined');
  await put(world, npyFile(header("'|O'", '(3,)')));
  await expect(memmap(PATH, { world })).rejects.toMatchObject({ code: 'HR_ARRAY_UNSUPPORTED' });
  expect(world.files.openFiles).toBe(0);
});

test('a closed array is closed, and may be closed again', async () => {
  const { world, map } = await mapped(64, 640);
  map.row(0);
  map.row(0);
  await map.close();
  await map.close();
  for (const ask of [() => map.at(0, 0), () => map.row(0), () => map.part(0, 1), () => map.rows().next()])
    expect(ask).toThrow(expect.objectContaining({ code: 'HR_ARRAY_CLOSED' }));
  expect(world.files.openFiles).toBe(0);
});

test('an array of no rows has none', async () => {
  const world = virtualWorld();
  await put(world, new Uint8Array(0));
  await using map = await memmap(PATH, { world, dtype: 'float32', shape: [-1, 3] });
  expect([map.length, map.part(0), [...map]]).toEqual([0, new Float32Array(0), []]);
  expect(() => map.row(0)).toThrow('the shape is (0, 3)');
});

const rows = Array.from({ length: 40 }, (_, i) => Float32Array.of(i, -i, i / 2));

testSource({
  test,
  name: 'memmap source',
  replay: true,
  async make() {
    const world = virtualWorld();
    await put(world, written(npy({ dtype: 'float32', row: [3] }), rows));
    const map = await memmap(PATH, { dtype: 'float32', shape: [-1, 3], world });
    await map.close(); // The source has a file of its own.
    return { source: map.source(), values: rows, world };
  },
});
