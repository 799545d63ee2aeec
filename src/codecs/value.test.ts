import { expect, test } from 'vitest';
import { testCodec } from '../testing/codec-kit.ts';
import { failure } from './codec-rig.ts';
import { ValueReader, ValueWriter, value } from './value.ts';

const codec = value<unknown>();
const again = (given: unknown): unknown => codec.decode(codec.encode(given));
const nested = (levels: number): unknown => {
  let out: unknown = 1;
  for (let i = 0; i < levels; i++) out = [out];
  return out;
};
const cyclic: Record<string, unknown> = { text: 'x' };
cyclic.list = [1, cyclic];
class Point {
  x = 1;
}

testCodec<unknown>({
  test,
  name: 'value',
  make: () => ({
    codec: value<unknown>(),
    values: [
      null,
      undefined,
      true,
      0,
      -0,
      63,
      64,
      -1,
      2 ** 31 - 1,
      -(2 ** 31),
      2 ** 31,
      2 ** 53,
      0.1,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      0n,
      -(2n ** 63n),
      2n ** 63n,
      -(2n ** 200n),
      '',
      'ann',
      'grüezi',
      '\ufeffmark',
      'half \ud83d',
      'x'.repeat(25),
      'y'.repeat(127),
      'z'.repeat(128),
      'é'.repeat(64),
      '👩‍🚀'.repeat(3000),
      `\udc00${'a'.repeat(200)}`,
      new Date(0),
      new Date(8.64e15),
      new Date(Number.NaN),
      [],
      [undefined, [null]],
      {},
      { a: 1, b: { c: [{}] }, 'not a name': 2, 7: 'seven', undefined },
      Object.assign(Object.create(null) as object, { a: 1 }),
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 2 }, new Map()],
        [Number.NaN, -0],
      ]),
      new Set<unknown>([1, '1', 1n, new Set([[]])]),
      new Uint8Array([1, 2]),
      new Int8Array([-1]),
      new Uint8ClampedArray([255]),
      new Int16Array([-2, 3]),
      new Uint16Array([65_535]),
      new Int32Array([-(2 ** 31)]),
      new Uint32Array([2 ** 32 - 1]),
      new Float32Array([1.5, Number.NaN]),
      new Float64Array([-0, Math.PI]),
      new BigInt64Array([-1n]),
      new BigUint64Array([2n ** 64n - 1n]),
      new Float16Array([1.5]),
      new Float64Array(new ArrayBuffer(24), 8, 1),
      nested(256),
    ],
    bad: [
      [],
      [0x13],
      [0x3f],
      [0x00, 0x00],
      [0x05, 1, 2],
      [0x83, 0x61],
      [0x04, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0x04, 0x80, 0x00],
      [0x07, 2, 1, 1],
      [0x07, 0, 0],
      [0x0a, 1, 0xff],
      [0x0b, 1, 0],
      [0x0c, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x0c, 2, 0],
      [0x0d, 0x81, 0x61],
      [0x0d, 0x40, 0x40, 0x12],
      [0x0f, 1, 0],
      [0x10, 5],
      [0x11, 12, 0],
      [0x11, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0x12],
      Array.from({ length: 258 }, (_, i) => (i === 257 ? 0x00 : 0x0c)).flatMap((tag) => (tag === 0x0c ? [tag, 1] : [tag])),
    ].map((bytes) => Uint8Array.from(bytes)),
    unencodable: [
      Symbol('s'),
      () => {},
      new Point(),
      Promise.resolve(),
      /a/,
      new Error('e'),
      new URL('http://localhost'),
      new WeakMap(),
      new ArrayBuffer(1),
      new DataView(new ArrayBuffer(1)),
      new (class extends Map {})(),
      new (class extends Date {})(),
      new (class extends Array {})(),
      Object.create(Map.prototype),
      new Array(2),
      {
        get a() {
          return 1;
        },
      },
      { set a(_: unknown) {} },
      cyclic,
      new Set([cyclic]),
      nested(257),
      Object(1),
      new Proxy(
        { a: 1 },
        {
          ownKeys: () => {
            throw new TypeError('no');
          },
        },
      ),
    ],
  }),
});

test('counts that promise more than there is ask for no memory', () => {
  // 250 arrays in each other, each with a count of a million: 250 x 8 MB if memory were taken by the count.
  const levels = Array.from({ length: 250 }, () => [0x0c, 0xc0, 0x84, 0x3d]).flat();
  const bytes = new Uint8Array(levels.length + 1_000_001).fill(0x13, levels.length);
  bytes.set(levels);
  const before = process.memoryUsage().heapUsed;
  expect(failure(() => codec.decode(bytes))).toMatchObject({ code: 'HR_DECODE_FAILED', where: 'value' });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
});

test('__proto__ in bytes is a member and changes no prototype', () => {
  const evil = JSON.parse('{"__proto__":{"admin":true}}') as object;
  const back = again([evil, evil]) as [Record<string, unknown>, object];
  expect(Object.getPrototypeOf(back[0])).toBe(Object.prototype);
  expect(Object.hasOwn(back[0], '__proto__')).toBe(true);
  expect(back[0].admin).toBeUndefined();
  expect(({} as Record<string, unknown>).admin).toBeUndefined();
});

test('what is refused is named with its path inside of the value', () => {
  const cases: readonly (readonly [unknown, string, string])[] = [
    [{ user: { tags: [1, 2, 3, () => {}] } }, 'value.user.tags[3]', 'a function has no bytes'],
    [[new Point()], 'value[0]', 'an instance of Point is no plain value'],
    [{ 'first name': Symbol('s') }, 'value["first name"]', 'a symbol has no bytes'],
    [new Map([['a', /x/]]), 'value.values()[0]', 'an instance of RegExp is no plain value'],
    [new Map([[new Point(), 1]]), 'value.keys()[0]', 'an instance of Point is no plain value'],
    [{ s: new Set([1, Promise.resolve()]) }, 'value.s.values()[1]', 'an instance of Promise is no plain value'],
    [cyclic, 'value.list[1]', 'the value contains itself'],
    [[[new Array(2)]], 'value[0][0][0]', 'an array with a hole has no bytes'],
    [
      {
        a: {
          get b() {
            return 1;
          },
        },
      },
      'value.a.b',
      'a getter or setter has no bytes',
    ],
    [nested(257), `value${'[0]'.repeat(256)}`, 'the value is nested deeper than 256 levels'],
    [Symbol('s'), 'value', 'a symbol has no bytes'],
  ];
  for (const [given, where, what] of cases)
    expect(failure(() => codec.encode(given))).toMatchObject({ code: 'HR_VALUE_UNENCODABLE', action: 'deadLetter', where, what });
});

test('a value that is refused leaves nothing in the writer', () => {
  const writer = new ValueWriter();
  writer.value('before');
  for (const wrong of [[1, 2, () => {}], nested(300), cyclic]) expect(() => writer.value(wrong)).toThrow();
  writer.value(nested(20));
  const reader = new ValueReader(writer.take());
  expect([reader.value(), reader.value(), reader.isAtEnd]).toEqual(['before', nested(20), true]);
});

test('a cycle beside a large text is found before the text has been written often', () => {
  const large: Record<string, unknown> = { text: 'x'.repeat(100_000) };
  large.self = large;
  const writer = new ValueWriter();
  expect(() => writer.value(large)).toThrow(expect.objectContaining({ what: 'the value contains itself' }));
  let levels = 0;
  const counted: Record<string, unknown> = new Proxy(
    {},
    { ownKeys: () => (levels++, ['self']), getOwnPropertyDescriptor: () => ({ value: counted, enumerable: true, configurable: true }) },
  );
  expect(() => writer.value(counted)).toThrow();
  expect(levels).toBeLessThan(20);
});

test('a value that encodes another while it is being encoded spoils neither', () => {
  let inner: unknown;
  const target = { a: 1, b: 2 };
  const chatty = new Proxy(target, {
    getOwnPropertyDescriptor(of, name) {
      inner = again({ inside: [name] });
      return Reflect.getOwnPropertyDescriptor(of, name);
    },
  });
  expect(again([chatty, 'x'])).toEqual([target, 'x']);
  expect(inner).toEqual({ inside: ['b'] });
});

test('a Buffer, and a view of a part of one, come back as the bytes they show', () => {
  const whole = Buffer.from('hello');
  for (const given of [whole, whole.subarray(1, 3)]) {
    const back = codec.decode(Buffer.from(codec.encode(given))) as Uint8Array;
    expect(Object.getPrototypeOf(back)).toBe(Uint8Array.prototype);
    expect(back).toEqual(new Uint8Array(given));
    expect(back.byteLength).toBe(back.buffer.byteLength);
  }
});

test('the bytes of the format are these for ever', () => {
  const hex = (given: unknown): string => Buffer.from(codec.encode(given)).toString('hex');
  expect(hex(null) + hex(undefined) + hex(false) + hex(true)).toBe('00010203');
  expect([hex(5), hex(300), hex(-1), hex(0.5), hex(-0)]).toEqual(['45', '04d804', '0401', '05000000000000e03f', '050000000000000080']);
  expect([hex(-2n), hex(-(2n ** 64n))]).toEqual(['06feffffffffffffff', '070109010000000000000000']);
  expect([hex('ab'), hex('ü'), hex('\ud800'), hex('x'.repeat(128)).slice(0, 8)]).toEqual(['826162', '0a02c3bc', '0b0100d8', '09800178']);
  expect(hex({ a: [1, new Date(1)], b: {} })).toBe('0d81610c024108000000000000f03f81620d1212');
  expect([hex(new Map([[1, 2]])), hex(new Set(['a'])), hex(Int16Array.of(1))]).toEqual(['0f014142', '10018161', '1103020100']);
});
