import fc from 'fast-check';
import { expect, test } from 'vitest';
import { painted, widthOf } from './text-line.ts';

const plain = (_style: string, text: string): string => text;

test('a line that fits stays as it is', () => {
  expect(painted([{ text: 'in ' }, { text: '12', style: 'bold' }], 5, plain)).toEqual({ text: 'in 12', width: 5 });
});

test('a longer one ends with an ellipsis inside the columns', () => {
  expect(painted([{ text: 'operator' }, { text: '  in/s' }], 10, plain)).toEqual({ text: 'operator …', width: 10 });
});

test('cutting happens before painting, so that no colour is cut in two', () => {
  const bold = (_style: string, text: string): string => `<b>${text}</b>`;
  expect(painted([{ text: 'orders', style: 'bold' }], 4, bold).text).toBe('<b>ord</b>…');
});

test('wide letters take two columns, marks none', () => {
  expect([...['abc', '注文', 'e\u0301', '🚰', '👩‍👩‍👧']].map(widthOf)).toEqual([3, 4, 1, 2, 2]);
  expect(painted([{ text: '注文注文' }], 6, plain)).toEqual({ text: '注文…', width: 5 });
});

test('an operator whose name holds escape sequences cannot move the cursor', () => {
  expect(painted([{ text: 'a\u001b[2Jb\nc\u0007' }], 20, plain).text).toBe('ab\u{fffd}c\u{fffd}');
});

test('no line is ever wider than the screen', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 40 }), (texts, columns) => {
      const line = painted(
        texts.map((text) => ({ text })),
        columns,
        plain,
      );
      expect(line.width).toBeLessThanOrEqual(columns);
      expect(widthOf(line.text)).toBe(line.width);
    }),
  );
});
