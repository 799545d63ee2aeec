import { expect, test } from 'vitest';
import { virtualWorld } from './virtual-world.ts';

test('without a promise one reads what was written, to the end of the file, until it is closed', async () => {
  const { files } = virtualWorld();
  await files.makeFolder('/a');
  const file = await files.open('/a/b', 'create');
  await file.write(new Uint8Array([1, 2, 3]), 0);
  const reader = files.openSync('/a/b');
  const into = new Uint8Array(5);
  expect([reader.readSync(into, 1), ...into]).toEqual([2, 2, 3, 0, 0, 0]);
  await file.write(new Uint8Array([4]), 3);
  expect(reader.readSync(into, 3)).toBe(1);
  expect(reader.readSync(into, 9)).toBe(0);
  reader.closeSync();
  expect(() => reader.readSync(into, 0)).toThrow('EBADF');
  expect(() => files.openSync('/a/c')).toThrow('ENOENT');
  await file.close();
  expect(files.openFiles).toBe(0);
});

test('an open file tells its size and when it was changed, also when its name is another file by now', async () => {
  const { files, clock, advance } = virtualWorld({ start: 1000 });
  const write = async (bytes: Uint8Array): Promise<void> => {
    const file = await files.open('/new', 'create');
    await file.write(bytes, 0);
    await file.close();
  };
  await write(new Uint8Array(3));
  await files.rename('/new', '/a');
  const reader = files.openSync('/a');
  await advance(50);
  await write(new Uint8Array(7));
  await files.rename('/new', '/a');
  expect(clock.now()).toBe(1050);
  expect(reader.statSync()).toMatchObject({ bytes: 3, modifiedMs: 1000, isFolder: false });
  expect(await files.stat('/a')).toMatchObject({ bytes: 7, modifiedMs: 1050 });
  reader.closeSync();
});

test('a power cut closes what was open', async () => {
  const { files } = virtualWorld();
  await (await files.open('/b', 'create')).close();
  await files.syncFolder('/');
  const reader = files.openSync('/b');
  files.powerCut();
  expect(() => reader.readSync(new Uint8Array(1), 0)).toThrow('EBADF');
});
