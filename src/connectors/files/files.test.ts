import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { json } from '../../codecs/json.ts';
import { text } from '../../codecs/text.ts';
import { bytes } from '../../codecs/bytes.ts';
import type { Position } from '../../core/source.ts';
import type { Files, World } from '../../core/world.ts';
import { testSink } from '../../testing/sink-kit.ts';
import { chunkOf, openSink, writeAll } from '../../testing/sink-writing.ts';
import { testSource } from '../../testing/source-kit.ts';
import { gather, open, type SourceCase } from '../../testing/source-reading.ts';
import { fileSink } from './file-sink.ts';
import { fileSource, type FileSourceOptions } from './file-source.ts';

const PATH = '/in.txt';
const records = Array.from({ length: 40 }, (_, i) => ({ i, name: 'x'.repeat((i * 7) % 50) }));

async function put(world: World, content: string | Uint8Array, path: string = PATH): Promise<void> {
  const file = await world.files.open(path, 'create');
  await file.write(typeof content === 'string' ? new TextEncoder().encode(content) : content, 0);
  await file.close();
}

async function read(world: World, path: string = PATH): Promise<string> {
  const file = await world.files.open(path, 'read');
  const content = new Uint8Array(await file.size());
  await file.read(content, 0);
  await file.close();
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
}

/** Every line and its position, read in small blocks. */
async function linesOf(content: string | Uint8Array, options: FileSourceOptions = {}): Promise<{ lines: string[]; positions: Position[] }> {
  const world = virtualWorld();
  await put(world, content);
  const made: SourceCase<string> = { source: fileSource(PATH, text(), { blockBytes: 16, ...options }), values: [], world };
  const opened = await open(made);
  const lines: string[] = [];
  const positions: Position[] = [];
  for (let hasEnded = false; !hasEnded; ) {
    const answer = await opened.reader.read(3, opened.reading.signal);
    lines.push(...answer.bodies!.map((body) => text().decode(body)));
    positions.push(...(answer.positions as Position[]));
    hasEnded = answer.end === true;
  }
  await opened.reader.close();
  expect(world.files.openFiles).toBe(0);
  return { lines, positions };
}

/** A disk that fails from some moment on. */
function failingFiles(files: Files, code: string, when: 'read' | 'write' | 'sync'): Files {
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error(`${code}: it failed`), { code }));
  return over(files, {
    async open(path, mode) {
      const file = await files.open(path, mode);
      // What is read before the first line is fine: the size, the mark, the first block.
      const read = (into: Uint8Array, position: number): Promise<number> => (position === 0 ? file.read(into, 0) : fail());
      return over(file, when === 'read' ? { read } : { [when]: fail });
    },
  });
}

/** An object with some of its methods replaced. */
function over<T extends object>(object: T, changes: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const member: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

testSource({
  test,
  name: 'fileSource',
  replay: true,
  async make() {
    const world = virtualWorld();
    await put(world, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    return { source: fileSource(PATH, json<(typeof records)[0]>(), { blockBytes: 64 }), values: records, world };
  },
  async broken() {
    const world = virtualWorld();
    await put(world, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const files = failingFiles(world.files, 'EIO', 'read');
    const first = records.slice(0, 2);
    const blockBytes = JSON.stringify(records[0]).length + JSON.stringify(records[1]).length + 3;
    return { source: fileSource(PATH, json<(typeof records)[0]>(), { blockBytes }), values: first, world: { ...world, files } };
  },
});

function sinkCase(world: VirtualWorld, files: Files = world.files, bufferBytes: number = 64) {
  const sink = fileSink<unknown>(PATH, json<unknown>(), { bufferBytes });
  return {
    sink,
    values: records,
    world: { ...world, files },
    seen: async () =>
      (await read(world))
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
  };
}

testSink({ test, name: 'fileSink', make: () => sinkCase(virtualWorld()), broken: () => sinkCase2('write') });
testSink({
  test,
  name: 'fileSink with a large buffer',
  make: () => sinkCase(virtualWorld(), undefined, 1e6),
  broken: () => sinkCase2('sync'),
});

function sinkCase2(when: 'write' | 'sync') {
  const world = virtualWorld();
  return sinkCase(world, failingFiles(world.files, 'ENOSPC', when));
}

test('lines end with LF or CRLF, and the last one may have no end', async () => {
  expect((await linesOf('a\nbb\r\nccc')).lines).toEqual(['a', 'bb', 'ccc']);
  expect((await linesOf('a\nbb\r\nccc\n')).lines).toEqual(['a', 'bb', 'ccc']);
  expect((await linesOf('a\rb\n')).lines).toEqual(['a\rb']);
});

test('positions are the bytes where lines begin', async () => {
  expect((await linesOf('a\nbb\r\nü\nd')).positions).toEqual([0, 2, 6, 9]);
});

test('a byte order mark is passed over', async () => {
  expect(await linesOf('\ufeffa\nb\n')).toEqual({ lines: ['a', 'b'], positions: [3, 5] });
});

test('empty lines are records for text and nothing for others', async () => {
  expect((await linesOf('\na\n\n\r\nb\n\n')).lines).toEqual(['', 'a', '', '', 'b', '']);
  expect(await linesOf('\na\n\nb\n', { emptyLines: 'skip' })).toEqual({ lines: ['a', 'b'], positions: [1, 4] });
});

test('an empty file has no records', async () => {
  expect((await linesOf('')).lines).toEqual([]);
  expect((await linesOf('\ufeff')).lines).toEqual([]);
});

test('wherever blocks are cut, lines and positions are those of a plain split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '\r', 'x'.repeat(9)), maxLength: 12 }), { maxLength: 12 }),
      fc.integer({ min: 16, max: 50 }),
      async (parts, blockBytes) => {
        const content = parts.join('\n');
        const expected: string[] = [];
        const positions: number[] = [];
        let at = 0;
        for (const part of content === '' ? [] : content.split('\n')) {
          if (at < Buffer.byteLength(content)) {
            expected.push(part.replace(/\r$/, ''));
            positions.push(at);
          }
          at += Buffer.byteLength(part) + 1;
        }
        expect(await linesOf(content, { blockBytes })).toEqual({ lines: expected, positions });
      },
    ),
    { numRuns: 200 },
  );
});

test('a line over the limit is told once, in its place, and the next read goes on behind it', async () => {
  const world = virtualWorld();
  await put(world, `ok\n${'x'.repeat(500)}\nfine\n${'y'.repeat(30)}\r\nlast`);
  const { reader, reading } = await open<string>({
    source: fileSource(PATH, text(), { blockBytes: 32, recordBytes: 30 }),
    values: [],
    world,
  });
  const said: unknown[] = [];
  const positions: Position[] = [];
  for (let reads = 0; reads < 10; reads++) {
    try {
      const answer = await reader.read(1024, reading.signal);
      said.push(...answer.bodies!.map((body) => text().decode(body)));
      positions.push(...(answer.positions as Position[]));
      if (answer.end === true) break;
    } catch (error) {
      said.push(error);
    }
  }
  await reader.close();
  expect(said).toEqual([
    'ok',
    expect.objectContaining({ code: 'HR_RECORD_TOO_LARGE', action: 'deadLetter', where: `file:${PATH}, byte 3` }),
    'fine',
    'y'.repeat(30),
    'last',
  ]);
  expect(positions).toEqual([0, 504, 509, 541]);
});

test('a checkpoint in the middle of a line that is too long stands at its beginning', async () => {
  const world = virtualWorld();
  await put(world, `ok\n${'x'.repeat(500)}\nfine\n`);
  const made: SourceCase<string> = { source: fileSource(PATH, text(), { blockBytes: 32, recordBytes: 30 }), values: [], world };
  const { reader, reading } = await open(made);
  await reader.read(1024, reading.signal);
  await expect(Promise.resolve(reader.read(1024, reading.signal))).rejects.toMatchObject({ code: 'HR_RECORD_TOO_LARGE' });
  expect(await reader.read(1024, AbortSignal.abort())).toMatchObject({ bodies: [], resume: 3 });
  await reader.close();
});

test('a missing file, a folder and a shorter file have codes of their own', async () => {
  const world = virtualWorld();
  await world.files.makeFolder('/folder');
  await put(world, 'abc');
  await expect(open({ source: fileSource('/none', text()), values: [], world })).rejects.toMatchObject({
    code: 'HR_FILE_MISSING',
    where: 'file:/none',
  });
  await expect(open({ source: fileSource('/folder', text()), values: [], world })).rejects.toMatchObject({ code: 'HR_FILE_IS_FOLDER' });
  await expect(open({ source: fileSource(PATH, text()), values: [], world }, 10)).rejects.toMatchObject({ code: 'HR_FILE_SHORTER' });
  expect(world.files.openFiles).toBe(0);
});

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
  expect(() => fileSource(PATH, bytes())).toThrow(/does not say where a record ends/);
  expect(() => fileSink(PATH, bytes())).toThrow(/does not say where a record ends/);
  const context = { world: virtualWorld(), signal: new AbortController().signal, sink: 's', index: 1, committed: [] };
  await expect(fileSink(PATH, text()).open(context)).rejects.toMatchObject({ code: 'HR_FILE_WRITERS' });
});

test('one block is on its way at a time, however large the file', async () => {
  const world = virtualWorld();
  const line = `${'z'.repeat(99)}\n`;
  await put(world, line.repeat(20_000));
  let largest = 0;
  let pending = 0;
  const files = over<Files>(world.files, {
    async open(path, mode) {
      const file = await world.files.open(path, mode);
      const counted = async (into: Uint8Array, position: number): Promise<number> => {
        largest = Math.max(largest, ++pending);
        const got = await file.read(into, position);
        pending -= 1;
        return got;
      };
      return over(file, { read: counted });
    },
  });
  const made: SourceCase<string> = {
    source: fileSource(PATH, text(), { blockBytes: 4096 }),
    values: Array.from({ length: 20_000 }, () => line.trim()),
    world: { ...world, files },
  };
  const opened = await open(made);
  await gather(made, opened, 1024, 5000);
  await opened.reader.close();
  expect(largest).toBe(1);
});
