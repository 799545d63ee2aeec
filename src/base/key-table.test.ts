import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyGroup } from '../core/hash.ts';
import { canonicalBytes, keyHash } from '../core/key-bytes.ts';
import type { Key } from '../core/keys.ts';
import { InternedKeys } from './key-table.ts';

test('ids count up from 0 in the order keys first come, and a key keeps its id', () => {
  const keys = new InternedKeys();
  const given: Key[] = ['a', 1, 1n, '1', true, ['a'], ['a', 1], ['a', '1'], ['a', 1n], ['a1'], [], ''];
  expect(given.map((key) => keys.idOf(key))).toEqual(given.map((_, i) => i));
  expect(given.map((key) => keys.idOf(structuredClone(key)))).toEqual(given.map((_, i) => i));
  expect(keys.size).toBe(given.length);
  expect(given.map((_, id) => keys.keyAt(id))).toEqual(given);
});

test('-0 and 0 are one key, which is 0, also inside tuples and when -0 comes first', () => {
  const keys = new InternedKeys();
  expect(keys.idOf(-0)).toBe(keys.idOf(0));
  expect(keys.idOf(['a', -0])).toBe(keys.idOf(['a', 0]));
  expect(Object.is(keys.keyAt(0), 0)).toBe(true);
  expect(keys.keyAt(1)).toEqual(['a', 0]);
});

test('the group is the one of the canonical bytes', () => {
  const keys = new InternedKeys();
  const few = new InternedKeys({ maxParallelism: 7 });
  for (const key of ['a', 5, -3n, ['eu', 7], false, 'ü'.repeat(100)] as Key[]) {
    expect(keys.groupAt(keys.idOf(key))).toBe(keyGroup(keyHash(key)));
    expect(few.groupAt(few.idOf(key))).toBe(keyGroup(keyHash(key), 7));
  }
});

test('a group that came with a key is taken as it is, once, and one that cannot be is refused', () => {
  const keys = new InternedKeys({ maxParallelism: 8, where: 'by-user' });
  const other = (keyGroup(keyHash('ann'), 8) + 1) % 8;
  expect(keys.groupAt(keys.idOf('ann', other))).toBe(other);
  expect(keys.groupAt(keys.idOf('ann'))).toBe(other);
  expect(keys.groupAt(keys.idOf(['eu', 1], 0))).toBe(0);
  for (const wrong of [8, -1, 0.5, Number.NaN])
    expect(() => keys.idOf('bob', wrong)).toThrow(expect.objectContaining({ code: 'HR_KEY_CORRUPT', where: 'by-user' }));
  expect(keys.size).toBe(2);
});

test('tuples are one exactly when their parts are, whatever is written in them', () => {
  // Text made of the signs the table itself uses between parts.
  const tricky = fc.string({ unit: fc.constantFrom('"', '#', 'n', 't', 'f', '1', '2', '-', '.', '?'), maxLength: 4 });
  const part = fc.oneof(
    tricky,
    fc.integer({ min: -2, max: 12 }),
    fc.bigInt({ min: -2n, max: 12n }),
    fc.boolean(),
    fc.constantFrom(1e21, 1.5, -0),
  );
  const tuple = fc.array(part, { maxLength: 3 });
  const keys = new InternedKeys();
  fc.assert(
    fc.property(tuple, tuple, (a, b) => {
      const same = a.length === b.length && a.every((x, i) => new Set<unknown>([x, b[i]]).size === 1);
      return (keys.idOf(a) === keys.idOf(b)) === same;
    }),
    { numRuns: 3000 },
  );
});

test('an array that its owner changes afterwards does not change the key', () => {
  const keys = new InternedKeys();
  const mine = ['eu', 1];
  const id = keys.idOf(mine);
  mine[1] = 2;
  expect(keys.keyAt(id)).toEqual(['eu', 1]);
  expect(keys.idOf(mine)).not.toBe(id);
  expect(Object.isFrozen(keys.keyAt(id))).toBe(true);
});

test('what is no key is refused every time and leaves nothing behind', () => {
  const keys = new InternedKeys({ where: 'by-user' });
  for (const wrong of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    undefined,
    null,
    {},
    ['a', null],
    [['a']],
    [Number.NaN],
    ['?'],
    [{}],
    Symbol('s'),
  ]) {
    const isKey = Array.isArray(wrong) && wrong[0] === '?';
    for (let time = 0; time < 2; time++) {
      const ask = (): number => keys.idOf(wrong as Key);
      if (isKey) expect(ask()).toBe(0);
      else expect(ask).toThrow(expect.objectContaining({ code: 'HR_KEY_INVALID', where: 'by-user' }));
    }
  }
  expect(keys.size).toBe(1);
});

test('more keys than the bound are refused with what to do; known keys go on working', () => {
  const keys = new InternedKeys({ maxKeys: 3, where: 'by-request' });
  for (const key of ['a', 'b', ['c']] as Key[]) keys.idOf(key);
  expect(() => keys.idOf('d')).toThrow(
    expect.objectContaining({ code: 'HR_KEYS_FULL', where: 'by-request', todo: expect.stringContaining('maxKeys') }),
  );
  expect(() => keys.idOf(['d'])).toThrow(expect.objectContaining({ code: 'HR_KEYS_FULL' }));
  expect([keys.idOf('a'), keys.idOf(['c']), keys.size]).toEqual([0, 2, 3]);
});

test('100,000 keys keep their ids and groups while the table grows, and it says what they hold', () => {
  const keys = new InternedKeys();
  for (let i = 0; i < 100_000; i++) keys.idOf(`user-${i}`);
  for (const i of [0, 63, 64, 65_535, 65_536, 99_999]) {
    expect(keys.idOf(`user-${i}`)).toBe(i);
    expect(keys.groupAt(i)).toBe(keyGroup(keyHash(`user-${i}`)));
  }
  expect(keys.bytes).toBeGreaterThan(100_000 * 60);
});

test('whole numbers in any order and density are the same keys by whatever way they are found', () => {
  const number = fc.oneof(
    fc.nat({ max: 30 }),
    fc.nat({ max: 5000 }),
    fc.integer(),
    fc.constantFrom(1023, 1024, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 53, -0, 0.5, -1),
  );
  fc.assert(
    fc.property(fc.array(number, { maxLength: 300 }), (numbers) => {
      const keys = new InternedKeys();
      const model = new Map<number, number>();
      for (const key of [...numbers, ...numbers]) {
        if (!model.has(key)) model.set(key, model.size);
        expect(keys.idOf(key)).toBe(model.get(key));
      }
      expect(keys.size).toBe(model.size);
    }),
  );
  const dense = new InternedKeys();
  for (const round of [1, 2]) for (let i = 0; i < 20_000; i++) expect(dense.idOf(i * 3), String(round)).toBe(i);
});

test('an option that makes no sense is refused', () => {
  for (const options of [{ maxKeys: 0 }, { maxKeys: 2 ** 24 }, { maxParallelism: 0 }, { maxParallelism: 40_000 }])
    expect(() => new InternedKeys(options)).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID' }));
});

const anyKey: fc.Arbitrary<Key> = fc.oneof(
  fc.integer({ min: -3, max: 40 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.boolean(),
  fc.string({ maxLength: 3 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', 'x'.repeat(127), 'x'.repeat(128), 'ü', '\ud800'),
  fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'ü', true, -1n, 1.5)), { maxLength: 3 }),
);

test('keys that came as bytes are the same keys as those that came as values, in whatever order both are met', () => {
  const step = fc.record({ key: anyKey, as: fc.constantFrom('bytes', 'bytes', 'value') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), fc.constantFrom(1, 7, 128), (steps, maxParallelism) => {
      const keys = new InternedKeys({ maxParallelism });
      const plain = new InternedKeys({ maxParallelism });
      for (const { key, as } of steps) {
        // Not at the beginning, as in a section of a checkpoint.
        const bytes = Uint8Array.from([9, 9, ...canonicalBytes(key), 9]);
        const id = as === 'bytes' ? keys.enter(bytes, 2, bytes.length - 1) : keys.idOf(structuredClone(key));
        expect(id).toBe(plain.idOf(key));
      }
      expect(keys.size).toBe(plain.size);
      for (let id = 0; id < plain.size; id++) {
        expect([...keys.bytesAt(id)]).toEqual([...canonicalBytes(plain.keyAt(id))]);
        expect([keys.keyAt(id), keys.groupAt(id)]).toEqual([plain.keyAt(id), plain.groupAt(id)]);
        expect(keys.idOf(plain.keyAt(id))).toBe(id);
      }
    }),
    { numRuns: 300 },
  );
});

test('100,000 keys that came as bytes are found by their values, those of one group too, and take the bounds and groups as any other', () => {
  const keys = new InternedKeys({ maxKeys: 100_000, maxParallelism: 8, where: 'by-user' });
  const block = Buffer.concat(Array.from({ length: 100_000 }, (_, i) => canonicalBytes(`user ${String(i).padStart(6, '0')}`)));
  for (let i = 0; i < 100_000; i++) expect(keys.enter(block, i * 13, i * 13 + 13, i < 50_000 ? 3 : undefined)).toBe(i);
  const before = keys.bytes;
  expect(before).toBeLessThan(100_000 * 60);
  expect([keys.keyAt(-1), keys.keyAt(100_000)]).toEqual([undefined, undefined]);
  for (const id of [0, 49_999, 50_000, 99_999]) expect(keys.keyAt(id)).toBe(`user ${String(id).padStart(6, '0')}`);
  for (let i = 99_999; i >= 0; i -= 7) expect(keys.idOf(`user ${String(i).padStart(6, '0')}`)).toBe(i);
  expect([keys.groupAt(1), keys.groupAt(60_000)]).toEqual([3, keyGroup(keyHash('user 060000'), 8)]);
  expect(keys.bytes).toBeGreaterThan(before);
  const other = canonicalBytes('somebody else');
  expect(() => keys.enter(other, 0, other.length)).toThrow(expect.objectContaining({ code: 'HR_KEYS_FULL' }));
  expect(() => new InternedKeys({ maxParallelism: 8 }).enter(other, 0, other.length, 8)).toThrow(
    expect.objectContaining({ code: 'HR_KEY_CORRUPT' }),
  );
});

test('when all keys that came as bytes have been met, the bytes go, and bytes that come then find the keys again', () => {
  const keys = new InternedKeys();
  const [a, b] = [canonicalBytes('a'), canonicalBytes(['b', 1])];
  expect([keys.enter(a, 0, a.length), keys.enter(b, 0, b.length)]).toEqual([0, 1]);
  expect([keys.idOf(['b', 1]), keys.idOf('a')]).toEqual([1, 0]);
  expect([keys.enter(b, 0, b.length), keys.enter(a, 0, a.length), keys.size]).toEqual([1, 0, 2]);
  expect(Object.isFrozen(keys.keyAt(1))).toBe(true);
});
