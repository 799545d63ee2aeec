import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folderName } from './folder-name.ts';

test('plain names stay, and what a system could take for something else is written as bytes', () => {
  expect(folderName('orders-2.v1_a')).toBe('orders-2.v1_a');
  expect(folderName('a/b')).toBe('a%2Fb');
  expect(folderName('..')).toBe('%2E%2E');
  expect(folderName('.hidden.')).toBe('%2Ehidden%2E');
  expect(folderName('100%')).toBe('100%25');
  expect(folderName('con')).toBe('%63on');
  expect(folderName('nul.txt')).toBe('%6Eul.txt');
});

test('different names give different folders, of letters that every system takes, and none is too long', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'grapheme', maxLength: 300 }),
      fc.string({ minLength: 1, unit: 'grapheme', maxLength: 300 }),
      (a, b) => {
        expect(folderName(a)).toMatch(/^[A-Za-z0-9_%-]([A-Za-z0-9_.%-]{0,160}[A-Za-z0-9_%-])?$/);
        expect(folderName(a) === folderName(b)).toBe(a === b);
      },
    ),
  );
  expect(folderName('x'.repeat(200))).not.toBe(folderName(`${'x'.repeat(199)}y`));
});
