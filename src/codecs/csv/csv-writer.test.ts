import { expect, test } from 'vitest';
import type { ColumnWishes } from '../column-kinds.ts';
import { failure } from '../codec-rig.ts';
import { csvCodec } from './csv-codec.ts';
import { readCsv } from './csv-rig.ts';
import type { CsvSettings } from './settings.ts';

type Settings = CsvSettings<ColumnWishes | undefined>;

function written(settings: Settings, rows: readonly object[], isEmpty = true): string {
  const encoder = csvCodec({ kind: 'csv', separator: ',', settings }).writing!.open({ where: 'file:x.csv', isEmpty });
  for (const row of rows) encoder.add(row);
  return Buffer.concat([...encoder.take(), ...encoder.end()]).toString();
}

function refusal(settings: Settings, row: unknown): string {
  const encoder = csvCodec({ kind: 'csv', separator: ',', settings }).writing!.open({ where: 'file:x.csv', isEmpty: true });
  const error = failure(() => encoder.add(row)) as Error & { code?: string };
  // What was refused has left nothing behind.
  expect(
    Buffer.concat([...encoder.end()])
      .toString()
      .split('\n').length,
  ).toBeLessThanOrEqual(2);
  return `${error.code}: ${error.message}`;
}

test('a line of names, then the columns in their order', () => {
  const columns = { b: 'integer', a: { as: 'string', from: 'the, name' } } as const;
  expect(
    written({ columns }, [
      { a: 'x', b: 1 },
      { b: 2, a: 'y', more: 0 },
    ]),
  ).toBe('b,"the, name"\n1,x\n2,y\n');
  expect(written({ columns }, [{ a: 'x', b: 1 }], false)).toBe('1,x\n');
  expect(written({ columns }, [])).toBe('b,"the, name"\n');
  expect(written({ columns, header: ['-', 'the, name', 'b'] }, [{ a: 'x', b: 1 }])).toBe(',x,1\n');
  expect(written({ columns: { a: { as: 'string', from: '3' } }, header: false }, [{ a: 'x' }])).toBe(',,x\n');
});

test('without columns the first record names them', () => {
  expect(
    written({}, [
      { b: '1', a: 'x' },
      { a: 'y', b: '2' },
    ]),
  ).toBe('b,a\n1,x\n2,y\n');
  const encoder = csvCodec({ kind: 'csv', separator: ',', settings: {} }).writing!.open({ where: 'x', isEmpty: true });
  encoder.add({ a: '1' });
  expect(failure(() => encoder.add({ a: '1', b: '2' }))).toMatchObject({
    code: 'HR_VALUE_UNENCODABLE',
    what: 'a record has the members a, b, and the first had a',
  });
  expect(failure(() => encoder.add({ b: '2' }))).toMatchObject({ code: 'HR_VALUE_UNENCODABLE' });
  expect(Buffer.concat([...encoder.end()]).toString()).toBe('a\n1\n');
});

test.each([
  ['a plain text', 'x y', 'x y'],
  ['a separator', 'x,y', '"x,y"'],
  ['a quote', 'x"y', '"x""y"'],
  ['a line feed', 'x\ny', '"x\ny"'],
  ['a carriage return', 'x\r', '"x\r"'],
  ['spaces at the ends', ' x', '" x"'],
  ['the comment character at the beginning', '#x', '"#x"'],
  ['what looks like the mark of the byte order', '\ufeffx', '"\ufeffx"'],
  ['nothing, which is not null', '', '""'],
  ['a null token', 'NA', '"NA"'],
  ['null', null, 'NA'],
])('%s', (_name, value, place) => {
  const settings = { columns: { x: 'string?' }, header: ['x'], comment: '#', nulls: ['NA', ''] } as const;
  expect(written(settings, [{ x: value }])).toBe(`${place}\n`);
  expect(readCsv(settings, written(settings, [{ x: value }])).rows).toEqual([[value]]);
});

test.each([
  [{ as: 'number' }, 0.1, '0.1'],
  [{ as: 'number' }, -0, '-0'],
  [{ as: 'number' }, 1e300, '1e+300'],
  [{ as: 'integer' }, 9007199254740991, '9007199254740991'],
  [{ as: 'bigint' }, -9223372036854775808n, '-9223372036854775808'],
  [{ as: 'boolean' }, true, 'true'],
  [{ as: 'time' }, 0, '1970-01-01T00:00:00.000Z'],
  [{ as: 'time' }, 1769862600123.456, '2026-01-31T12:30:00.123456Z'],
  [{ as: 'time' }, -62_167_219_200_000, '0000-01-01T00:00:00.000Z'],
  [{ as: 'time', unit: 's' }, 1769862600123, '1769862600.123'],
  [{ as: 'time', unit: 's' }, -5, '-0.005'],
  [{ as: 'time', unit: 's' }, 2000, '2'],
  [{ as: 'time', unit: 'ms' }, 1769862600123.5, '1769862600123.5'],
  [{ as: 'time', unit: 'us' }, 1769862600123.456, '1769862600123456'],
  [{ as: 'time', unit: 'ns' }, 12, '12000000'],
  [{ as: 'time', unit: 'ns' }, 0, '0'],
] as const)('%o writes %s', (wish, value, place) => {
  const settings = { columns: { x: wish }, header: ['x'] };
  expect(written(settings, [{ x: value }])).toBe(`${place}\n`);
  expect(readCsv(settings, `${place}\n`).rows).toEqual([[value]]);
});

test.each([
  ['number', Number.NaN, 'NaN is no finite number (csv/x)'],
  ['number', Number.POSITIVE_INFINITY, 'Infinity is no finite number (csv/x)'],
  ['number', '1', '"1" is no finite number (csv/x)'],
  ['integer', 1.5, '1.5 is no safe integer (csv/x)'],
  ['integer', 2 ** 53, '9007199254740992 is no safe integer (csv/x)'],
  ['bigint', 2n ** 63n, '9223372036854775808 is no bigint of 64 bits (csv/x)'],
  ['bigint', 1, '1 is no bigint of 64 bits (csv/x)'],
  ['boolean', 1, '1 is no boolean (csv/x)'],
  ['time', 1e15, '1000000000000000 is no time that can be written'],
  ['time', 0.1234567, '0.1234567 is no time that can be written'],
  ['string', 'half \ud800', '"half \ufffd" is no well-formed string (csv/x)'],
  ['string', null, 'there is nothing, and the column may not be empty (csv/x)'],
  ['integer?', null, 'the only column of a row is empty, which is an empty line'],
] as const)('%s refuses %s', (wish, value, message) => {
  expect(refusal({ columns: { x: wish } }, { x: value })).toContain(`HR_VALUE_UNENCODABLE: ${message}`);
});

test('what would be read as something else is refused', () => {
  expect(refusal({ columns: { x: 'integer?' }, nulls: ['-1'] }, { x: -1 })).toContain('"-1" stands for nothing by the option nulls');
  expect(refusal({ columns: { x: 'string' }, quote: false }, { x: 'a,b' })).toContain('"a,b" would have to be quoted');
  expect(refusal({ columns: { x: 'string?' }, nulls: [] }, { x: null })).toContain('the option nulls has nothing that could be written');
  expect(refusal({ columns: { x: { as: 'string', oneOf: ['a'] } } }, { x: 'b' })).toContain('"b" is no well-formed string that is allowed');
  expect(refusal({}, { __proto__: null })).toContain('the first record has no members');
  const twice = csvCodec({ kind: 'csv', separator: ',', settings: { columns: { a: 'string', b: { as: 'string', from: 'a' } } } });
  expect(failure(() => twice.writing!.open({ where: 'x', isEmpty: true }))).toMatchObject({ code: 'HR_COLUMNS_INVALID' });
});

test('bytes come in pieces as they are written', () => {
  const encoder = csvCodec({ kind: 'csv', separator: ',', settings: { columns: { x: 'string' } } }).writing!.open({
    where: 'x',
    isEmpty: true,
  });
  let bytes = 0;
  for (let i = 0; i < 10_000; i++) encoder.add({ x: 'some text'.repeat(3) });
  expect(encoder.heldBytes).toBe(2 + 10_000 * 28);
  for (const piece of encoder.take()) bytes += piece.length;
  expect(bytes).toBe(2 + 10_000 * 28);
  expect(encoder.heldBytes).toBe(0);
  expect(encoder.end()).toEqual([]);
});

test('with a comma before fractions numbers and epochs have one, and what would be cut off stands in quotes', () => {
  const columns = { n: 'number', at: { as: 'time', unit: 's' }, iso: 'time', text: 'string' } as const;
  const row = { n: -1.5e-7, at: 1500, iso: 1769862600000.25, text: ' x' };
  expect(written({ columns, separator: ';', decimal: ',', trim: true }, [row])).toBe(
    'n;at;iso;text\n-1,5e-7;1,5;2026-01-31T12:30:00.000250Z;" x"\n',
  );
  expect(written({ columns, decimal: ',' }, [row])).toBe('n,at,iso,text\n"-1,5e-7","1,5",2026-01-31T12:30:00.000250Z," x"\n');
});
