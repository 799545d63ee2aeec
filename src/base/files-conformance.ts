import { deepStrictEqual as equal, ok, rejects } from 'node:assert';
import type { Files } from '../core/world.ts';
import { checkLocks, checkWatches } from './files-sharing-conformance.ts';

/** Adds one test. */
export type Check = (promise: string, run: (files: Files, at: (name: string) => string) => Promise<void>) => void;

export interface FilesUnderTest {
  readonly files: Files;
  /** An empty folder of its own. */
  readonly folder: string;
  /** Takes away whatever was made. */
  close(): void | Promise<void>;
}

/** What every implementation of `Files` keeps, as tests for whichever runner `test` belongs to. */
export function testFiles(
  name: string,
  make: () => FilesUnderTest | Promise<FilesUnderTest>,
  test: (name: string, run: () => Promise<void>) => void,
): void {
  const check: Check = (promise, run) =>
    test(`${name}: ${promise}`, async () => {
      const made = await make();
      try {
        await run(made.files, (path) => (path === '' ? made.folder : `${made.folder}/${path}`));
      } finally {
        await made.close();
      }
    });

  check('what was written is read, at any position, and the end is 0 bytes', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    await file.write(bytes('hello world'), 0);
    await file.write(bytes('W'), 6);
    equal(await readFrom(file, 0, 100), 'hello World');
    equal(await readFrom(file, 6, 3), 'Wor');
    equal(await readFrom(file, 11, 10), '');
    equal(await readFrom(file, 500, 10), '');
    equal(await file.size(), 11);
    await file.close();
  });

  check('a write beyond the end leaves zeros between', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    await file.write(bytes('x'), 3);
    equal(await readFrom(file, 0, 10), '\0\0\0x');
    await file.close();
  });

  check('what was cut off is gone, and reads as zeros when the file grows again', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    await file.write(bytes('abcdef'), 0);
    await file.truncate(2);
    equal(await file.size(), 2);
    await file.write(bytes('z'), 4);
    equal(await readFrom(file, 0, 10), 'ab\0\0z');
    await file.truncate(7);
    equal(await readFrom(file, 0, 10), 'ab\0\0z\0\0');
    await file.close();
  });

  check('an array belongs to its writer again once the write has resolved', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    const array = bytes('abc');
    await file.write(array, 0);
    array.fill(0);
    equal(await readFrom(file, 0, 10), 'abc');
    await file.close();
  });

  check('create cuts to nothing, extend keeps, read wants the file to be there', async (files, at) => {
    await put(files, at('a'), 'abc');
    const kept = await files.open(at('a'), 'extend');
    await kept.write(bytes('X'), 1);
    equal(await readFrom(kept, 0, 10), 'aXc');
    await kept.close();
    equal(await get(files, at('a')), 'aXc');
    await put(files, at('a'), '');
    equal(await get(files, at('a')), '');
    await (await files.open(at('new'), 'extend')).close();
    equal((await files.stat(at('new')))?.bytes, 0);
    await rejects(files.open(at('missing'), 'read'), { code: 'ENOENT' });
    await rejects(files.open(at('missing/a'), 'create'), { code: 'ENOENT' });
    await rejects(files.open(at('a/b'), 'create'), { code: 'ENOTDIR' });
    await rejects(files.open(at(''), 'create'), { code: 'EISDIR' });
  });

  check('a file opened to read takes no writes', async (files, at) => {
    await put(files, at('a'), 'abc');
    const file = await files.open(at('a'), 'read');
    await rejects(file.write(bytes('x'), 0), { code: 'EBADF' });
    await rejects(file.truncate(0), { code: 'EINVAL' });
    equal(await readFrom(file, 0, 10), 'abc');
    await file.close();
  });

  check('a closed file does nothing any more', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    await file.close();
    await rejects(file.read(new Uint8Array(1), 0), { code: 'EBADF' });
    await rejects(file.write(bytes('x'), 0), { code: 'EBADF' });
    await rejects(file.sync(), { code: 'EBADF' });
    await rejects(file.size(), { code: 'EBADF' });
  });

  check('stat tells files, folders and nothing apart', async (files, at) => {
    await put(files, at('a'), 'abc');
    await files.makeFolder(at('folder'));
    const file = await files.stat(at('a'));
    equal([file?.bytes, file?.isFolder], [3, false]);
    ok(Number.isFinite(file?.modifiedMs));
    equal((await files.stat(at('folder')))?.isFolder, true);
    equal(await files.stat(at('missing')), undefined);
    equal(await files.stat(at('a/below-a-file')), undefined);
  });

  check('list gives names, sorted, and only of the folder itself', async (files, at) => {
    await files.makeFolder(at('b/inside'));
    for (const path of ['c', 'a', 'B', 'b/x']) await put(files, at(path), '');
    equal(await files.list(at('')), ['B', 'a', 'b', 'c']);
    equal(await files.list(at('b')), ['inside', 'x']);
    await rejects(files.list(at('missing')), { code: 'ENOENT' });
    await rejects(files.list(at('a')), { code: 'ENOTDIR' });
  });

  check('a folder is made with all above it, and again without complaint, but not over a file', async (files, at) => {
    await files.makeFolder(at('a/b/c'));
    await files.makeFolder(at('a/b/c'));
    equal(await files.list(at('a/b')), ['c']);
    await put(files, at('file'), '');
    await rejects(files.makeFolder(at('file')), { code: 'EEXIST' });
    await rejects(files.makeFolder(at('file/x')), { code: 'ENOTDIR' });
  });

  check('a renamed file takes the place of another, whose open readers still read the old one', async (files, at) => {
    await put(files, at('old'), 'old');
    await put(files, at('new'), 'new');
    const reader = await files.open(at('old'), 'read');
    await files.rename(at('new'), at('old'));
    equal(await get(files, at('old')), 'new');
    equal(await files.list(at('')), ['old']);
    equal(await readFrom(reader, 0, 10), 'old');
    await reader.close();
    await files.rename(at('old'), at('old'));
    equal(await get(files, at('old')), 'new');
  });

  check('a folder moves with what is in it', async (files, at) => {
    await files.makeFolder(at('a'));
    await put(files, at('a/x'), '1');
    await files.rename(at('a'), at('b'));
    equal(await get(files, at('b/x')), '1');
    equal(await files.stat(at('a')), undefined);
  });

  check('the identity of a file goes with it through a rename and a write, and no two have the same', async (files, at) => {
    await put(files, at('a'), 'a');
    await put(files, at('b'), 'b');
    const identity = async (name: string): Promise<string | undefined> => (await files.stat(at(name)))?.identity;
    const [a, b] = [await identity('a'), await identity('b')];
    ok(a !== undefined && b !== undefined && a !== b);
    await files.rename(at('a'), at('c'));
    const file = await files.open(at('c'), 'extend');
    await file.write(bytes('more'), 1);
    await file.close();
    equal(await identity('c'), a);
    await files.rename(at('c'), at('b'));
    equal(await identity('b'), a);
  });

  check('a rename that makes no sense is refused and changes nothing', async (files, at) => {
    await files.makeFolder(at('folder/inside'));
    await files.makeFolder(at('empty'));
    await put(files, at('file'), '1');
    await rejects(files.rename(at('missing'), at('x')), { code: 'ENOENT' });
    await rejects(files.rename(at('file'), at('missing/x')), { code: 'ENOENT' });
    await rejects(files.rename(at('file'), at('folder')), { code: 'EISDIR' });
    await rejects(files.rename(at('folder'), at('file')), { code: 'ENOTDIR' });
    await rejects(files.rename(at('empty'), at('folder')), { code: 'ENOTEMPTY' });
    await rejects(files.rename(at('folder'), at('folder/inside/x')), { code: 'EINVAL' });
    equal(await files.list(at('')), ['empty', 'file', 'folder']);
  });

  check('remove takes files and empty folders, and what is not there is fine', async (files, at) => {
    await put(files, at('a'), '1');
    await files.makeFolder(at('folder/inside'));
    await rejects(files.remove(at('folder')), { code: 'ENOTEMPTY' });
    await files.remove(at('folder/inside'));
    await files.remove(at('folder'));
    await files.remove(at('a'));
    await files.remove(at('a'));
    await files.remove(at('missing/a'));
    equal(await files.list(at('')), []);
  });

  check('a removed file stays readable and writable for whoever has it open', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    await file.write(bytes('abc'), 0);
    await files.remove(at('a'));
    await file.write(bytes('X'), 0);
    equal(await readFrom(file, 0, 10), 'Xbc');
    await file.sync();
    await file.close();
    equal(await files.list(at('')), []);
  });

  check('sync of a file and of a folder changes nothing one can read', async (files, at) => {
    const file = await files.open(at('a'), 'create');
    await file.write(bytes('abc'), 0);
    await file.sync();
    await files.syncFolder(at(''));
    equal(await readFrom(file, 0, 10), 'abc');
    await file.close();
    await rejects(files.syncFolder(at('missing')), { code: 'ENOENT' });
    await rejects(files.syncFolder(at('a')), { code: 'ENOTDIR' });
  });

  check('a megabyte written in odd pieces is the same megabyte', async (files, at) => {
    const whole = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) >> 3);
    const file = await files.open(at('a'), 'create');
    for (let from = 0; from < whole.length; from += 65_537) await file.write(whole.subarray(from, from + 65_537), from);
    const back = new Uint8Array(whole.length + 10);
    equal(await file.read(back, 0), whole.length);
    ok(Buffer.compare(back.subarray(0, whole.length), whole) === 0);
    await file.close();
  });

  checkLocks(check);
  checkWatches(check);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function readFrom(
  file: { read(into: Uint8Array, position: number): Promise<number> },
  position: number,
  most: number,
): Promise<string> {
  const into = new Uint8Array(most);
  return new TextDecoder().decode(into.subarray(0, await file.read(into, position)));
}

async function put(files: Files, path: string, text: string): Promise<void> {
  const file = await files.open(path, 'create');
  await file.write(bytes(text), 0);
  await file.close();
}

async function get(files: Files, path: string): Promise<string> {
  const file = await files.open(path, 'read');
  const text = await readFrom(file, 0, 1000);
  await file.close();
  return text;
}
