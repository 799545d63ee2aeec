import { expect, test } from 'vitest';
import { testFiles } from './files-conformance.ts';
import { VirtualFiles } from './virtual-files.ts';

const clock = { now: () => 0, monotonic: () => 0 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

testFiles(
  'virtual files',
  async () => {
    const files = new VirtualFiles(clock);
    await files.makeFolder('/tests');
    return { files, folder: '/tests', close: () => expect(files.openFiles).toBe(0) };
  },
  test,
);

async function put(files: VirtualFiles, path: string, text: string, sync: boolean): Promise<void> {
  const file = await files.open(path, 'create');
  await file.write(bytes(text), 0);
  if (sync) await file.sync();
  await file.close();
}

async function get(files: VirtualFiles, path: string): Promise<string | undefined> {
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  const into = new Uint8Array(100);
  const text = new TextDecoder().decode(into.subarray(0, await file.read(into, 0)));
  await file.close();
  return text;
}

test('after a power cut a file holds what was synced, and nothing written or cut later', async () => {
  const files = new VirtualFiles(clock);
  const file = await files.open('/a', 'create');
  await files.syncFolder('/');
  await file.write(bytes('abc'), 0);
  await file.truncate(2);
  await file.sync();
  await file.write(bytes('XYZ'), 0);
  await file.truncate(1);
  expect(await get(files, '/a')).toBe('X');
  files.powerCut();
  expect(await get(files, '/a')).toBe('ab');
});

test('a sync keeps what was written, not what its writer made of his array since', async () => {
  const files = new VirtualFiles(clock);
  const file = await files.open('/a', 'create');
  await files.syncFolder('/');
  const array = bytes('abc');
  await file.write(array, 0);
  array.fill(0);
  await file.sync();
  files.powerCut();
  expect(await get(files, '/a')).toBe('abc');
});

test('a name lives through a power cut only when its folder was synced, even if the file was', async () => {
  const files = new VirtualFiles(clock);
  await put(files, '/synced', '1', true);
  await files.syncFolder('/');
  await put(files, '/forgotten', '2', true);
  files.powerCut();
  expect(await files.list('/')).toEqual(['synced']);
});

test('a rename that was not synced is undone: both the old name and what it covered come back', async () => {
  const files = new VirtualFiles(clock);
  await put(files, '/index', 'old', true);
  await put(files, '/index.new', 'new', true);
  await files.syncFolder('/');
  await files.rename('/index.new', '/index');
  expect(await get(files, '/index')).toBe('new');
  files.powerCut();
  expect([await get(files, '/index'), await get(files, '/index.new')]).toEqual(['old', 'new']);
  await files.rename('/index.new', '/index');
  await files.syncFolder('/');
  files.powerCut();
  expect([await get(files, '/index'), await get(files, '/index.new')]).toEqual(['new', undefined]);
});

test('a removal that was not synced is undone', async () => {
  const files = new VirtualFiles(clock);
  await put(files, '/a', '1', true);
  await files.syncFolder('/');
  await files.remove('/a');
  files.powerCut();
  expect(await get(files, '/a')).toBe('1');
});

test('a name whose content was never synced comes back empty', async () => {
  const files = new VirtualFiles(clock);
  await put(files, '/a', '1', false);
  await files.syncFolder('/');
  files.powerCut();
  expect(await get(files, '/a')).toBe('');
});

test('a folder that was made is there after a power cut, and so is what was synced in it', async () => {
  const files = new VirtualFiles(clock);
  await files.makeFolder('/a/b');
  await put(files, '/a/b/kept', '1', true);
  await files.syncFolder('/a/b');
  await put(files, '/a/b/lost', '1', true);
  files.powerCut();
  expect(await files.list('/a/b')).toEqual(['kept']);
});

test('files that were open at a power cut are of no use afterwards', async () => {
  const files = new VirtualFiles(clock);
  const file = await files.open('/a', 'create');
  files.powerCut();
  await expect(file.write(bytes('x'), 0)).rejects.toMatchObject({ code: 'EBADF' });
  expect(files.openFiles).toBe(0);
});

test('errors read like those of Node', async () => {
  const error = await new VirtualFiles(clock).open('/a/b', 'read').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ENOENT', syscall: 'open', path: '/a/b', message: "ENOENT: no such file or directory, open '/a/b'" });
});

test('paths mean the same with dots and doubled slashes', async () => {
  const files = new VirtualFiles(clock);
  await files.makeFolder('a/b');
  await put(files, './a//b/../c', '1', false);
  expect(await files.list('/a/')).toEqual(['b', 'c']);
});
