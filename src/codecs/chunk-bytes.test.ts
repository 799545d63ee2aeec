import { deepStrictEqual } from 'node:assert';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { Chunk, type Headers, type Lineage, type Origin } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import { BatchOrigin } from '../operators/batch-origin.ts';
import { ReadOrigin } from '../runtime/read-origin.ts';
import { failure, recordsOf } from './codec-rig.ts';
import { decodeChunk, encodeChunk } from './chunk-bytes.ts';
import { json } from './json.ts';
import { value } from './value.ts';

const plain = (count: number, given?: unknown[], around: Lineage = {}, headers?: Headers[]): Chunk =>
  new Chunk(
    given ?? Array.from({ length: count }, (_, i) => i),
    new ReadOrigin('file:clicks.jsonl', '0', { positions: { first: 1_000_000 }, ...(headers && { headers }) }, 12.5),
    around,
  );

test('bytes that end anywhere are refused', () => {
  const keys = new InternedKeys();
  const chunk = plain(3, [{ a: 1 }, { a: 'x' }, { a: null }], { keys, keyIds: Int32Array.from([0, 0, 0].map(() => keys.idOf('ann'))) }, [
    {},
    {},
    {},
  ]);
  const bytes = encodeChunk(chunk);
  for (let length = 0; length < bytes.length; length++)
    expect(failure(() => decodeChunk(bytes.subarray(0, length), undefined, undefined))).toMatchObject({ code: 'HR_DECODE_FAILED' });
  expect(failure(() => decodeChunk(Uint8Array.of(...bytes, 0), undefined, undefined))).toMatchObject({ code: 'HR_DECODE_FAILED' });
});

test('counts that promise more than there is ask for no memory', () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0x7f];
  const before = process.memoryUsage().arrayBuffers;
  for (const bytes of [
    [1, ...huge],
    [1, 0, 4, ...huge],
    [1, 0, 4, 1, 0x80, 0x80, 0, 0, 0, ...huge],
    [1, 1, 3, ...huge],
    [1, 1, 3, 0],
    [1, 1, 2, ...huge],
  ])
    expect(failure(() => decodeChunk(Uint8Array.from(bytes), undefined, undefined))).toMatchObject({ code: 'HR_DECODE_FAILED' });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

test('keys enter the given table in the group they came with, which is never computed again', () => {
  const sender = new InternedKeys();
  const [ann, bob] = [sender.idOf('ann', 100), sender.idOf(['eu', 7n], 99)];
  const bytes = encodeChunk(plain(3, ['a', 'b', 'c'], { keys: sender, keyIds: Int32Array.of(bob, ann, bob) }));
  const table = new InternedKeys();
  table.idOf('other');
  const chunk = decodeChunk(bytes, undefined, table);
  expect([...chunk.keyIds!]).toEqual([1, 2, 1]);
  expect([table.keyAt(1), table.groupAt(1), table.keyAt(2), table.groupAt(2)]).toEqual([['eu', 7n], 99, 'ann', 100]);

  const other = new InternedKeys();
  other.idOf(['eu', 7n], 98);
  expect(failure(() => decodeChunk(bytes, undefined, other))).toMatchObject({
    code: 'HR_DECODE_FAILED',
    what: expect.stringContaining('key group 99, and was in 98'),
  });
  expect(failure(() => decodeChunk(bytes, undefined, new InternedKeys({ maxParallelism: 50 })))).toMatchObject({
    code: 'HR_DECODE_FAILED',
  });
  expect(failure(() => decodeChunk(bytes, undefined, new InternedKeys({ maxKeys: 1 })))).toMatchObject({ code: 'HR_KEYS_FULL' });
});

test('damaged bytes enter no keys', () => {
  const sender = new InternedKeys();
  const bytes = encodeChunk(plain(2, ['a', 'b'], { keys: sender, keyIds: Int32Array.from(['ann', 'bob'], (each) => sender.idOf(each)) }));
  const table = new InternedKeys();
  for (let length = 0; length < bytes.length; length++) failure(() => decodeChunk(bytes.subarray(0, length), undefined, table));
  expect(table.size).toBe(0);
});

test('a codec of the user writes the values, and reads them only where it wrote them', () => {
  const codec = json<unknown>();
  const chunk = plain(3, [{ a: 1 }, 'text', [null]]);
  const bytes = encodeChunk(chunk, codec);
  expect(Buffer.from(bytes).includes('{"a":1}')).toBe(true);
  deepStrictEqual(recordsOf(decodeChunk(bytes, codec, undefined)), recordsOf(chunk));
  expect(failure(() => decodeChunk(bytes, undefined, undefined))).toMatchObject({ what: expect.stringContaining('with the codec json') });
  const shout: Codec<unknown> = {
    ...codec,
    decode: () => {
      throw new TypeError('no');
    },
  };
  expect(failure(() => decodeChunk(bytes, shout, undefined))).toMatchObject({ code: 'HR_DECODE_FAILED', cause: expect.any(TypeError) });
  expect(encodeChunk(chunk, value())).toEqual(encodeChunk(chunk));
});

test('a value that has no bytes is named by its index, and the next chunk is as good as ever', () => {
  const bad: readonly (readonly [unknown[], Codec<unknown> | undefined, number, string])[] = [
    [[1, { a: [() => {}] }], undefined, 1, 'value.a[0]'],
    [[{ a: 1 }, { a: 2 }, { a: Symbol('s') }], undefined, 2, 'value.a'],
    [[1, 1n], json<unknown>(), 1, 'json'],
  ];
  for (const [given, codec, member, where] of bad) {
    expect(failure(() => encodeChunk(plain(0, given), codec))).toMatchObject({
      code: 'HR_VALUE_UNENCODABLE',
      action: 'deadLetter',
      member,
      where,
    });
    expect(decodeChunk(encodeChunk(plain(2)), undefined, undefined).values).toEqual([0, 1]);
  }
  const broken: Codec<unknown> = {
    ...json<unknown>(),
    encode: () => {
      throw new TypeError('no');
    },
  };
  expect(failure(() => encodeChunk(plain(1), broken))).toMatchObject({ code: 'HR_VALUE_UNENCODABLE', member: 0 });
});

test('a barrier never travels inside of a chunk', () => {
  expect(() => encodeChunk(new Chunk([], plain(0).origin, {}, { barrier: 1 }))).toThrow('bug of Headrace');
});

test('a chunk is not written to again, and has memory of its own', () => {
  const bytes = encodeChunk(plain(3, [Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of()]));
  const kept = [...bytes];
  const { values: bodies } = decodeChunk(bytes, undefined, undefined);
  (bodies[0] as Uint8Array)[0] = 99;
  encodeChunk(plain(1000));
  expect([...bytes]).toEqual(kept);
  expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
});

test('what a record costs beside its value is nothing where positions count up, and a byte or two otherwise', () => {
  const texts = Array.from({ length: 1000 }, () => 'x');
  const size = (origin: Origin, around: Lineage = {}): number => encodeChunk(new Chunk(texts, origin, around)).length - 2000;
  expect(size(plain(0).origin)).toBeLessThan(50);
  const sparse = new ReadOrigin('s', '0', {
    positions: texts.map((_, i) => 10_000_000 + i * 40),
    times: texts.map((_, i) => 1.7e12 + i * 10),
  });
  expect(size(sparse)).toBeLessThan(3100);
  const keys = new InternedKeys();
  expect(size(plain(0).origin, { keys, keyIds: Int32Array.from(texts, (_, i) => keys.idOf(i % 10)) })).toBeLessThan(1200);
  const batches = new BatchOrigin();
  for (const [i] of texts.entries()) batches.add(plain(1000), i, 16);
  expect(size(batches)).toBeLessThan(5100);
});

test('rows of several sources in turn cost a byte each where every source counts up', () => {
  const origin: Origin = {
    source: 'even',
    partition: '0',
    sourceAt: (row) => (row % 2 === 0 ? 'even' : 'odd'),
    positionAt: (row) => String(row % 2 === 0 ? 70_000 + row / 2 : (row - 1) / 2),
    idAt: (row) => `${row % 2 === 0 ? 'even' : 'odd'}/0/${origin.positionAt(row)}`,
    timeAt: () => Number.NaN,
    headersAt: () => undefined,
  };
  const chunk = new Chunk(
    Array.from({ length: 1000 }, () => 'x'),
    origin,
  );
  const bytes = encodeChunk(chunk);
  expect(bytes.length).toBeLessThan(3050);
  deepStrictEqual(recordsOf(decodeChunk(bytes, undefined, undefined)), recordsOf(chunk));
});

test('an origin that knows positions as numbers is asked for no text, unless they are too large', () => {
  for (const first of [0, 2 ** 40, 2 ** 52, Number.MAX_SAFE_INTEGER - 3]) {
    let asked = 0;
    const origin: Origin = {
      source: 's',
      partition: 'p',
      numberAt: (row) => first + row,
      positionAt: (row) => (asked++, String(first + row)),
      idAt: (row) => `s/p/${first + row}`,
      timeAt: () => Number.NaN,
      headersAt: () => undefined,
    };
    const chunk = new Chunk([1, 2, 3], origin);
    const bytes = encodeChunk(chunk);
    expect(asked).toBe(first < 2 ** 51 ? 0 : 3);
    deepStrictEqual(recordsOf(decodeChunk(bytes, undefined, undefined)), recordsOf(chunk));
  }
});

test('objects without members cannot be claimed by any number', () => {
  const bytes = encodeChunk(plain(1, [{}]));
  expect([...bytes.subarray(0, 5)]).toEqual([1, 1, 4, 0x0d, 0x12]);
  const claimed = Uint8Array.of(1, 1, 3, 0, ...bytes.subarray(5));
  expect(failure(() => decodeChunk(claimed, undefined, undefined))).toMatchObject({
    code: 'HR_DECODE_FAILED',
    what: expect.stringContaining('objects have no members'),
  });
});

test('lines that are not decoded yet come with their numbers, and nothing else does', () => {
  const bodies = ['a', 'b', 'c', 'd'].map((text) => new TextEncoder().encode(text));
  const origin = new ReadOrigin('file:x', '0', { positions: [0, 2, 4, 9], lines: [3, 4, 5, 9] });
  const told = (chunk: Chunk): readonly number[] => {
    const copy = decodeChunk(encodeChunk(chunk), undefined, undefined);
    return copy.values.map((_value, i) => copy.origin.lineAt!(i));
  };
  expect(told(new Chunk(bodies, origin))).toEqual([3, 4, 5, 9]);
  expect(told(new Chunk(bodies.slice(2), origin, { rows: Int32Array.of(1, 3) }))).toEqual([4, 9]);
  expect(told(new Chunk(['a', 'b'], origin))).toEqual([Number.NaN, Number.NaN]);
  const someKnown = new ReadOrigin('file:x', '0', { positions: [0, 2, 4, 9], lines: [Number.NaN, 4, Number.NaN, 9] });
  expect(told(new Chunk(bodies, someKnown))).toEqual([Number.NaN, 4, Number.NaN, 9]);
  // One number for all of them where they are consecutive.
  const many = Array.from({ length: 1000 }, () => bodies[0]!);
  const lines = Array.from(many, (_, i) => i + 7);
  const [bare, placed] = [{}, { lines }].map((with_) =>
    encodeChunk(new Chunk(many, new ReadOrigin('f', '0', { positions: { first: 0 }, ...with_ }))),
  );
  expect(placed!.length - bare!.length).toBeLessThanOrEqual(9);
});
