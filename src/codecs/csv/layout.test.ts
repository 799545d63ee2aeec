import { describe, expect, test } from 'vitest';
import { readCsv } from './csv-rig.ts';

const two = { header: ['a', 'b'], columns: { a: 'string', b: 'string' } } as const;

describe.each([{ isPlain: false }, { isPlain: true }])('read plainly: $isPlain', ({ isPlain }) => {
  test('names are found in the header, in any order and among others', () => {
    const settings = { columns: { price: 'number', id: { as: 'integer', from: 'Nr.' } } } as const;
    expect(readCsv(settings, '#x,"Nr.",price\n9,1,2.5\n9,2,3\n', { isPlain }).rows).toEqual([
      [2.5, 1],
      [3, 2],
    ]);
    expect(readCsv({ ...settings, comment: '#' }, '#x,y\nprice,Nr.\n#1,2\n3,4\n#', { isPlain }).rows).toEqual([[3, 4]]);
  });

  test.each([
    [
      { columns: { a: 'string', price: 'number' } },
      'a;price\n1;2\n',
      `HR_CSV_COLUMN_MISSING there is no column 'a' among "a;price" (file:x.csv, line 1). Name it`,
    ],
    [{ columns: { a: 'string' } }, 'a,a\n', "HR_CSV_HEADER_INVALID the header has the column 'a' twice (file:x.csv, line 1)."],
    [{}, 'a,a\n', 'HR_CSV_HEADER_INVALID the header (file:x.csv, line 1) has "a" twice (csv).'],
    [{}, 'a,__proto__\n', 'HR_CSV_HEADER_INVALID the header (file:x.csv, line 1) has the name __proto__'],
    [{}, '\n"a\n', 'HR_CSV_QUOTE the quote at the beginning of place 1 is never closed (file:x.csv, line 2, byte 1)'],
  ] as const)('the header of %o and %j stops the reading', (settings, file, message) => {
    expect(readCsv(settings, file, { isPlain }).stopped).toContain(message);
  });

  test('without columns every column is a string', () => {
    expect(readCsv({}, 'a,b\n1,\n"",x\n', { isPlain }).rows).toEqual([
      ['1', ''],
      ['', 'x'],
    ]);
  });

  test('without a header columns stand in order, or where they say', () => {
    expect(readCsv({ header: false, columns: { a: 'string', b: 'integer' } }, 'x,1\n', { isPlain }).rows).toEqual([['x', 1]]);
    const placed = { header: false, columns: { a: { as: 'string', from: '3' }, b: { as: 'integer', from: '1' } } } as const;
    expect(readCsv(placed, '1,-,x,-\n2,-,y,-\n3,-,z\n', { isPlain })).toMatchObject({
      rows: [
        ['x', 1],
        ['y', 2],
      ],
      refused: [{ code: 'HR_CSV_RAGGED' }],
    });
    expect(readCsv(two, 'a,b\n', { isPlain }).rows).toEqual([['a', 'b']]);
  });

  test('ragged rows are padded or cut where that is wanted', () => {
    const columns = { a: 'string', b: 'integer?', c: 'string' } as const;
    const file = 'a,b,c\nx\ny,1\nz,1,2,3\n';
    expect(readCsv({ columns, ragged: 'pad' }, file, { isPlain })).toMatchObject({
      rows: [
        ['x', null, ''],
        ['y', 1, ''],
      ],
      refused: [{ before: 2, position: 12 }],
    });
    expect(readCsv({ columns, ragged: 'cut' }, file, { isPlain })).toMatchObject({
      rows: [['z', 1, '2']],
      refused: [
        { before: 0, position: 6 },
        { before: 0, position: 8 },
      ],
    });
  });

  test('nothing is null where a column may be empty, and quoted it is an empty string', () => {
    const columns = { a: 'string?', b: 'integer?' } as const;
    expect(readCsv({ columns }, 'a,b\n,\n"",""\n', { isPlain }).rows).toEqual([
      [null, null],
      ['', null],
    ]);
    const nulls = ['NA', '-'];
    expect(readCsv({ columns, nulls }, 'a,b\nNA,-\n"NA",NA\n,1\n', { isPlain }).rows).toEqual([
      [null, null],
      ['NA', null],
      ['', 1],
    ]);
    expect(readCsv({ columns: { a: 'string', b: 'integer' } }, 'a,b\n,\n', { isPlain }).refused[0]!.message).toContain(
      `column 'b': "" is not a whole number (file:x.csv, line 2, byte 4). Allow it to be empty by 'integer?'`,
    );
  });
});
