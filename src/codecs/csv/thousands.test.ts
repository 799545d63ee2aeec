import { expect, test, vi } from 'vitest';
import { csvCodec } from './csv-codec.ts';
import { readCsv } from './csv-rig.ts';
import { guessCsv } from './guess.ts';
import { PlainRows } from './plain-rows.ts';

const kinds = { n: 'number', i: 'integer?', b: 'bigint' } as const;

test.each([true, false])('groups of three digits are read, and nothing else that looks like them (plain twin: %s)', (isPlain) => {
  const file = [
    '1,234.5;-12,345;+9,223,372,036,854,775,807',
    '999;1234567;0',
    '"1,234,567,890,123,456,789.25e-3";;"-1,000"',
    '-1,000e3;1,234;1,000',
    '0.1234567890123456789;9,007,199,254,740,991;1',
    '1,23;1;1',
    '1,2345;1;1',
    '1234,567;1;1',
    '0,123;1;1',
    ',123;1;1',
    '1,,234;1;1',
    '1.234,567;1;1',
    '1,234,;1;1',
    '1e1,000;1;1',
    '1;12,34;1',
    '1;01,234;1',
    '1;9,007,199,254,740,992;1',
    '1;1;9,223,372,036,854,775,808',
    '1;1;-,123',
  ].join('\n');
  const settings = { columns: kinds, separator: ';', header: ['n', 'i', 'b'], thousands: ',' } as const;
  const { rows, refused } = readCsv(settings, file, { isPlain });
  expect(rows).toEqual([
    [1234.5, -12_345, 2n ** 63n - 1n],
    [999, 1_234_567, 0n],
    [Number('1234567890123456789.25e-3'), null, -1000n],
    [-1e6, 1234, 1000n],
    [Number('0.1234567890123456789'), 9_007_199_254_740_991, 1n],
  ]);
  expect(refused.map(({ message }) => message.split(' (')[0]!.replace('column ', ''))).toEqual([
    ...['1,23', '1,2345', '1234,567', '0,123', ',123', '1,,234', '1.234,567', '1,234,', '1e1,000'].map(
      (n) => `'n': "${n}" is not a number`,
    ),
    '\'i\': "12,34" is not a whole number',
    '\'i\': "01,234" is not a whole number',
    "'i': \"9,007,199,254,740,992\" is beyond what a number holds exactly; read it as 'bigint'",
    "'b': \"9,223,372,036,854,775,808\" is beyond 64 bits; read it as 'string'",
    '\'b\': "-,123" is not a whole number',
  ]);
});

test.each([
  [{ thousands: '.', decimal: ',' }, 'de-DE', '"-1.234.567,5"'],
  [{ thousands: ',' }, 'en-US', '"-1,234,567.5"'],
  [{ thousands: '_', separator: '|' }, 'en-US', '-1_234_567.5'],
  [{ thousands: ' ', trim: true }, 'en-US', ' "-1 234 567.5" '],
  [{ thousands: "'" }, 'en-US', "-1'234'567.5"],
] as const)('numbers are read as people write them: %j', (settings, locale, place) => {
  const file = `n\n${place}\n`.concat(
    ...[0, 1, 12, 123, 1234, 12_345.25, 123_456, 1_234_567, 98_765_432_109].map((n) => {
      const written = n.toLocaleString(locale);
      const own = locale === 'en-US' ? written.replaceAll(',', settings.thousands) : written;
      return `"${own}"\n`;
    }),
  );
  const wanted = [-1_234_567.5, 0, 1, 12, 123, 1234, 12_345.25, 123_456, 1_234_567, 98_765_432_109];
  for (const isPlain of [true, false]) {
    const { rows, refused } = readCsv({ columns: { n: 'number' }, ...settings }, file, { isPlain });
    expect(refused).toEqual([]);
    expect(rows.flat()).toEqual(wanted);
  }
});

test('numbers in groups are read by WebAssembly: nobody reads them again', () => {
  const readRow = vi.spyOn(PlainRows.prototype, 'readRow');
  const settings = { columns: kinds, header: ['n', 'i', 'b'], thousands: ',' } as const;
  const { rows } = readCsv(settings, '"1,234.5","-12,345","9,223,372,036,854,775,807"\n0.1234567890123456789,7,"-1,000"\n'.repeat(300));
  expect(rows.length).toBe(600);
  expect(rows.at(-2)).toEqual([1234.5, -12_345, 2n ** 63n - 1n]);
  expect(readRow).not.toHaveBeenCalled();
  readRow.mockRestore();
});

test('epochs have no groups', () => {
  for (const isPlain of [true, false]) {
    const { rows, refused } = readCsv({ columns: { at: { as: 'time', unit: 'ms' } }, thousands: "'" }, "at\n1'700\n1700\n", { isPlain });
    expect(rows).toEqual([[1700]]);
    expect(refused.length).toBe(1);
  }
});

test.each([
  [{ thousands: '.' }, 'thousands and decimal are both "."'],
  [{ thousands: ',', decimal: ',' }, 'thousands and decimal are both ","'],
  [{ thousands: "'", quote: "'" }, 'thousands and quote are one character'],
  [{ thousands: '/' }, 'thousands is "/"'],
] as const)('what cannot be told apart is refused: %j', (settings, what) => {
  expect(() => csvCodec({ kind: 'csv', separator: ',', settings: settings as never })).toThrow(
    expect.objectContaining({ code: 'HR_OPTION_INVALID', what }),
  );
});

test('groups are proposed where one number leaves no doubt', () => {
  const guess = (text: string): unknown => {
    const found = guessCsv(Buffer.from(text), true)!;
    return [found.decimal, found.thousands, ...found.columns.map(({ kind }) => kind)];
  };
  expect(guess('a;b\n1,234,567;x\n12;y\n')).toEqual(['.', ',', 'integer', 'string']);
  expect(guess('a;b\n1,234.5;x\n-12.25;y\n')).toEqual(['.', ',', 'number', 'string']);
  expect(guess('a;b\n1.234,5;x\n0,25;y\n')).toEqual([',', '.', 'number', 'string']);
  expect(guess('a;b\n1.234.567;x\n1;y\n')).toEqual([',', '.', 'integer', 'string']);
  expect(guess('a;b\n1,234;x\n12,500;y\n')).toEqual(['.', undefined, 'string', 'string']);
  expect(guess('a;b\n1,234,567;x\n1,23;y\n')).toEqual(['.', undefined, 'string', 'string']);
  expect(guess('a;b\n1,234,567;1.234.567\n')).toEqual(['.', undefined, 'string', 'string']);
});
