import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import { Chunk } from '../../core/chunk.ts';
import { chunkOf } from '../../testing/sink-writing.ts';
import { fileSink } from './file-sink.ts';
import { over } from './files-rig.ts';
import { landOf } from './modes-rig.ts';
import { commit, found, open, originWith, PATH } from './rolling-rig.ts';

/** A chunk whose records have these event times. */
function at(times: readonly number[]): Chunk<string> {
  return new Chunk(times.map(String), originWith(times));
}

test('folders by event time in UTC, and a record without one is refused by its place', async () => {
  const world = virtualWorld();
  const writer = await open({ world, into: 'dt=%Y-%m-%d/hour=%H' });
  await writer.write(
    at([Date.UTC(2026, 10, 21, 18, 59, 59), Date.UTC(2026, 10, 21, 19), Date.UTC(2026, 10, 21, 18), Date.UTC(2027, 0, 1)]),
  );
  const refused = Promise.resolve().then(() => writer.write(at([Date.UTC(2026, 10, 21, 18), Number.NaN])));
  await expect(refused).rejects.toMatchObject({ code: 'HR_FOLDER_REFUSED', action: 'deadLetter', member: 1 });
  await expect(Promise.resolve().then(() => writer.write(at([9e15])))).rejects.toThrow(/no year of four digits/);
  await commit(writer, 1);
  expect(Object.entries(await found(world)).map(([name, lines]) => `${name} ${lines.split('\n').length - 1}`)).toEqual([
    'dt=2026-11-21/hour=18/lines-00000001.txt 3',
    'dt=2026-11-21/hour=19/lines-00000002.txt 1',
    'dt=2027-01-01/hour=00/lines-00000003.txt 1',
  ]);
  for (const pattern of ['by day', '%Y-%q', '%Y%', ''])
    expect(() => fileSink(PATH, text(), { into: pattern })).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }) as Error);
});

test('as many files are open as are allowed, the least recently used is done with first, and its folder may come again', async () => {
  const world = virtualWorld();
  const writer = await open({ world, into: landOf, openFiles: 2, bufferBytes: 1 });
  let most = 0;
  for (const value of ['0', '1', '4', '2', '1', '0']) {
    await writer.write(chunkOf([value]));
    most = Math.max(most, world.files.openFiles);
  }
  await commit(writer, 1);
  // One more while the one that is done with gets its end.
  expect(most).toBeLessThanOrEqual(3);
  expect(await found(world)).toEqual({
    'land=CH/lines-00000001.txt': '0\n4\n',
    'land=DE/lines-00000002.txt': '1\n',
    'land=FR/lines-00000003.txt': '2\n',
    'land=DE/lines-00000004.txt': '1\n',
    'land=CH/lines-00000005.txt': '0\n',
  });
});

test.each([
  ['../../etc', '%2E%2E/%2E%2E/etc'],
  ['..', '%2E%2E'],
  ['.hidden', '%2Ehidden'],
  ['a\0b\\c:d', 'a%00b%5Cc%3Ad'],
  ['CON', '%43ON'],
  ['land=Zürich 1', 'land=Z%C3%BCrich%201'],
  ['land=', 'land='],
  ['a%2Fb', 'a%252Fb'],
])('the folder %j lies below the output', async (answer, folder) => {
  const world = virtualWorld();
  await commit(await open({ world, into: () => answer }), 1, 'a');
  expect(Object.keys(await found(world))).toEqual([`${folder}/lines-00000001.txt`]);
});

test.each([
  ['/etc', 'a part of it is empty'],
  ['', 'a part of it is empty'],
  ['a//b', 'a part of it is empty'],
  ['a/', 'a part of it is empty'],
  ['x'.repeat(121), 'longer than 120'],
  ['1/2/3/4/5/6/7/8/9', 'more than 8 folders deep'],
  [7 as never, 'it is a number'],
])('the folder %j is refused as a dead letter', async (answer, why) => {
  const writer = await open({ world: virtualWorld(), into: (value) => (value === 'bad' ? answer : 'good') });
  const writing = Promise.resolve().then(() => writer.write(chunkOf(['ok', 'bad'])));
  await expect(writing).rejects.toMatchObject({
    code: 'HR_FOLDER_REFUSED',
    action: 'deadLetter',
    member: 1,
    message: expect.stringContaining(why) as string,
  });
});

test('a function that fails refuses its record', async () => {
  const writer = await open({ world: virtualWorld(), into: () => (undefined as never as { readonly land: string }).land });
  await expect(Promise.resolve().then(() => writer.write(chunkOf(['a'])))).rejects.toMatchObject({ code: 'HR_FOLDER_REFUSED', member: 0 });
});

test('a folder that may not be made, or one that vanished, fails the checkpoint, and the restart goes on exactly', async () => {
  for (const [code, told] of [
    ['EACCES', 'HR_FILE_DENIED'],
    ['EROFS', 'HR_FILE_DENIED'],
    ['ENOENT', 'HR_FILE_MISSING'],
  ] as const) {
    const world = virtualWorld();
    const first = await open({ world, into: landOf });
    const token = await commit(first, 1, '0', '1');
    const makeFolder = async (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
    const denied = { ...world, files: over(world.files, { makeFolder }) };
    const writer = await open({ world: denied, into: landOf, committed: [token], makesOut: false });
    await writer.write(chunkOf(['2', '3']));
    await expect(Promise.resolve(writer.prepare(2))).rejects.toMatchObject({ code: told, action: 'stop' });
    await writer.close(new Error('the run fails'));
    await commit(await open({ world, into: landOf, committed: [token] }), 2, '2', '3');
    expect(Object.keys(await found(world))).toEqual(
      [1, 2, 3, 4].map((n) => `land=${['CH', 'DE', 'FR', 'IT'][n - 1]}/lines-0000000${n}.txt`),
    );
  }
});
