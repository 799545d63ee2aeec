import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import type { Token } from '../../core/sink.ts';
import { chunkOf } from '../../testing/sink-writing.ts';
import { fileSink } from './file-sink.ts';
import type { FileSinkOptions } from './file-sink-options.ts';
import { put, read } from './files-rig.ts';
import { readToy, toyFormat } from './format-rig.ts';
import { content, filesIn, landOf } from './modes-rig.ts';
import { commit, found, open, PATH } from './rolling-rig.ts';

test('files are full by records, their numbers have no gaps over checkpoints, restarts and kills', async () => {
  const world = virtualWorld();
  const first = await open({ world, roll: { records: 2 } });
  const token = await commit(first, 1, 'a', 'b', 'c');
  await first.write(chunkOf(['lost', 'lost', 'lost']));
  await first.flush();
  const second = await open({ world, roll: { records: 2 }, committed: [token] });
  await commit(second, 2, 'd', 'e', 'f', 'g', 'h');
  expect(await found(world)).toEqual({
    'lines-00000001.txt': 'a\nb\n',
    'lines-00000002.txt': 'c\n',
    'lines-00000003.txt': 'd\ne\n',
    'lines-00000004.txt': 'f\ng\n',
    'lines-00000005.txt': 'h\n',
  });
});

test('a file is full with the record that brings it to the bytes, in a format by what it holds too', async () => {
  const world = virtualWorld();
  await commit(await open({ world, roll: { bytes: 6 } }), 1, 'aaa', 'bbb', 'c', 'ddddddddd', 'e');
  expect(Object.values(await found(world))).toEqual(['aaa\nbbb\n', 'c\nddddddddd\n', 'e\n']);
  const toy = virtualWorld();
  await commit(await open({ world: toy, roll: { bytes: 30 }, format: toyFormat() }), 1, 'aaaaaaaaaa', 'bbbbbbbbbb', 'c');
  expect(Object.values(await found(toy)).map(readToy)).toEqual([['aaaaaaaaaa', 'bbbbbbbbbb'], ['c']]);
});

test('the size of a compressed file is counted as it stands on the disk', async () => {
  const world = virtualWorld();
  const writer = await open({ world, path: '/out/lines.txt.gz', roll: { bytes: 20_000 }, bufferBytes: 1000 });
  for (let i = 0; i < 100; i++) await writer.write(chunkOf(Array.from({ length: 100 }, (_, k) => String(Math.sin(i * 100 + k)))));
  await commit(writer, 1);
  const paths = await filesIn(world.files, '/out');
  expect(paths.length).toBeGreaterThan(2);
  expect(paths[0]).toBe('/out/lines-00000001.txt.gz');
  for (const path of paths.slice(0, -1)) {
    const { bytes } = (await world.files.stat(path))!;
    expect(bytes).toBeGreaterThanOrEqual(20_000);
    expect(bytes).toBeLessThan(60_000);
  }
  expect(
    Object.values(await found(world))
      .join('')
      .split('\n'),
  ).toHaveLength(10_001);
});

test('a file is done with after a time, also when nothing more comes and also without checkpoints', async () => {
  const world = virtualWorld();
  const writer = await open({ world, roll: { every: '5m' } });
  await writer.write(chunkOf(['a']));
  await world.advance(299_999);
  await writer.write(chunkOf(['b']));
  await world.advance(1);
  expect(world.files.openFiles).toBe(0);
  await writer.write(chunkOf(['c']));
  await commit(writer, 1);
  expect(Object.values(await found(world))).toEqual(['a\nb\n', 'c\n']);
  await writer.close();
  expect(world.clock.pendingTimers).toBe(0);

  const plain = await open({ world, path: '/out/plain.txt', roll: { every: '5m' }, format: toyFormat(), checkpoints: false });
  await plain.write(chunkOf(['a']));
  await world.advance(300_000);
  expect(readToy((await found(world))['plain-00000001.txt']!)).toEqual(['a']);
  expect(world.files.openFiles).toBe(0);
  await plain.close();
});

test('a record that cannot be written is named, its file stays right, and a file begun for it alone leaves no gap', async () => {
  const world = virtualWorld();
  const writer = await open({ world, into: landOf, format: toyFormat() });
  const write = (...values: string[]) => Promise.resolve().then(() => writer.write(chunkOf(values)));
  await expect(write('0', '0!', '4')).rejects.toMatchObject({ action: 'deadLetter', member: 1 });
  await write('4');
  await expect(write('1!')).rejects.toMatchObject({ action: 'deadLetter', member: 0 });
  await write('2');
  await commit(writer, 1);
  const all = await found(world);
  expect(Object.keys(all)).toEqual(['land=CH/lines-00000001.txt', 'land=FR/lines-00000002.txt']);
  expect(Object.values(all).map(readToy)).toEqual([['0', '4'], ['2']]);
});

test('thousands of files make a token of a line, which another process commits, and again', async () => {
  const world = virtualWorld();
  const writer = await open({ world, into: (value) => `k=${value}`, openFiles: 3 });
  await writer.write(chunkOf(Array.from({ length: 3000 }, (_, i) => String(i))));
  const token = await writer.prepare(1);
  expect(token.length).toBeLessThan(150);
  await writer.close(new Error('killed'));
  expect(Object.keys(await found(world))).toEqual([]);
  const second = await open({ world, into: (value) => `k=${value}`, committed: [token] });
  await second.commit([token]);
  expect(Object.keys(await found(world))).toHaveLength(3000);
  expect((await world.files.list('/out')).filter((name) => name.startsWith('.'))).toEqual([
    '.lines.txt.0.committed',
    '.lines.txt.0.folders',
  ]);
  expect(world.files.openFiles).toBe(0);
  await commit(second, 2, '7');
  expect(await found(world)).toMatchObject({ 'k=7/lines-00003001.txt': '7\n' });
});

test('a list of files that was lost or cut stops the commit', async () => {
  for (const harm of ['gone', 'cut'] as const) {
    const world = virtualWorld();
    const writer = await open({ world, roll: { records: 1 } });
    await writer.write(chunkOf(['a', 'b']));
    const token = await writer.prepare(1);
    if (harm === 'gone') await world.files.remove('/out/.lines.txt.0-2.files');
    else await put(world, '[1,2', '/out/.lines.txt.0-2.files');
    await expect(open({ world, roll: { records: 1 }, committed: [token] })).rejects.toMatchObject({ code: 'HR_OUTPUT_LOST' });
  }
});

test.each([true, false])(
  'a run that begins anew removes what earlier runs wrote into folders, and no file of others (checkpoints: %s)',
  async (checkpoints) => {
    const world = virtualWorld();
    const writer = await open({ world, into: landOf, checkpoints });
    await writer.write(chunkOf(['0', '1']));
    if (checkpoints) await commit(writer, 1);
    await writer.close();
    await world.files.makeFolder('/out/archive');
    await put(world, 'mine\n', '/out/archive/lines-00000001.txt');
    await put(world, 'mine\n', '/out/land=CH/lines-00000009.txt');
    const again = await open({ world, into: landOf, checkpoints });
    await again.write(chunkOf(['1', '2']));
    if (checkpoints) await commit(again, 1);
    await again.close();
    expect(await found(world)).toEqual({
      'archive/lines-00000001.txt': 'mine\n',
      'land=CH/lines-00000009.txt': 'mine\n',
      'land=DE/lines-00000001.txt': '1\n',
      'land=FR/lines-00000002.txt': '2\n',
    });
  },
);

test('a name that somebody else has taken is passed over, and a folder that was taken away is made again', async () => {
  const world = virtualWorld();
  await world.files.makeFolder('/out/land=CH');
  await put(world, 'mine\n', '/out/land=CH/lines-00000001.txt');
  const writer = await open({ world, into: landOf });
  await writer.write(chunkOf(['0']));
  const token = await writer.prepare(1);
  await world.files.remove('/out/land=CH/lines-00000001.txt');
  await world.files.remove('/out/land=CH');
  await writer.commit([token]);
  expect(await found(world)).toEqual({ 'land=CH/lines-00000002.txt': '0\n' });
  // Everything was taken by its reader, folder and all: the commit that is repeated finds its work done.
  await world.files.remove('/out/land=CH/lines-00000002.txt');
  await world.files.remove('/out/land=CH');
  await writer.commit([token]);
  expect(await found(world)).toEqual({});
});

test('tokens of version 1 are committed, with the names they had', async () => {
  const world = virtualWorld();
  await world.files.makeFolder('/out');
  await put(world, 'a\n', '/out/.lines.txt.0-7.part');
  await put(world, gzipSync('b\n'), '/out/.lines.txt.gz.0-2.part');
  await put(world, 'lost\n', '/out/.lines.txt.0-8.part');
  const bytes = gzipSync('b\n').length;
  const old = (path: string, number: number, size: number): Token => JSON.stringify({ version: 1, path, index: 0, number, bytes: size });
  const writer = await open({ world, committed: [old(PATH, 7, 2), old('/out/lines.txt.gz', 2, bytes)] });
  expect(await found(world)).toEqual({ 'lines-00000007.txt': 'a\n', 'lines.txt-00000002.gz': 'b\n' });
  await commit(writer, 1, 'c');
  const nothing: Token = old(PATH, 8, 0);
  await commit(await open({ world, committed: [nothing] }), 2, 'd');
  expect(await found(world)).toMatchObject({ 'lines-00000008.txt': 'c\n', 'lines-00000009.txt': 'd\n' });
  expect((await world.files.list('/out')).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('a plain file in a format with an end is whole when it is closed, also when the run failed or nothing came', async () => {
  for (const values of [['a', 'b', 'c', 'd'], []]) {
    for (const failure of [undefined, new Error('the run fails')]) {
      const world = virtualWorld();
      const writer = await open({ world, format: toyFormat(), checkpoints: false });
      await writer.write(chunkOf(values));
      await writer.close(failure);
      const all = await read(world, PATH);
      expect(all).toMatch(`end ${values.length}\n`);
      expect(readToy(all)).toEqual(values);
    }
  }
});

test('what is compressed can be read while it is written without checkpoints, and is whole when closed', async () => {
  const world = virtualWorld();
  const writer = await open({ world, path: '/out/lines.gz', checkpoints: false });
  await writer.write(chunkOf(['a']));
  await writer.flush();
  expect(Object.values(await found(world))).toEqual(['a\n']);
  await writer.write(chunkOf(['b']));
  await writer.close();
  expect(gunzipSync(await content(world.files, '/out/lines.gz')).toString()).toBe('a\nb\n');
});

test('options that cannot be are refused when the sink is made', () => {
  const refused = (path: string, options: FileSinkOptions<string>, format = toyFormat()): unknown => {
    try {
      fileSink<string>(path, format, options);
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(refused(PATH, { mode: 'append' })).toBe('HR_FORMAT_NOT_APPENDABLE');
  expect(refused(PATH, { mode: 'append', roll: { records: 5 } })).toBe(undefined);
  expect(refused('/out/a.gz', {})).toBe('HR_FORMAT_NOT_COMPRESSIBLE');
  expect(refused('/out/a.gz', { compression: 'none' })).toBe(undefined);
  expect(refused(PATH, {}, { kind: 'only read' })).toBe('HR_FORMAT_READ_ONLY');
  expect(refused(PATH, { level: 3 })).toBe('HR_OPTION_INVALID');
  expect(refused(PATH, { compression: 'zstd', level: 23 })).toBe('HR_OPTION_INVALID');
  expect(refused(PATH, { compression: 'lzma' as never })).toBe('HR_OPTION_INVALID');
  expect(refused(PATH, { roll: { records: 0 } })).toBe('HR_OPTION_INVALID');
  expect(refused(PATH, { openFiles: 0 })).toBe('HR_OPTION_INVALID');
});
