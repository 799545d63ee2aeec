import { expect, test } from 'vitest';
import { checkKey } from './keys.ts';

test.each([
  { key: '' },
  { key: 'a' },
  { key: 0 },
  { key: -1.5 },
  { key: 5e-324 },
  { key: 1n },
  { key: true },
  { key: false },
  { key: [] },
  { key: ['a', 1, 2n, false] },
])('$key is a key and comes back as it is', ({ key }) => {
  expect(checkKey(key)).toBe(key);
});

test('-0 becomes 0, also inside a tuple, and the array of the user stays as it was', () => {
  expect(Object.is(checkKey(-0), 0)).toBe(true);
  const given = ['a', -0];
  const key = checkKey(given) as readonly unknown[];
  expect(Object.is(key[1], 0)).toBe(true);
  expect(Object.is(given[1], -0)).toBe(true);
});

test.each([
  [Number.NaN, 'NaN cannot be a key'],
  [Number.POSITIVE_INFINITY, 'Infinity cannot be a key'],
  [undefined, 'undefined cannot be a key'],
  [null, 'null cannot be a key'],
  [{}, 'an object cannot be a key'],
  [new Date(0), 'an object cannot be a key'],
  [Object('a'), 'an object cannot be a key'],
  [() => 1, 'a function cannot be a key'],
  [Symbol('s'), 'a symbol cannot be a key'],
  [Promise.resolve('a'), 'an object cannot be a key'],
  [['a', Number.NaN], 'Part 2 of a key is NaN'],
  [[['a']], 'Part 1 of a key is an array'],
  [['a', undefined], 'Part 2 of a key is undefined'],
  [new Array<unknown>(2), 'Part 1 of a key is undefined'],
  [[{}], 'Part 1 of a key is an object'],
] as readonly (readonly [unknown, string])[])('what is no key is refused by name (%#)', (value, what) => {
  expect(() => checkKey(value, 'by-user')).toThrow(
    expect.objectContaining({ code: 'HR_KEY_INVALID', action: 'deadLetter', what, where: 'by-user' }),
  );
});
