import { expect, test } from 'vitest';
import type { ColumnWish } from '../column-kinds.ts';
import { readCsv } from './csv-rig.ts';

/** What both forms make of a place. */
function valueOf(wish: ColumnWish, place: string): unknown {
  const settings = { header: ['first', 'x'], columns: { x: wish } };
  const file = `1,${place}\n`;
  const [fast, plain] = [readCsv(settings, file), readCsv(settings, file, { isPlain: true })];
  expect(fast).toEqual(plain);
  return fast.rows.length === 1 ? fast.rows[0]![0] : fast.refused[0]!.message.replace(/ \(file.*/, '').replace("column 'x': ", '');
}

test.each([
  ...[
    '0',
    '-0',
    '1',
    '+1',
    '007',
    '-12.50',
    '.5',
    '5.',
    '1e3',
    '1E-3',
    '-1.5e+2',
    '0.1',
    '123456789012345',
    '1234567890123456',
    '9007199254740993',
  ],
  ...[
    '0.1234567890123456',
    '12345678.12345678',
    '1.7976931348623157e308',
    '5e-324',
    '1e-400',
    '"12.5"',
    '0.000000000000000000000001',
    '99999999999999999999',
  ],
])('the number %s is what Number() says', (place) => {
  expect(valueOf('number', place)).toBe(Number(place.replaceAll('"', '')));
});

test.each([
  '',
  '-',
  '+',
  '.',
  'e1',
  '1e',
  '1e+',
  '1.2.3',
  '1,2'.slice(0, 0),
  '0x10',
  'Infinity',
  '-Infinity',
  'NaN',
  '1_000',
  ' 1',
  '1 ',
  '1e309',
  '١',
  '--1',
  '1-',
  '1e1.5',
  '12a',
])('%j is not a number', (place) => {
  expect(valueOf('number', place)).toContain('is not a number');
});

test.each([
  ['0', 0],
  ['-0', 0],
  ['+7', 7],
  ['0000000000000000000000000000012', 12],
  ['9007199254740991', 9007199254740991],
  ['-9007199254740991', -9007199254740991],
  ['9007199254740992', '"9007199254740992" is beyond what a number holds exactly; read it as \'bigint\''],
  ['99999999999999999999999', '"99999999999999999999999" is beyond what a number holds exactly; read it as \'bigint\''],
  ['1.0', '"1.0" is not a whole number'],
  ['1e3', '"1e3" is not a whole number'],
  ['', '"" is not a whole number'],
])('the integer %s', (place, value) => {
  expect(valueOf('integer', place)).toBe(value);
});

test.each([
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['+5', 5n],
  ['-0', 0n],
  ['0000000000000000000000000000012', 12n],
  ['9223372036854775808', '"9223372036854775808" is beyond 64 bits; read it as \'string\''],
  ['-9223372036854775809', '"-9223372036854775809" is beyond 64 bits; read it as \'string\''],
  ['18446744073709551616', '"18446744073709551616" is beyond 64 bits; read it as \'string\''],
  ['1.5', '"1.5" is not a whole number'],
])('the bigint %s', (place, value) => {
  expect(valueOf('bigint', place)).toBe(value);
});

test.each([
  ...['true', 'TRUE', 'True', 't', 'T', 'yes', 'Yes', 'y', '1', '"true"'].map((place) => [place, true] as const),
  ...['false', 'FALSE', 'f', 'no', 'NO', 'N', '0'].map((place) => [place, false] as const),
  ...['', 'on', 'truE ', '2', '01', 'tru', 'falsy', 'yez', 'nö', '\u0014rue'].map(
    (place) => [place, `${JSON.stringify(place)} is neither true nor false`] as const,
  ),
])('the boolean %j', (place, value) => {
  expect(valueOf('boolean', place)).toBe(value);
});

test.each([
  ['1970-01-01', 0],
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2024-02-29T12:30Z', Date.UTC(2024, 1, 29, 12, 30)],
  ['2026-01-31T12:30:59', Date.UTC(2026, 0, 31, 12, 30, 59)],
  ['2026-01-31 12:30:59.5', Date.UTC(2026, 0, 31, 12, 30, 59, 500)],
  ['"2026-01-31 12:30:59,25"', Date.UTC(2026, 0, 31, 12, 30, 59, 250)],
  ['2026-01-31t12:30:59.123z', Date.UTC(2026, 0, 31, 12, 30, 59, 123)],
  ['2026-01-31T12:30:59.123456+02:00', Date.UTC(2026, 0, 31, 10, 30, 59, 123) + 0.456],
  ['2026-01-31T12:30:59.000000001-0130', Date.UTC(2026, 0, 31, 14, 0, 59) + 0.000001],
  ['2026-01-31T12:30+14', Date.UTC(2026, 0, 30, 22, 30)],
  ['1900-03-01', Date.UTC(1900, 2, 1)],
  ['2000-02-29', Date.UTC(2000, 1, 29)],
  ['0001-01-01', new Date('0001-01-01T00:00:00Z').getTime()],
  ['0000-02-29', new Date('0000-02-29T00:00:00Z').getTime()],
  ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ['"2026-01-31"', Date.UTC(2026, 0, 31)],
])('the time %s', (place, value) => {
  expect(valueOf('time', place)).toBe(value);
});

test.each([
  '',
  '2026',
  '2026-1-31',
  '2026-02-29',
  '1900-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-01-00',
  '2026-01-32',
  '2026-01-31T',
  '2026-01-31T12',
  '2026-01-31T24:00',
])('%j is no time', (place) => {
  expect(valueOf('time', place)).toContain('is no time such as 2026-01-31T12:30:00Z');
});

test.each([
  '12:60',
  '12:30:60',
  '12:30:',
  '12:30:5',
  '12:30:59.',
  '12:30:59.1234567890',
  '12:30Zx',
  '12:30+24:00',
  '12:30+02:60',
  '12:30+2',
  '12:30+02:0',
  '12:30+02-00',
  '12:30 Z',
])('2026-01-31T%s is no time', (clock) => {
  expect(valueOf('time', `2026-01-31T${clock}`)).toContain('is no time');
});

test.each([
  ['s', '1769862600', 1769862600000],
  ['s', '1769862600.123', 1769862600123],
  ['s', '-1.5', -1500],
  ['ms', '1769862600123', 1769862600123],
  ['us', '1769862600123456', 1769862600123.456],
  ['ns', '1769862600123456789', 1769862600123.4568],
  ['ns', '1', 0.000001],
] as const)('the time in %s %s', (unit, place, value) => {
  expect(valueOf({ as: 'time', unit }, place)).toBe(value);
});

test.each(['', '1e3', 'x', '2026-01-31'])('%j is no time in seconds', (place) => {
  expect(valueOf({ as: 'time', unit: 's' }, place)).toContain('is no time in s');
});

test('strings may be bound to some', () => {
  const wish = { as: 'string?', oneOf: ['CH', 'a "b"', ''] } as const;
  expect(valueOf(wish, 'CH')).toBe('CH');
  expect(valueOf(wish, '"a ""b"""')).toBe('a "b"');
  expect(valueOf(wish, '""')).toBe('');
  expect(valueOf(wish, '')).toBe(null);
  expect(valueOf(wish, 'DE')).toBe(`"DE" is none of "CH", "a \\"b\\"", ""`);
});

test('a long place is shown in part', () => {
  expect(valueOf('number', 'x'.repeat(100))).toBe(`"${'x'.repeat(40)}" and 60 more is not a number`);
});
