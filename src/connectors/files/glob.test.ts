import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globParts, hasWildcards, NamePattern } from './glob.ts';

test.each([
  ['*', 'any name', true],
  ['*', '.hidden', false],
  ['.*', '.hidden', true],
  ['*.csv', 'a.csv', true],
  ['*.csv', 'a.csv.gz', false],
  ['*.csv*', 'a.csv.gz', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[!a-c]x', 'dx', true],
  ['[^a-c]x', 'bx', false],
  ['[a-]', '-', true],
  ['[]]', ']', true],
  ['[!]]', ']', false],
  ['[', '[', true],
  ['a-b', 'a-b', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['*ü*', 'grün', true],
  ['a.b', 'axb', false],
])('the pattern %s and the name %s: %s', (pattern, name, matches) => {
  expect(new NamePattern(pattern).matches(name)).toBe(matches);
});

test('a pattern matches what the same regular expression does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('*', '?', 'a', 'b', '-'), { maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 10 }),
      (tokens, name) => {
        const expression = tokens.map((token) => (token === '*' ? '.*' : token === '?' ? '.' : token)).join('');
        expect(new NamePattern(tokens.join('')).matches(name)).toBe(new RegExp(`^${expression}$`).test(name));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a hostile name costs its length times the length of the pattern', () => {
  // A matcher that goes back to every star needs 10^20 steps here.
  expect(new NamePattern(`${'*a'.repeat(20)}b`).matches('a'.repeat(5000))).toBe(false);
});

test('braces become patterns, and one that is not closed stands for itself', () => {
  const names = (pattern: string): string[] =>
    globParts(pattern).map(({ root, parts }) => `${root}|${parts.map((part) => (typeof part === 'string' ? part : '~')).join('/')}`);
  expect(names('in/{a,b}.csv')).toEqual(['in|a.csv', 'in|b.csv']);
  expect(names('{x,y{1,2}}/z')).toEqual(['x|z', 'y1|z', 'y2|z']);
  expect(names('in/{a.csv')).toEqual(['in|~']);
  expect(names('in/{a}/b*')).toEqual(['in|~/~']);
  expect(names('/**/a')).toEqual(['/|**/a']);
  expect(names('*.csv')).toEqual(['|~']);
  expect(() => globParts('{1,2,3,4,5,6,7,8,9,0}'.repeat(4))).toThrow(/more than 1000 patterns/);
});

test('a path without wildcards is none', () => {
  expect([hasWildcards('/a/b.csv'), hasWildcards('/a/*.csv'), hasWildcards('a{1,2}')]).toEqual([false, true, true]);
});
