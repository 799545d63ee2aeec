import { expect, test } from 'vitest';
import type { DeadLetter } from '../core/letter.ts';
import { json } from './json.ts';
import { letters } from './letters.ts';

const letter: DeadLetter = {
  id: 's/0/7',
  operator: 'charge',
  error: { code: 'HR_RECORD_REFUSED', what: 'no funds' },
  origin: { source: 's', partition: '0', position: '7' },
  time: 5,
  key: ['ann', 3n],
};

test('a letter comes back with its value, whatever that is', () => {
  const codec = letters();
  for (const value of [{ a: 1n, at: new Date(3), seen: new Set([1]) }, undefined, null, 'x', 0])
    expect(codec.decode(codec.encode({ ...letter, value }))).toEqual({ ...letter, value });
  const bytes = Uint8Array.of(1, 2);
  expect(codec.decode(codec.encode({ ...letter, bytes }))).toEqual({ ...letter, bytes });
});

test('a value goes by the codec of its edge, and comes as bytes where that is not known', () => {
  const codec = letters((operator) => (operator === 'charge' ? json() : undefined));
  const written = codec.encode({ ...letter, value: { amount: 7 } });
  expect(codec.decode(written)).toEqual({ ...letter, value: { amount: 7 } });
  expect(letters().decode(written)).toEqual({ ...letter, bytes: new TextEncoder().encode('{"amount":7}') });
});

test('of a value without bytes the letter says why, and is not refused', () => {
  const codec = letters();
  const { key: _key, ...rest } = letter;
  const read = codec.decode(codec.encode({ ...letter, value: { fn: () => 1 } }));
  expect(read).toEqual({ ...rest, lost: expect.stringMatching(/function/) });
});
