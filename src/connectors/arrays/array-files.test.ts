import { expect, test } from 'vitest';
import { realWorld } from '../../base/real-world.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import type { FileFormat } from '../../core/format.ts';
import type { World } from '../../core/world.ts';
import { pipeline } from '../../pipeline/pipeline.ts';
import { embedded } from '../../runtime/embedded.ts';
import { run } from '../../runtime/run.ts';
import { testSource } from '../../testing/source-kit.ts';
import { dataset } from '../datasets/dataset.ts';
import { fileSink, fileSource } from '../files/index.ts';
import { collect } from '../values/collect.ts';
import { values } from '../values/values.ts';
import { memmap, npy, raw } from './index.ts';

const rows = Array.from({ length: 500 }, (_, i) => Float32Array.of(i, -i, i / 2));
const vectors = npy({ dtype: 'float32', row: [3] });

/** Real time, and a disk in memory. */
function diskWorld(): World {
  const { files } = virtualWorld();
  return { ...realWorld(), files, syncFiles: files };
}

async function write<T>(world: World, path: string, format: FileFormat<T>, list: readonly T[]): Promise<void> {
  await run(pipeline('write').from(values(list)).to(fileSink(path, format)), { runtime: embedded({ world }) });
}

async function read<T>(world: World, path: string, format: FileFormat<T>): Promise<readonly T[]> {
  const into = collect<T>();
  await run(pipeline('read').from(fileSource(path, format)).to(into), { runtime: embedded({ world }) });
  return into.values;
}

test('what a file sink writes a file source and a map read back', async () => {
  const world = diskWorld();
  await write(world, '/a.npy', vectors, rows);
  expect(await read(world, '/a.npy', vectors)).toEqual(rows);
  await using map = await memmap('/a.npy', { dtype: 'float32', shape: [500, 3], world });
  expect([...map]).toEqual(rows);
  const list = raw({ dtype: 'int64', byteOrder: 'big' });
  await write(world, '/b.i64', list, [1n, -1n]);
  expect(await read(world, '/b.i64', list)).toEqual([1n, -1n]);
});

test('under checkpoints each file is a whole array', async () => {
  const world = diskWorld();
  const plan = pipeline('write')
    .from(values(rows))
    .to(fileSink('/a.npy', vectors, { roll: { records: 200 } }));
  await run(plan, { runtime: embedded({ world, dir: '/state' }) });
  const names = (await world.files.list('/')).filter((name) => name.endsWith('.npy'));
  expect(names.length).toBe(3);
  const lists = await Promise.all(names.map((name) => read(world, `/${name}`, vectors)));
  expect(lists.map((list) => list.length)).toEqual([200, 200, 100]);
  expect(lists.flat()).toEqual(rows);
});

test('a file that is no array is one error with a place', async () => {
  const world = diskWorld();
  const file = await world.files.open('/a.npy', 'create');
  await file.write(new TextEncoder().encode('id,name\n1,ann\n'), 0);
  await expect(read(world, '/a.npy', npy())).rejects.toMatchObject({
    code: 'HR_ARRAY_DAMAGED',
    where: expect.stringContaining('file:/a.npy, byte 0'),
  });
});

test('a data set of a map is shuffled and split as any other', async () => {
  const world = diskWorld();
  await write(world, '/a.npy', vectors, rows);
  await using map = await memmap('/a.npy', { dtype: 'float32', shape: [-1, 3], world });
  const { train, rest } = dataset(map.source(), { world }).split({ train: 0.7 });
  const seen: number[] = [];
  for (const side of [train.shuffle({ buffer: 50 }), rest]) for await (const row of side) seen.push(row[0]!);
  expect(seen).not.toEqual(rows.map((row) => row[0]));
  expect(seen.sort((a, b) => a - b)).toEqual(rows.map((row) => row[0]));
});

testSource({
  test,
  name: 'fileSource of npy',
  replay: true,
  async make() {
    const world = diskWorld();
    await write(world, '/a.npy', vectors, rows.slice(0, 40));
    return { source: fileSource('/a.npy', vectors), values: rows.slice(0, 40), world };
  },
});
