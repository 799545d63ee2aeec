import { expect, test } from 'vitest';
import { behindLine, plainQuotedBytes, Quotes, quotedBytes } from './threads-quotes.ts';

const QUOTE = 34;

test('quotes are counted alike by WebAssembly and without it, from any byte to any other', () => {
  const text = Buffer.from('a"b""c'.repeat(50).replace('cab', '"'.repeat(65)));
  const [fast, plain] = [quotedBytes(text.length), plainQuotedBytes(text.length)];
  for (const { bytes } of [fast, plain]) bytes.set(text);
  for (let from = 0; from < text.length; from += 7) {
    for (let to = from; to <= text.length; to++) {
      const count = text.subarray(from, to).filter((byte) => byte === QUOTE).length;
      expect(fast.isOdd(from, to, QUOTE), `${from} to ${to}`).toBe(count % 2 === 1);
      expect(plain.isOdd(from, to, QUOTE)).toBe(count % 2 === 1);
    }
  }
});

test('a line end between quotes is none', () => {
  const bytes = Buffer.from('a\n"b\n"\nc');
  const look = (isQuoted: boolean, from = 0, quote = QUOTE): number => behindLine(bytes, { from, to: bytes.length, quote, isQuoted });
  expect([look(false), look(false, 2), look(true), look(true, 2)]).toEqual([2, 7, 5, 5]);
  expect(look(false, 7)).toBe(-1);
  expect(look(false, 2, -1)).toBe(5);
});

test('each unit hears of the quotes of all before it', () => {
  const one = new Quotes();
  const two = new Quotes(one.memory);
  expect([one.pass(0, true), two.pass(1, false), one.pass(2, true), two.pass(3, true), one.pass(4, true)]).toEqual([
    false,
    true,
    true,
    false,
    true,
  ]);
  two.tell(5, true);
  expect(one.pass(6, false)).toBe(true);
  expect([two.turns, two.isTurned]).toEqual([0, false]);
  one.turn();
  expect([two.turns, two.isTurned]).toEqual([1, true]);
});
