import { expect, test } from 'vitest';
import { byteCount, type Bytes, type Duration, milliseconds, wholeNumber } from './units.ts';

test.each([
  [250, 250],
  [0, 0],
  ['250ms', 250],
  ['5s', 5000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
] satisfies [Duration, number][])('%s are %d milliseconds', (duration, ms) => {
  expect(milliseconds(duration)).toBe(ms);
});

test.each([
  [512, 512],
  ['512B', 512],
  ['64KiB', 65_536],
  ['8MiB', 8_388_608],
  ['0.5GiB', 536_870_912],
] satisfies [Bytes, number][])('%s are %d bytes', (size, bytes) => {
  expect(byteCount(size)).toBe(bytes);
});

// What JavaScript callers and settings from outside may hand over, whatever the types say.
const wrong: readonly unknown[] = [
  '5',
  '5 s',
  's',
  '',
  '-5s',
  '5S',
  '5kb',
  '1e3s',
  '5toString',
  '.5s',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  5n,
  undefined,
  null,
  true,
  {},
  [5],
  Symbol('5s'),
];

test.each(wrong.map((value) => [value]))(
  '%s is neither a duration nor a size, and the error names the option and shows the way',
  (value) => {
    const expected = expect.objectContaining({ code: 'HR_UNIT_INVALID', where: 'option within', todo: expect.stringContaining("'") });
    expect(() => milliseconds(value as Duration, 'option within')).toThrow(expected);
    expect(() => byteCount(value as Bytes, 'option within')).toThrow(expected);
  },
);

test('the error shows what was written: text in quotes, NaN as NaN', () => {
  expect(() => milliseconds('5 s' as Duration)).toThrow('"5 s" is not an amount we understand (a duration). Write milliseconds');
  expect(() => milliseconds(Number.NaN)).toThrow('NaN is not an amount');
});

test('units of time are no units of size', () => {
  expect(() => byteCount('5s' as Bytes)).toThrow();
  expect(() => milliseconds('5B' as Duration)).toThrow();
});

test.each([1.5, Number.NaN, -1, 0, 2 ** 53, Number.POSITIVE_INFINITY])('%s is not a whole number of at least 1', (value) => {
  expect(() => wholeNumber(value, 'option max')).toThrow(expect.objectContaining({ code: 'HR_OPTION_INVALID', where: 'option max' }));
});

test('a whole number passes, and the least may be another', () => {
  expect(wholeNumber(256, 'option max')).toBe(256);
  expect(wholeNumber(0, 'option skip', 0)).toBe(0);
});
