import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { text } from '../../codecs/text.ts';
import type { Token, Writer } from '../../core/sink.ts';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf } from '../../testing/sink-writing.ts';
import { fileSink } from './file-sink.ts';
import { put, read } from './files-rig.ts';
import { disk, openOut, OUT, seen } from './two-phase-rig.ts';

/** Writes values and commits them; answers the token. */
async function through(writer: Required<Writer<string>>, n: number, ...values: string[]): Promise<Token> {
  await writer.write(chunkOf(values));
  const token = await writer.prepare(n);
  await writer.commit([token]);
  return token;
}

test('each checkpoint that has output makes a file, numbered in order, and the numbers go on over restarts', async () => {
  const files = await disk();
  const first = await openOut(files);
  await through(first, 1, 'a', 'b');
  await through(first, 2);
  const token = await through(first, 3, 'c');
  await first.close();
  const second = await openOut(files, { committed: [token] });
  const empty = await through(second, 4);
  await second.close();
  await through(await openOut(files, { committed: [empty] }), 5, 'd');
  expect((await files.list('/out')).filter((name) => !name.startsWith('.'))).toEqual([
    'lines-00000001.txt',
    'lines-00000002.txt',
    'lines-00000003.txt',
  ]);
  expect(await read({ files }, '/out/lines-00000001.txt')).toBe('a\nb\n');
  expect(await seen(files)).toEqual(['a', 'b', 'c', 'd']);
});

test('a committed file may be taken away by its reader, a prepared one may not get lost', async () => {
  const files = await disk();
  const first = await openOut(files);
  const token = await through(first, 1, 'a');
  await files.remove('/out/lines-00000001.txt');
  await through(await openOut(files, { committed: [token] }), 2, 'b');
  expect(await files.list('/out')).toContain('lines-00000002.txt');

  const writer = await openOut(files, { committed: [token] });
  await writer.write(chunkOf(['c']));
  const prepared = await writer.prepare(3);
  await files.remove('/out/.lines.txt.0-3.part');
  await expect(writer.commit([prepared])).rejects.toMatchObject({ code: 'HR_OUTPUT_LOST' });
  await expect(openOut(files, { committed: [prepared] })).rejects.toMatchObject({ code: 'HR_OUTPUT_LOST', where: `file:${OUT}` });
  await put({ files }, 'c', '/out/.lines.txt.0-3.part');
  await expect(writer.commit([prepared])).rejects.toThrow('it has 1 bytes of 2');
});

test('a run without a checkpoint replaces what earlier runs committed, and no file of others', async () => {
  const files = await disk();
  await put({ files }, 'mine\n', '/out/lines-20261121.txt');
  await put({ files }, 'mine\n', '/out/lines-00000001.txt.bak');
  await through(await openOut(files), 1, 'a', 'b');
  await through(await openOut(files, { index: 1 }), 1, 'c');
  const writer = await openOut(files, { mode: 'replace' });
  expect(await seen(files)).toEqual(['mine', 'mine']);
  await through(writer, 1, 'd');
  expect(await files.list('/out')).toContain('lines-00000001.txt');
});

test('with append and roll it goes on behind them, and a name that somebody else has taken is passed over', async () => {
  const files = await disk();
  await through(await openOut(files), 1, 'a');
  await put({ files }, 'mine\n', '/out/lines-00000002.txt');
  await through(await openOut(files, { mode: 'append', roll: { records: 10 } }), 1, 'b');
  expect(await read({ files }, '/out/lines-00000002.txt')).toBe('mine\n');
  expect(await read({ files }, '/out/lines-00000003.txt')).toBe('b\n');
});

test('two writers have files of their own, and any of them finishes the tokens of both', async () => {
  const files = await disk();
  const writers = [await openOut(files), await openOut(files, { index: 1 })];
  const tokens: Token[] = [];
  for (const [i, writer] of writers.entries()) {
    await writer.write(chunkOf([`of ${i}`]));
    tokens.push(await writer.prepare(1));
  }
  await openOut(files, { committed: tokens, index: 1 });
  expect(await seen(files)).toEqual(['of 1', 'of 0']);
  expect(await files.list('/out')).toEqual(expect.arrayContaining(['lines-00000001.1.txt', 'lines-00000001.txt']));
});

test('when the path has changed, the old place is finished and cleared and the new one begins', async () => {
  const files = await disk();
  const old = await openOut(files);
  await old.write(chunkOf(['a']));
  const token = await old.prepare(1);
  await old.write(chunkOf(['x'.repeat(50)]));
  const moved = await openOut(files, { committed: [token], path: '/out/other.txt' });
  await through(moved, 2, 'b');
  expect((await files.list('/out')).filter((name) => !name.endsWith('.committed'))).toEqual(['lines-00000001.txt', 'other-00000001.txt']);
});

test('a token of another kind of sink is refused in words', async () => {
  const files = await disk();
  for (const token of ['offset 7', '{"table":"out"}', '7', 'null'])
    await expect(openOut(files, { committed: [token] })).rejects.toMatchObject({ code: 'HR_TOKEN_UNKNOWN' });
});

test('a disk that is full fails the prepare in our words, and leaves no file open', async () => {
  const files = await disk();
  const full = new Proxy(files, {
    get(target, name) {
      if (name !== 'open') return (Reflect.get(target, name) as () => unknown).bind(target);
      return async (path: string, mode: 'create') => ({
        ...(await target.open(path, mode)),
        sync: () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })),
      });
    },
  });
  const writer = await openOut(full);
  await writer.write(chunkOf(['a']));
  await expect(Promise.resolve(writer.prepare(1))).rejects.toMatchObject({ code: 'HR_DISK_FULL' });
  await writer.close(new Error('the run fails'));
  expect(files.openFiles).toBe(0);
  expect(await seen(files)).toEqual([]);
});

testSink({
  test,
  name: 'fileSink on a real disk',
  twoPhase: true,
  async make() {
    // One place for all, since the id tells it.
    const folder = join(tmpdir(), `headrace-sink-${process.pid}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    const names = async (): Promise<string[]> => (await readdir(folder)).sort();
    return {
      sink: fileSink<string>(join(folder, 'lines.txt'), text(), { bufferBytes: 20 }),
      values: Array.from({ length: 12 }, (_, i) => `record ${i}`),
      async seen() {
        const files = (await names()).filter((name) => !name.startsWith('.'));
        return (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('').split('\n').slice(0, -1);
      },
      leftovers: async () => (await names()).filter((name) => name.endsWith('.part')),
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
});

test('a name without an ending and a missing folder', async () => {
  const files = await disk();
  await through(await openOut(files, { path: '/out/lines' }), 1, 'a');
  expect(await files.list('/out')).toContain('lines-00000001');
  await expect(openOut(files, { path: '/none/lines' })).rejects.toMatchObject({ code: 'HR_FILE_MISSING' });
});
