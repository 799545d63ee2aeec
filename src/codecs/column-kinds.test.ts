import { expect, expectTypeOf, test } from 'vitest';
import { columnSpecs, type RowOf } from './column-kinds.ts';

test('a wish becomes a column with everything spelled out', () => {
  expect(columnSpecs({ id: 'integer', at: { as: 'time?', unit: 's', from: 'created' } }, 'csv')).toEqual([
    { name: 'id', from: 'id', kind: 'integer', mayBeNull: false, unit: 'iso', oneOf: undefined },
    { name: 'at', from: 'created', kind: 'time', mayBeNull: true, unit: 's', oneOf: undefined },
  ]);
});

test('the type of a row follows from the wishes', () => {
  const wishes = {
    id: 'integer',
    big: 'bigint?',
    on: 'boolean',
    land: { as: 'string?', oneOf: ['CH', 'DE'] },
    at: { as: 'time' },
  } as const;
  expectTypeOf<RowOf<typeof wishes>>().toEqualTypeOf<{
    readonly id: number;
    readonly big: bigint | null;
    readonly on: boolean;
    readonly land: 'CH' | 'DE' | null;
    readonly at: number;
  }>();
});

test('a wish that makes no sense is refused with what there is', () => {
  const refused = (wish: unknown) => () => columnSpecs({ a: wish } as never, 'csv');
  expect(refused('float')).toThrow(/column 'a' wants to be "float".*string, number/);
  expect(refused({ as: 'time', unit: 'weeks' })).toThrow(/unit "weeks"/);
  expect(refused({ as: 'number', oneOf: ['1'] })).toThrow(/oneOf and is of the kind number/);
  expect(refused({ as: 'string', oneOf: [] })).toThrow(/allowed no string/);
  expect(() => columnSpecs({}, 'csv')).toThrow(/asks for no column/);
});
