import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { bytes } from '../../codecs/bytes.ts';
import { json } from '../../codecs/json.ts';
import { text } from '../../codecs/text.ts';
import type { Position } from '../../core/source.ts';
import type { Files } from '../../core/world.ts';
import { testSource } from '../../testing/source-kit.ts';
import { gather, open, type SourceCase } from '../../testing/source-reading.ts';
import { fileSource } from './file-source.ts';
import type { FileSourceOptions } from './source-options.ts';
import { failingFiles, over, PATH, put, records } from './files-rig.ts';

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

// Everything a file may have at once, in blocks that end anywhere in it.
const oddLines = ['first', '', 'ü', '', '', 'x'.repeat(40), 'with \r inside', '', '1', '2', '3', '4', '5', 'last'];
for (const blockBytes of [16, 17, 31, 1024]) {
  for (const emptyLines of ['keep', 'skip'] as const) {
    testSource({
      test,
      name: `fileSource with a mark, CRLF, no last end, blocks of ${blockBytes} and empty lines to ${emptyLines}`,
      replay: true,
      async make() {
        const world = virtualWorld();
        await put(world, `\ufeff${oddLines.join('\r\n')}`);
        const values = oddLines.filter((line) => emptyLines === 'keep' || line !== '');
        return { source: fileSource(PATH, text(), { blockBytes, emptyLines }), values, world };
      },
    });
  }
}

test('lines end with LF or CRLF, and the last one may have no end', async () => {
  expect((await linesOf('a\nbb\r\nccc')).lines).toEqual(['a', 'bb', 'ccc']);
  expect((await linesOf('a\nbb\r\nccc\n')).lines).toEqual(['a', 'bb', 'ccc']);
  expect((await linesOf('a\rb\n')).lines).toEqual(['a\rb']);
});

// What is read at first of every file, and the first whole block, end in the middle of it.
testSource({
  test,
  name: 'fileSource of a file larger than what is read of it at first',
  replay: true,
  async make() {
    const world = virtualWorld();
    const values = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat((i * 37) % 401)}`);
    await put(world, values.join('\n'));
    return { source: fileSource(PATH, text(), { blockBytes: 5000 }), values, world };
  },
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

test('a line over the limit is refused in its place, with its line, its byte and how it begins', async () => {
  const long = `y${'x'.repeat(100_000)}`;
  const lines = ['ok', long, '', 'fine', 'z'.repeat(30), 'q'.repeat(31), 'last'];
  for (const blockBytes of [16, 61, 1 << 20]) {
    for (const limit of [1, 2, 1024]) {
      const world = virtualWorld();
      await put(world, lines.join('\r\n'));
      const source = fileSource(PATH, text(), { blockBytes, recordBytes: 30, emptyLines: 'skip' });
      const { reader, reading } = await open<string>({ source, values: [], world });
      const said: unknown[] = [];
      const positions: Position[] = [];
      for (let hasEnded = false; !hasEnded; ) {
        const answer = await reader.read(limit, reading.signal);
        expect(answer.bodies!.length + (answer.refused?.length ?? 0)).toBeLessThanOrEqual(limit);
        let next = 0;
        for (let i = 0; i <= answer.bodies!.length; i++) {
          for (; answer.refused?.[next]?.before === i; next++) {
            const { error, position, bytes, isCut } = answer.refused[next]!;
            said.push([error.code, error.action, error.where, position, bytes!.length, bytes![0], isCut]);
          }
          if (i < answer.bodies!.length) said.push(text().decode(answer.bodies![i]!));
        }
        positions.push(...(answer.positions as Position[]));
        hasEnded = answer.end === true;
      }
      await reader.close();
      expect(said).toEqual([
        'ok',
        ['HR_RECORD_TOO_LARGE', 'deadLetter', `file:${PATH}, line 2, byte 4`, 4, 65_536, 'y'.charCodeAt(0), true],
        'fine',
        'z'.repeat(30),
        ['HR_RECORD_TOO_LARGE', 'deadLetter', `file:${PATH}, line 6, byte 100047`, 100_047, 32, 'q'.charCodeAt(0), true],
        'last',
      ]);
      expect(positions).toEqual([0, 100_009, 100_015, 100_080]);
    }
  }
});

test('a line that is too long is told with its end, and a checkpoint before that stands at its beginning', async () => {
  const world = virtualWorld();
  await put(world, `ok\n${'x'.repeat(500)}\nfine\n`);
  const made: SourceCase<string> = { source: fileSource(PATH, text(), { blockBytes: 32, recordBytes: 30 }), values: [], world };
  const { reader, reading } = await open(made);
  const first = await reader.read(1024, reading.signal);
  // One block a read, since each of them is aborted: the line is not told before its end.
  const aborted = AbortSignal.abort();
  for (let i = 0; i < 5; i++) expect(await reader.read(1024, aborted)).toMatchObject({ bodies: [], resume: first.resume });
  const behind = await reader.read(1024, reading.signal);
  expect(behind.refused).toHaveLength(1);
  await reader.close();
  // What was refused is not refused again.
  const again = await open(made, behind.resume);
  const { values } = await gather({ ...made, values: [] }, again, 1024, 1000, true);
  await again.reader.close();
  expect([...behind.bodies!.map((body) => text().decode(body)), ...values]).toEqual(['fine']);
});

test('line numbers go on behind a checkpoint, and are left out behind one that did not know them', async () => {
  const world = virtualWorld();
  await put(world, `a\n\nb\n${'x'.repeat(50)}\n`);
  const made: SourceCase<string> = {
    source: fileSource(PATH, text(), { blockBytes: 16, recordBytes: 30, emptyLines: 'skip' }),
    values: [],
    world,
  };
  const first = await open(made);
  await first.reader.read(1, first.reading.signal);
  const { resume } = await first.reader.read(1, first.reading.signal);
  await first.reader.close();
  const whereFrom = async (from: typeof resume): Promise<string | undefined> => {
    const { reader, reading } = await open(made, from);
    const answer = await reader.read(10, reading.signal);
    await reader.close();
    return answer.refused![0]!.error.where;
  };
  expect(await whereFrom(resume)).toBe(`file:${PATH}, line 4, byte 5`);
  // What checkpoints of earlier versions held.
  expect(await whereFrom(5)).toBe(`file:${PATH}, byte 5`);
});

test('where a read goes on depends on its last record alone, not on blocks, limits and empty lines behind it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('', '', 'a', 'bc', 'y'.repeat(30), 'z'.repeat(70)), { maxLength: 14 }),
      fc.array(fc.record({ blockBytes: fc.integer({ min: 16, max: 50 }), limit: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 2,
        maxLength: 4,
      }),
      async (lines, cuts) => {
        const world = virtualWorld();
        await put(world, lines.join('\n'));
        const known = new Map<string, unknown>();
        for (const { blockBytes, limit } of cuts) {
          const source = fileSource(PATH, text(), { blockBytes, recordBytes: 40, emptyLines: 'skip' });
          const { reader, reading } = await open<string>({ source, values: [], world });
          let told = 'nothing';
          for (let hasEnded = false; !hasEnded; ) {
            const answer = await reader.read(limit, reading.signal);
            const refused = answer.refused?.at(-1);
            const last = (answer.positions as Position[]).at(-1);
            told = refused !== undefined && refused.before === answer.bodies!.length ? `${refused.position}` : `${last ?? told}`;
            expect(answer.resume).toBe(known.get(told) ?? answer.resume);
            known.set(told, answer.resume);
            hasEnded = answer.end === true;
          }
          await reader.close();
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a missing file, an empty folder and a shorter file have codes of their own', async () => {
  const world = virtualWorld();
  await world.files.makeFolder('/folder');
  await put(world, 'abc');
  await expect(open({ source: fileSource('/none', text()), values: [], world })).rejects.toMatchObject({
    code: 'HR_FILE_MISSING',
    where: 'file:/none',
  });
  await expect(open({ source: fileSource('/folder', text()), values: [], world })).rejects.toMatchObject({ code: 'HR_FILES_NONE' });
  await expect(open({ source: fileSource(PATH, text()), values: [], world }, 10)).rejects.toMatchObject({ code: 'HR_FILE_SHORTER' });
  expect(world.files.openFiles).toBe(0);
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

test('a codec without lines is refused', () => {
  expect(() => fileSource(PATH, bytes())).toThrow(/does not say where a record ends/);
});
