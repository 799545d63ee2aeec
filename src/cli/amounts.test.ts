import { expect, test } from 'vitest';
import { each, rate, records, size, span } from './amounts.ts';

test('records are grouped by thousands', () => {
  expect(records(1_204_332)).toBe('1,204,332');
});

test('a slow rate keeps a decimal, a fast one has none', () => {
  expect([0, 0.44, 9.87, 10.4, 101_204.4].map(rate)).toEqual(['0', '0.4', '9.9', '10', '101,204']);
});

test('sizes change their unit before they round to 1024', () => {
  expect([0, 1023, 1024, 1_048_575, 13_002_342, 5 * 1024 ** 4].map(size)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.0 MiB',
    '12.4 MiB',
    '5.0 TiB',
  ]);
});

test('spans read as one says them', () => {
  expect([0.4, 999.6, 12_400, 59_960, 185_000, 7_380_000].map(span)).toEqual([
    '0 ms',
    '1.0 s',
    '12.4 s',
    '1 min 00 s',
    '3 min 05 s',
    '2 h 03 min',
  ]);
});

test('what nobody has measured is a dash', () => {
  expect([Number.NaN, 3.21, 42.4, 1300, 2_000_000].map(each)).toEqual(['-', '3.2 ns', '42 ns', '1.3 µs', '2.0 ms']);
});
