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

test('a power cut closes what was open', async () => {
  const { files } = virtualWorld();
  await (await files.open('/b', 'create')).close();
  await files.syncFolder('/');
  const reader = files.openSync('/b');
  files.powerCut();
  expect(() => reader.readSync(new Uint8Array(1), 0)).toThrow('EBADF');
});
