import { expect, test } from 'vitest';
import { guessCsv } from './guess.ts';

const guess = (text: string, isWhole = true): ReturnType<typeof guessCsv> => guessCsv(Buffer.from(text), isWhole);
const kinds = (text: string): readonly string[] =>
  guess(text)!.columns.map(({ name, kind, mayBeNull }) => `${name}: ${kind}${mayBeNull ? '?' : ''}`);

test('columns are what all their places are', () => {
  expect(
    kinds('id,big,price,at,ok,note,zip\n1,9007199254740993,1,2026-01-31,true,x,01067\n2,1,-2.5e3,2026-01-31T12:30:00Z,f,"1",80331\n'),
  ).toEqual(['id: integer', 'big: bigint', 'price: number', 'at: time', 'ok: boolean', 'note: string', 'zip: string']);
});

test('columns with empty places may be empty', () => {
  expect(kinds('a,b,c\n1,,x\n,"",y\n')).toEqual(['a: integer?', 'b: string?', 'c: string']);
});

test.each([
  ['a;b\n1,5;2\n', ';'],
  ['a\tb\n1\t2,3\n', '\t'],
  ['a|b|c\n1|2|3\n', '|'],
  ['a,b\n"x;y;z",2\n', ','],
  ['a\n1\n', ','],
])('the separator of %j is %j', (text, separator) => {
  expect(guess(text)!.separator).toBe(separator);
});

test('a first line with a number, an empty place or a name twice is no header', () => {
  expect(guess('a,1\nb,2\n')).toMatchObject({
    hasHeader: false,
    rows: 2,
    columns: [{ name: 'column1' }, { name: 'column2', kind: 'integer' }],
  });
  expect(guess('a,\n')!.hasHeader).toBe(false);
  expect(guess('a,a\n')!.hasHeader).toBe(false);
  expect(guess('a,b\n')!.hasHeader).toBe(true);
  expect(guess('x,y\n1,2\n')!.hasHeader).toBe(true);
  expect(guess('x,y\nz,n\n')!.hasHeader).toBe(false);
});

test('what stands for nothing is found where the rest is no text', () => {
  expect(guess('a,b\n1,NA\nNULL,NA\n')).toMatchObject({
    nulls: ['', 'NULL'],
    columns: [
      { kind: 'integer', mayBeNull: true },
      { kind: 'string', mayBeNull: false },
    ],
  });
});

test('blanks around places are cut off where names, kinds or rows would be others', () => {
  expect(guess('id, name, n\n1, x,  1\n22, y, 22\n')).toMatchObject({
    trims: true,
    columns: [{ name: 'id' }, { name: 'name' }, { name: 'n', kind: 'integer' }],
  });
  expect(guess('a;b\n"1" ;2\n')).toMatchObject({ trims: true, rows: 1 });
  expect(guess('a;b\nsome text ;2\n')).toMatchObject({ trims: false });
  expect(guess('a\tb\n1\t\n')).toMatchObject({ separator: '\t', trims: false });
});

test('a comma stands before fractions where no number has a point, and it cannot be one of thousands', () => {
  expect(guess('a;b\n1,5;x\n-0,125;y\n')).toMatchObject({ decimal: ',', columns: [{ kind: 'number' }, { kind: 'string' }] });
  expect(guess('a;b\n1,5;1.5\n')).toMatchObject({ decimal: '.', columns: [{ kind: 'string' }, { kind: 'number' }] });
  expect(guess('a;b\n1,234;x\n12,500;x\n')).toMatchObject({ decimal: '.', columns: [{ kind: 'string' }, {}] });
  expect(guess('a,b\n"0,234",1\n')).toMatchObject({ decimal: ',', columns: [{ kind: 'number' }, { kind: 'integer' }] });
});

test('half a row at the end of a sample does not count, nor rows of another length', () => {
  expect(guess('a,b\n1,2\n3,x', false)).toMatchObject({ rows: 1, columns: [{}, { kind: 'integer' }] });
  expect(guess('a,b\n1,2\n3\n')).toMatchObject({ rows: 2, ragged: 1 });
  expect(guess('\n\n')).toBeUndefined();
});
