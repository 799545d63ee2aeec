import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { text } from '../../codecs/text.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fileSource } from './file-source.ts';
import { over, put, read } from './files-rig.ts';
import { fours, parts } from './source-rig.ts';
import { append, disk, Following, LOG } from './tail-rig.ts';

testSource<string>({
  test,
  name: 'fileSource that follows a file',
  replay: true,
  endless: true,
  patienceMs: 300,
  async make() {
    const world = await disk();
    const values = Array.from({ length: 20 }, (_, i) => `${i} ${'x'.repeat((i * 7) % 40)}`);
    await put(world, `${values.join('\n')}\nhalf a li`, LOG);
    return { source: fileSource(LOG, text(), { tail: true, blockBytes: 16 }), values, world, advance: () => world.advance(100) };
  },
  async quiet() {
    return { source: fileSource(LOG, text(), { tail: true }), values: [], world: await disk() };
  },
});

testSource<unknown>({
  test,
  name: 'fileSource that follows a file of blocks',
  replay: true,
  endless: true,
  patienceMs: 300,
  async make() {
    const world = await disk();
    const words = Array.from({ length: 20 }, (_, i) => `"w;${i}"`);
    await put(world, `${words.join(';')};half`, LOG);
    return {
      source: fileSource(LOG, parts('columns'), { tail: true, blockBytes: 16 }),
      values: words.map((word, n) => ({ n, word })),
      world,
      advance: () => world.advance(100),
    };
  },
});

test('at the end of what there is a read says once that there is nothing, and the next one waits', async () => {
  const world = await disk();
  await append(world, 'one\n');
  const { signal } = new AbortController();
  const reader = await fileSource(LOG, text(), { tail: true }).open(0, undefined, { world, signal });
  const count = async (): Promise<number> => (await world.until(Promise.resolve(reader.read(7, signal)))).bodies!.length;
  expect([await count(), await count()]).toEqual([1, 0]);
  let isAnswered = false;
  const waiting = Promise.resolve(reader.read(7, signal)).then(({ bodies }) => {
    isAnswered = true;
    return bodies!.length;
  });
  await world.advance(3_600_000);
  expect(isAnswered).toBe(false);
  await append(world, 'two\nthree\n');
  expect([await world.until(waiting), await count()]).toEqual([2, 0]);
  await reader.close();
});

test('what is appended comes at once, and half a line waits for its end', async () => {
  const world = await disk();
  const following = new Following(world);
  await world.advance(60_000);
  await append(world, 'on');
  await world.advance(10);
  expect(following.said).toEqual([]);
  await append(world, 'e\ntwo\nthr');
  await world.advance(10);
  expect(following.said).toEqual(['one', 'two']);
  await append(world, 'ee\n');
  await world.advance(10);
  expect(following.said).toEqual(['one', 'two', 'three']);
  expect(following.positions).toEqual(['0:0', '0:4', '0:8']);
  // And while nothing is appended nobody looks but now and then.
  const { reads } = following;
  await world.advance(3_600_000);
  expect(following.reads - reads).toBeLessThan(3);
  await following.stop();
  expect(world.files.openFiles).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
});

test('a file that is renamed is read to its end, also what comes late, and then the new one', async () => {
  const world = await disk();
  await put(world, 'a1\n', LOG);
  const following = new Following(world);
  await world.advance(1000);
  const old = await world.files.open(LOG, 'extend');
  await world.files.rename(LOG, `${LOG}.1`);
  await world.advance(5000);
  await old.write(Buffer.from('a2\n'), 3);
  await put(world, 'b1\n', LOG);
  await world.advance(1000);
  await old.write(Buffer.from('a3\nlast'), 6);
  await old.close();
  await world.advance(1000);
  expect(following.said).toEqual(['a1', 'a2', 'a3']);
  await world.advance(3000);
  await append(world, 'b2\n');
  await world.advance(100);
  expect(following.said).toEqual(['a1', 'a2', 'a3', 'last', 'b1', 'b2']);
  expect(following.positions).toEqual(['0:0', '0:3', '0:6', '0:9', '1:0', '1:3']);
  await following.stop();
});

test('a file that is copied and cut is read from its beginning again, also where it has grown beyond the place meanwhile', async () => {
  for (const grown of ['b1\n', `b1${'x'.repeat(100)}\nb2\n`]) {
    const world = await disk();
    await put(world, 'a1\na2\na3\n', LOG);
    const following = new Following(world);
    await world.advance(1000);
    await put(world, await read(world, LOG), `${LOG}.1`);
    const file = await world.files.open(LOG, 'create');
    await file.write(Buffer.from(grown), 0);
    await file.close();
    await world.advance(30_000);
    expect(following.said).toEqual(['a1', 'a2', 'a3', ...grown.trim().split('\n')]);
    expect(following.positions[3]).toBe('1:0');
    await following.stop();
  }
});

test('without identities a cut is still seen', async () => {
  const world = await disk();
  const files = over(world.files, {
    async stat(path) {
      const stat = await world.files.stat(path);
      return stat === undefined ? undefined : { bytes: stat.bytes, modifiedMs: stat.modifiedMs, isFolder: stat.isFolder };
    },
  });
  await put(world, 'a1\na2\n', LOG);
  const following = new Following({ ...world, files });
  await world.advance(1000);
  await put(world, 'b1\n', LOG);
  await world.advance(30_000);
  expect(following.said).toEqual(['a1', 'a2', 'b1']);
  await following.stop();
});

test('what cannot be followed says so', async () => {
  const world = await disk();
  await put(world, gzipSync('a\n'), LOG);
  const packed = new Following(world);
  await world.advance(100);
  expect(packed.failure).toMatchObject({ code: 'HR_FILE_PACKED' });
  expect(() => fileSource(LOG, fours, { tail: true })).toThrow(/HR_|cannot be followed/);
  expect(() => fileSource(['/a', '/b'], text(), { tail: true })).toThrow(/tail follows one file/);
  expect(() => fileSource(LOG, text(), { tail: true, watch: true })).toThrow(/tail follows one file/);
  expect(() => fileSource(LOG, text(), { tail: true, compression: 'gzip' })).toThrow(/packed file cannot be followed/);
});
