import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { bytes } from '../../codecs/bytes.ts';
import { json } from '../../codecs/json.ts';
import { text } from '../../codecs/text.ts';
import type { Files, World } from '../../core/world.ts';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf, openSink, writeAll } from '../../testing/sink-writing.ts';
import { fileSink } from './file-sink.ts';
import { failingFiles, PATH, put, read, records } from './files-rig.ts';

/** The lines of the file, where there is one, and of the numbered files beside it, in order. */
async function committedLines(world: World): Promise<string[]> {
  const names = (await world.files.list('/')).filter((name) => /^in(-\d+)?\.txt$/.test(name));
  const contents = await Promise.all(names.map((name) => read(world, `/${name}`)));
  return contents.flatMap((content) => content.split('\n').slice(0, -1));
}

function sinkCase(world: VirtualWorld, files: Files = world.files, bufferBytes: number = 64) {
  const sink = fileSink<unknown>(PATH, json<unknown>(), { bufferBytes });
  return {
    sink,
    values: records,
    world: { ...world, files },
    seen: async () => (await committedLines(world)).map((line) => JSON.parse(line) as unknown),
    leftovers: async () => (await world.files.list('/')).filter((name) => name.endsWith('.part')),
  };
}

testSink({ test, name: 'fileSink', twoPhase: true, make: () => sinkCase(virtualWorld()), broken: () => sinkCase2('write') });
testSink({
  test,
  name: 'fileSink with a large buffer',
  twoPhase: true,
  make: () => sinkCase(virtualWorld(), undefined, 1e6),
  broken: () => sinkCase2('sync'),
});

function sinkCase2(when: 'write' | 'sync') {
  const world = virtualWorld();
  return sinkCase(world, failingFiles(world.files, 'ENOSPC', when));
}

test('a full disk has a code, and nothing is written behind the failure', async () => {
  const made = sinkCase2('write');
  const { writer } = await openSink<unknown>(made);
  await expect(writeAll(writer, made.values, 3)).rejects.toMatchObject({ code: 'HR_DISK_FULL', action: 'stop' });
  await expect(Promise.resolve().then(() => writer.write(chunkOf<unknown>([1])))).rejects.toMatchObject({ code: 'HR_DISK_FULL' });
  await writer.close(new Error('the run fails'));
});

test('a file is safe from a power cut once it is closed', async () => {
  const world = virtualWorld();
  const { writer } = await openSink<unknown>(sinkCase(world));
  await writeAll(writer, [1, 2, 3], 1);
  await writer.close();
  world.files.powerCut();
  expect(await read(world)).toBe('1\n2\n3\n');
});

test('replace begins anew, append goes on, and a torn last line is closed first', async () => {
  const world = virtualWorld();
  const write = async (mode: 'replace' | 'append', value: string): Promise<void> => {
    const { writer } = await openSink<string>({ sink: fileSink(PATH, text(), { mode }), values: [], seen: () => [], world });
    await writer.write(chunkOf([value]));
    await writer.close();
  };
  await put(world, 'old');
  await write('append', 'new');
  expect(await read(world)).toBe('old\nnew\n');
  await write('append', 'newer');
  expect(await read(world)).toBe('old\nnew\nnewer\n');
  await write('replace', 'only');
  expect(await read(world)).toBe('only\n');
});

test('a record larger than the buffer is written whole', async () => {
  const world = virtualWorld();
  const large = 'x'.repeat(1000);
  const { writer } = await openSink<string>({ sink: fileSink(PATH, text(), { bufferBytes: 10 }), values: [], seen: () => [], world });
  await writer.write(chunkOf(['a', large, 'b']));
  await writer.close();
  expect(await read(world)).toBe(`a\n${large}\nb\n`);
});

test('a codec without lines and a second writer are refused', async () => {
  expect(() => fileSink(PATH, bytes())).toThrow(/does not say where a record ends/);
  const context = { world: virtualWorld(), signal: new AbortController().signal, pipeline: 'p', sink: 's', index: 1, committed: [] };
  await expect(fileSink(PATH, text()).open(context)).rejects.toMatchObject({ code: 'HR_FILE_WRITERS' });
});
