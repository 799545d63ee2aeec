import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loopTurn } from '../../base/scheduler.ts';
import { virtualWorld, type VirtualWorld } from '../../base/virtual-world.ts';
import { bytes } from '../../codecs/bytes.ts';
import { text } from '../../codecs/text.ts';
import { testSource } from '../../testing/source-kit.ts';
import { fileSource } from './file-source.ts';
import { PATH, put } from './files-rig.ts';
import { packingOf } from './compression.ts';
import type { FileSourceOptions } from './source-options.ts';
import { parts, tellAll } from './source-rig.ts';

const lines = Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat((i * 31) % 70)}`);
const whole = Buffer.from(lines.join('\n'));
/** Cut in the middle of lines. */
const pieces = [whole.subarray(0, 100), whole.subarray(100, 101), whole.subarray(101, 101), whole.subarray(101)];

const packed: Readonly<Record<string, readonly [Uint8Array, FileSourceOptions?]>> = {
  'a gzip file': [gzipSync(whole)],
  'a gzip file of several members': [Buffer.concat(pieces.map((piece) => gzipSync(piece)))],
  'a gzip file with zeros behind it': [Buffer.concat([gzipSync(whole), Buffer.alloc(500)])],
  'a gzip file with zeros between its members': [Buffer.concat(pieces.flatMap((piece) => [gzipSync(piece), Buffer.alloc(37)]))],
  'a zstd file': [zstdCompressSync(whole)],
  'a zstd file of several frames': [Buffer.concat(pieces.map((piece) => zstdCompressSync(piece)))],
  'a zstd file that begins with a frame to be passed over': [
    Buffer.concat([Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3), zstdCompressSync(whole)]),
  ],
  'a deflate file': [deflateSync(whole)],
  'a raw deflate file': [deflateRawSync(whole), { compression: 'deflate' }],
};

async function disk(content: Uint8Array | string): Promise<VirtualWorld> {
  const world = virtualWorld();
  await put(world, content);
  return world;
}

for (const [name, [content, options = {}]] of Object.entries(packed)) {
  for (const blockBytes of [16, 1 << 18]) {
    testSource<string>({
      test,
      name: `fileSource of ${name}, blocks of ${blockBytes}`,
      replay: true,
      make: async () => ({ source: fileSource(PATH, text(), { blockBytes, ...options }), values: lines, world: await disk(content) }),
    });
  }
}

testSource<unknown>({
  test,
  name: 'fileSource of packed blocks',
  replay: true,
  async make() {
    const words = Array.from({ length: 25 }, (_, i) => `"w;${i}"`);
    const content = Buffer.concat(words.map((word, i) => gzipSync(i === 0 ? word : `;${word}`)));
    return {
      source: fileSource(PATH, parts('columns'), { blockBytes: 32 }),
      values: words.map((word, n) => ({ n, word })),
      world: await disk(content),
    };
  },
});

test('a packed file that is cut anywhere gives the lines before the cut, then both places of it', async () => {
  for (const pack of [gzipSync, zstdCompressSync, deflateSync]) {
    const content = pack(whole);
    // Two bytes are too few to see what it is.
    for (let cut = 5; cut < content.length; cut += 7) {
      const { signal } = new AbortController();
      const source = fileSource(PATH, text(), { blockBytes: 16 });
      const reader = await source.open(0, undefined, { world: await disk(content.subarray(0, cut)), signal });
      const said: string[] = [];
      const failed = (async () => {
        for (;;) said.push(...(await reader.read(7, signal)).bodies!.map((body) => text().decode(body)));
      })();
      const error = await failed.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'HR_FILE_TRUNCATED',
        where: expect.stringMatching(new RegExp(`^file:${PATH}, packed byte ${cut}, unpacked byte \\d+$`)),
      });
      const unpacked = Number(/unpacked byte (\d+)/.exec((error as { where: string }).where)![1]);
      // Every line that ends before that byte, and no other.
      expect(said).toEqual(lines.slice(0, whole.subarray(0, unpacked).toString().split('\n').length - 1));
      await reader.close();
    }
  }
});

test('damage is told with both places of it, and so is what stands behind the end', async () => {
  const gzip = gzipSync(whole);
  const flipped = Buffer.from(gzip);
  flipped[flipped.length - 7]! ^= 1; // The checksum.
  const zstd = zstdCompressSync(whole);
  for (const [content, packedByte] of [
    [flipped, undefined],
    [Buffer.concat([gzip, Buffer.alloc(9), Buffer.from('garbage')]), gzip.length + 9],
    [Buffer.concat([zstd, Buffer.from('garbage')]), zstd.length],
    [Buffer.concat([deflateSync(whole), Buffer.from('garbage')]), deflateSync(whole).length],
    [Buffer.concat([deflateSync(whole), deflateSync(whole)]), deflateSync(whole).length],
  ] as const) {
    for (const blockBytes of [16, 1 << 18]) {
      const told = tellAll(fileSource(PATH, text(), { blockBytes }), { world: await disk(content) });
      await expect(told).rejects.toMatchObject({
        code: 'HR_FILE_CORRUPT',
        where: expect.stringContaining(
          packedByte === undefined ? 'packed byte' : `, packed byte ${packedByte}, unpacked byte ${whole.length}`,
        ),
      });
    }
  }
});

test('a bomb takes no memory, and stops at the limit where there is one', async () => {
  const zeros = Buffer.alloc(1 << 20);
  const content = Buffer.concat(Array.from({ length: 100 }, () => gzipSync(zeros, { level: 9 })));
  expect(content.length).toBeLessThan(300_000); // 100 MiB come out of it.
  const world = await disk(content);
  const { signal } = new AbortController();
  const skipped = fileSource(PATH, text());
  const before = process.memoryUsage().rss;
  const reader = await skipped.open(0, undefined, { world, signal });
  let most = 0;
  for (let hasEnded = false; !hasEnded; ) {
    hasEnded = (await reader.read(1024, signal)).end === true;
    most = Math.max(most, process.memoryUsage().rss - before);
  }
  await reader.close();
  expect(most).toBeLessThan(60 << 20);
  const told = tellAll(fileSource(PATH, text(), { unpackedBytes: '1MiB' }), { world });
  await expect(told).rejects.toMatchObject({ code: 'HR_FILE_UNPACKED_LIMIT', where: expect.stringContaining('unpacked byte 1048576') });
});

test('nothing is unpacked while nobody reads', async () => {
  const content = gzipSync(Buffer.alloc(64 << 20, 'line\n'), { level: 9 });
  const world = await disk(content);
  const { signal } = new AbortController();
  const reader = await fileSource(PATH, text()).open(0, undefined, { world, signal });
  await reader.read(1, signal);
  const before = process.memoryUsage();
  for (let i = 0; i < 50; i++) await loopTurn();
  const after = process.memoryUsage();
  expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(4 << 20);
  await reader.close();
});

test('what a file is goes by how it begins, and text that begins like a packed file is text', async () => {
  expect(packingOf(gzipSync(''))).toBe('gzip');
  expect(packingOf(zstdCompressSync(''))).toBe('zstd');
  expect(packingOf(deflateSync(whole, { level: 1 }))).toBe('deflate');
  expect(packingOf(Buffer.from('x^2,y\n1,2\n'))).toBeUndefined();
  expect(packingOf(new Uint8Array())).toBeUndefined();
  for (const content of ['x^2\n', '(x)\n', 'Pay\n', 'x\n', '']) {
    expect((await tellAll(fileSource(PATH, text()), { world: await disk(content) })).said).toEqual(content === '' ? [] : [content.trim()]);
  }
  const packedText = await disk(gzipSync('a\n'));
  const plain = await tellAll(fileSource(PATH, { ...bytes(), framing: 'lines' }, { compression: 'none' }), { world: packedText });
  expect(plain.said[0]).toContain('31'); // 0x1f, the first byte of gzip.
  await expect(tellAll(fileSource(PATH, text(), { compression: 'gzip' }), { world: await disk('plain\n') })).rejects.toMatchObject({
    code: 'HR_FILE_CORRUPT',
  });
  expect(() => fileSource(PATH, text(), { compression: 'zip' as 'gzip' })).toThrow(/compression is "zip"/);
});

test.each([
  ['zip', [0x50, 0x4b, 3, 4, 20, 0, 0, 0]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]],
  ['bzip2', [...Buffer.from('BZh9'), 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0]],
])('a file packed by %s is told as that and not read as text', async (by, head) => {
  const error = { code: 'HR_FILE_PACKED', what: expect.stringContaining(by) };
  await expect(tellAll(fileSource(PATH, text()), { world: await disk(Uint8Array.from(head)) })).rejects.toMatchObject(error);
  // Cut short it is text like any other.
  expect((await tellAll(fileSource(PATH, text()), { world: await disk('PK\nBZh9\n') })).said).toEqual(['PK', 'BZh9']);
});

test('UTF-16 inside a packed file is refused, and a mark of UTF-8 passed over', async () => {
  await expect(
    tellAll(fileSource(PATH, text()), { world: await disk(gzipSync(Buffer.from('\ufeffa\n', 'utf16le'))) }),
  ).rejects.toMatchObject({ code: 'HR_FILE_UTF16' });
  expect(await tellAll(fileSource(PATH, text()), { world: await disk(gzipSync('\ufeffa\nb\n')) })).toMatchObject({
    said: ['a', 'b'],
    positions: [3, 5],
  });
});

test('a packed file that is shorter than a checkpoint says, or another one, is told', async () => {
  const { resumes } = await tellAll(fileSource(PATH, text()), { world: await disk(gzipSync(whole)), limit: 1 });
  const other = tellAll(fileSource(PATH, text()), { world: await disk(gzipSync(whole, { level: 0 })), resume: resumes[20] });
  await expect(other).rejects.toMatchObject({ code: 'HR_FILE_REPLACED' });
  const short = tellAll(fileSource(PATH, text()), { world: await disk(gzipSync('short\n')), resume: JSON.stringify({ at: 500, line: 3 }) });
  await expect(short).rejects.toMatchObject({ code: 'HR_FILE_SHORTER' });
});
