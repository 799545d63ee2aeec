import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesText, columns, cutTo, printable, timeText } from './printable.ts';

test('what would move, colour or turn something on a terminal is shown as an escape', () => {
  expect(printable('a\u001b[31mb\u009b2J\u0007\r\nc\u202ed')).toBe('a\\u001b[31mb\\u009b2J\\u0007\\r\\nc\\u202ed');
  expect(printable('grüezi\t日本 👋')).toBe('grüezi\t日本 👋');
});

test('in a line of JSON the escapes mean what they stand for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(JSON.stringify(text));
      expect(JSON.parse(shown)).toBe(text);
      expect(shown).not.toMatch(/(?!\t)\p{Cc}/u);
    }),
  );
});

test('bytes are text where they are UTF-8, else digits with a length', () => {
  expect(bytesText(Buffer.from('größe'))).toBe('größe');
  expect(bytesText(Uint8Array.of(0xff, 0, 16))).toBe('<3 bytes> ff0010');
  expect(bytesText(new Uint8Array(1000).fill(0xff))).toBe(`<1000 bytes> ${'ff'.repeat(256)}…`);
});

test('text is cut where it is too long, times of no calendar are numbers, and columns stand below each other', () => {
  expect([cutTo('abcd', 4), cutTo('abcde', 4)]).toEqual(['abcd', 'abc…']);
  expect([timeText(0), timeText(9e15), timeText(Number.NaN)]).toEqual(['1970-01-01T00:00:00.000Z', '9000000000000000', 'NaN']);
  expect(
    columns([
      ['a', 'bb', 'c'],
      ['aaa', '', ''],
    ]),
  ).toBe('  a    bb  c\n  aaa\n');
});
