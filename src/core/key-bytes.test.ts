import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyGroup, stableHash } from './hash.ts';
import { isKeyAt } from './key-at.ts';
import { canonicalBytes, canonicalEnd, keyHash, keyOf } from './key-bytes.ts';
import type { Key, KeyPart } from './keys.ts';

// Any UTF-16, lone surrogates included.
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7ff, max: 0xe000 }), fc.integer({ min: 0, max: 0x7f })))
  .map((units) => String.fromCharCode(...units));
const anyPart: fc.Arbitrary<KeyPart> = fc.oneof(
  anyText,
  fc.string({ maxLength: 200 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.boolean(),
);
const anyKey: fc.Arbitrary<Key> = fc.oneof(anyPart, fc.array(anyPart, { maxLength: 5 }));

const hex = (key: Key): string => Buffer.from(canonicalBytes(key)).toString('hex');

/** What makes two keys one: an oracle by Map's own rule, part by part. */
function isSame(a: Key, b: Key): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return new Set<unknown>([a, b]).size === 1;
  return a.length === b.length && a.every((part, i) => new Set<unknown>([part, b[i]]).size === 1);
}

// State of published versions is found by these. A change here loses every user's state.
const golden: readonly (readonly [Key, string, number])[] = [
  ['', '0600', 0xedf024e1],
  ['a', '060161', 0x994806d5],
  ['user-17', '0607757365722d3137', 0x686632d2],
  ['Zürich', '06075ac3bc72696368', 0x2cf39b4f],
  ['😀', '0604f09f9880', 0xa6f51992],
  ['\ud83d', '0603eda0bd', 0x98aa1813],
  [0, '030000000000000000', 0x2a0b5022],
  [1, '033ff0000000000000', 0x5be216c4],
  [-1.5, '03bff8000000000000', 0xc46401cc],
  [1n, '040101', 0xe991fe05],
  [0n, '0400', 0x35997e86],
  [-256n, '05020100', 0x49025031],
  [true, '02', 0x6c27d09f],
  [false, '01', 0xe45ad1ab],
  [[], '0700', 0x0efb6665],
  [['eu', 7, true], '07030602657503401c00000000000002', 0x6ca34f8c],
];

test.each(golden.map(([key, bytes, hash]) => ({ key, bytes, hash })))(
  'the bytes and the hash of the key $key never change',
  ({ key, bytes, hash }) => {
    expect(hex(key)).toBe(bytes);
    expect(keyHash(key)).toBe(hash);
  },
);

test('1, 1n, "1", true and [1] are five keys; 0 and -0 are one', () => {
  expect(new Set([1, 1n, '1', true, [1]].map((key) => hex(key))).size).toBe(5);
  expect(hex(-0)).toBe(hex(0));
  expect(hex(['a', -0])).toBe(hex(['a', 0]));
});

test('what was encoded comes back, also huge numbers and lone surrogates', () => {
  fc.assert(
    fc.property(anyKey, (key) => isSame(keyOf(canonicalBytes(key)), key)),
    { numRuns: 2000 },
  );
});

test('keys have equal bytes exactly when they are equal', () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => (hex(a) === hex(b)) === isSame(a, b)),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 3 }), fc.array(anyText, { maxLength: 3 }), (a, b) => (hex(a) === hex(b)) === isSame(a, b)),
    { numRuns: 2000 },
  );
});

test('moving text between the parts of a tuple makes another key', () => {
  expect(hex(['ab', 'c'])).not.toBe(hex(['a', 'bc']));
  expect(hex(['a', ''])).not.toBe(hex(['a']));
});

test('a key of 300 kB works, and the next short one is not disturbed by it', () => {
  for (const text of ['ü'.repeat(150_000), 'x'.repeat(300_000), `${'é'.repeat(100)}\ud800`]) {
    expect(keyOf(canonicalBytes(text))).toBe(text);
    expect(hex('a')).toBe('060161');
  }
});

test('the hash of a key is the hash of its bytes', () => {
  fc.assert(fc.property(anyKey, (key) => keyHash(key) === stableHash(canonicalBytes(key))));
});

test.each([
  ['nothing', ''],
  ['an unknown tag', '09'],
  ['a cut number', '033ff0'],
  ['a cut string', '060561'],
  ['a length without end', '06ffffffffffffffff'],
  ['an overlong length', '06810061'],
  ['-0', '038000000000000000'],
  ['NaN', '037ff8000000000000'],
  ['infinity', '037ff0000000000000'],
  ['a bigint with a leading zero', '04020001'],
  ['a negative zero bigint', '0500'],
  ['an overlong character', '0602c080'],
  ['a pair written as two surrogates', '0606eda0bdedb880'],
  ['a point beyond Unicode', '0604f7bfbfbf'],
  ['a cut character', '0601c3'],
  ['a tuple in a tuple', '07010700'],
  ['a tuple that claims a billion parts', '078094ebdc03'],
  ['a tuple that claims more parts than an array can have', '07ffffffff7f'],
  ['bytes behind the end', '06016100'],
])('bytes that no key has are refused: %s', (_what, bytes) => {
  expect(() => keyOf(Buffer.from(bytes, 'hex'))).toThrow(expect.objectContaining({ code: 'HR_KEY_CORRUPT' }));
});

test('where a key ends is known without making it, whatever stands behind it', () => {
  fc.assert(
    fc.property(anyKey, fc.uint8Array({ maxLength: 4 }), (key, behind) => {
      const bytes = canonicalBytes(key);
      return canonicalEnd(Uint8Array.from([7, ...bytes, ...behind]), 1) === 1 + bytes.length;
    }),
    { numRuns: 2000 },
  );
});

test('random bytes are refused or are exactly what their key is written as', () => {
  const tagged = fc
    .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 12 }))
    .map(([tag, length, rest]) => Uint8Array.from([tag, length, ...rest]));
  fc.assert(
    fc.property(tagged, (bytes) => {
      let key: Key;
      let end = -1;
      try {
        end = canonicalEnd(bytes, 0);
        key = keyOf(bytes);
      } catch (error) {
        // Nothing is wrong with a key that has something behind it: only `keyOf` takes all bytes.
        return (error as { code?: string }).code === 'HR_KEY_CORRUPT' && end !== bytes.length;
      }
      return Buffer.compare(canonicalBytes(key), bytes) === 0 && end === bytes.length;
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['numbered strings', (i: number): Key => `user-${i}`],
  ['whole numbers', (i: number): Key => i],
  ['multiples of 1,024', (i: number): Key => i * 1024],
  ['bigints', (i: number): Key => BigInt(i) * 1_000_003n],
  ['pairs', (i: number): Key => ['eu', i]],
])('keys like %s spread evenly over the groups', (_what, keyAt) => {
  const keys = 128_000;
  const counts = new Uint32Array(128);
  for (let i = 0; i < keys; i++) counts[keyGroup(keyHash(keyAt(i)))]!++;
  // Chi-squared with 127 degrees of freedom: mean 127, standard deviation 16; a fair hash exceeds 220 once in a million.
  const expected = keys / 128;
  const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(chi).toBeLessThan(220);
});

test('whether bytes are those of a key is found as by encoding it', () => {
  const close = fc.constantFrom<Key>(
    '',
    'a',
    'ab',
    'b',
    'ü',
    'aü',
    'üa',
    'a'.repeat(127),
    'a'.repeat(128),
    'x'.repeat(127),
    0,
    -0,
    1,
    1n,
    true,
    ['a'],
    ['a', 'b'],
  );
  fc.assert(
    fc.property(fc.oneof(anyKey, close), fc.oneof(anyKey, close), (key, other) => {
      const bytes = Uint8Array.from([9, ...canonicalBytes(other)]);
      expect(isKeyAt(key, bytes, 1)).toBe(hex(key) === hex(other));
      expect(isKeyAt(other, bytes, 1)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
