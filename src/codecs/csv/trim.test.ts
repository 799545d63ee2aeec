import { describe, expect, test, vi } from 'vitest';
import { readCsv } from './csv-rig.ts';
import { PlainRows } from './plain-rows.ts';

const names = ['a', 'b'] as const;
const texts = { header: names, columns: { a: 'string', b: 'string?' }, trim: true } as const;

describe.each([{ isPlain: false }, { isPlain: true }])('read plainly: $isPlain', ({ isPlain }) => {
  test.each([
    ['around places', '  a\t, b \n', [['a', 'b']]],
    ['within places, which are text', 'a b, c\td\n', [['a b', 'c\td']]],
    ['around quotes', ' "a" ,\t"b"\t\n', [['a', 'b']]],
    ['between quotes, which are text', '" a\t", " "" " \n', [[' a\t', ' " ']]],
    ['around a line end in quotes', ' " a\n " , b\n', [[' a\n ', 'b']]],
    ['in front of a carriage return', 'a , b \r\n "c" , "d" \r\n', [...[['a', 'b']], ['c', 'd']]],
    ['behind a carriage return, which is text then', 'a,b\r \n', [['a', 'b\r']]],
    ['at the end of the file', ' a , "b" ', [['a', 'b']]],
    ['alone in a place, which is nothing', ' \t, \t\n', [['', null]]],
    ['alone on a line, which is no row', '  \n\t\r\na,b\n \t ', [['a', 'b']]],
    ['in front of a quote that is text', ' 5" , x\n', [['5"', 'x']]],
    ['of another kind, which are text', '\u00a0a,\vb\f\n', [['\u00a0a', '\vb\f']]],
    ['longer than is looked at at once', `${' '.repeat(200)}"a"${' '.repeat(200)},${'\t'.repeat(200)}b\n`, [['a', 'b']]],
  ])('blanks %s', (_name, file, rows) => {
    const all = readCsv(texts, file, { isPlain });
    expect(all).toMatchObject({ rows, refused: [] });
    const cuts = Array.from({ length: Buffer.byteLength(file) }, (_, i) => i);
    expect(readCsv(texts, file, { isPlain, cuts, limit: 1 })).toMatchObject({ rows, at: all.at });
  });

  test('names, numbers, times, null tokens and one of few strings are read without their blanks', () => {
    const settings = {
      columns: { n: 'number?', i: 'integer', z: 'bigint', t: 'time', ok: 'boolean', land: { as: 'string', oneOf: ['CH'] } },
      nulls: ['NULL'],
      trim: true,
    } as const;
    const file =
      ' n , "i", z,t ,\tok, land\n 1.5e400000 , "7" , 8,2026-01-31 , yes ,CH \n NULL , 1,2 , 2026-01-31\t,f, "CH"\n 0.1 ,1,2,2026-01-31,t,CH\n';
    const { rows, refused } = readCsv(settings, file, { isPlain });
    expect(rows).toEqual([
      [null, 1, 2n, Date.UTC(2026, 0, 31), false, 'CH'],
      [0.1, 1, 2n, Date.UTC(2026, 0, 31), true, 'CH'],
    ]);
    expect(refused).toMatchObject([{ before: 0, message: expect.stringContaining('column \'n\': "1.5e400000" is not a number') }]);
  });

  test('blanks that stand between quotes are part of what is no number', () => {
    expect(readCsv({ header: names, columns: { a: 'integer' }, trim: true }, ' " 1" ,x\n', { isPlain }).refused).toMatchObject([
      { message: expect.stringContaining('" 1" is not a whole number') },
    ]);
  });

  test('what stands behind a closing quote and its blanks is wrong, and opens no other place', () => {
    const { rows, refused } = readCsv(texts, ' "a"  "x,b\nc,d\n', { isPlain });
    expect(rows).toEqual([['c', 'd']]);
    expect(refused).toMatchObject([{ code: 'HR_CSV_QUOTE', bytes: ' "a"  "x,b' }]);
  });

  test('a tab that separates is not cut off', () => {
    expect(readCsv({ ...texts, separator: '\t' }, ' a \t\n\tb\n\t\n', { isPlain }).rows).toEqual([
      ['a', null],
      ['', 'b'],
      ['', null],
    ]);
    expect(readCsv({ ...texts, separator: ' ' }, '\ta \tb\t\n', { isPlain }).rows).toEqual([['a', 'b']]);
  });

  test('numbers with a comma before their fraction', () => {
    const settings = {
      header: ['n', 's', 'i'],
      columns: { n: 'number?', s: { as: 'time', unit: 's' }, i: 'integer?' },
      decimal: ',',
    } as const;
    const file = [
      '"1,5","2,25",3',
      '"-0,5e3",1,',
      '"0,1234567890123456890",1,',
      '",5","5,",',
      ',1,',
      '1.5,1,',
      '"1,2,3",1,',
      '1,"1.5",',
      '1,1,"1,0"',
      '1e5,1,-7',
    ].join('\n');
    const { rows, refused } = readCsv(settings, file, { isPlain });
    expect(rows).toEqual([
      [1.5, 2250, 3],
      [-500, 1000, null],
      [Number('0.1234567890123456890'), 1000, null],
      [0.5, 5000, null],
      [null, 1000, null],
      [1e5, 1000, -7],
    ]);
    expect(refused.map(({ message }) => message.split(' (')[0])).toEqual([
      'column \'n\': "1.5" is not a number',
      'column \'n\': "1,2,3" is not a number',
      'column \'s\': "1.5" is no time in s',
      'column \'i\': "1,0" is not a whole number',
    ]);
  });
});

test('rows with blanks and commas are read by WebAssembly: nobody reads them again', () => {
  const readRow = vi.spyOn(PlainRows.prototype, 'readRow');
  const settings = {
    header: ['a', 'b', 'n'],
    columns: { a: 'string', b: 'string', n: 'number' },
    separator: ';',
    trim: true,
    decimal: ',',
  } as const;
  const file = ` x ; " y ""z"" " ;\t1,5 \r\n\t"two\nlines" ; ; "2,25" \r\n \r\n`.repeat(500);
  const { rows } = readCsv(settings, file);
  expect(rows).toHaveLength(1000);
  expect(rows.slice(-2)).toEqual([
    ['x', ' y "z" ', 1.5],
    ['two\nlines', '', 2.25],
  ]);
  expect(readRow).not.toHaveBeenCalled();
  readRow.mockRestore();
});
