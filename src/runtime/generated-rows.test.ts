import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainRows } from '../core/column-rows.ts';
import { type Column, type Columns, cutColumns, type NumberArray } from '../core/columns.ts';
import { ByShape, type ColumnShape } from './column-shape.ts';
import { generatedRows } from './generated-rows.ts';

const LENGTH = 9;

function ints(seed: number): number[] {
  return Array.from({ length: LENGTH }, (_, i) => Math.abs(Math.imul(seed + i, 48_271)) % 97);
}

const arrays: readonly ((numbers: number[]) => NumberArray)[] = [
  (n) => Float64Array.from(n, (x) => x / 7),
  (n) => Float32Array.from(n),
  (n) => Int32Array.from(n, (x) => -x),
  (n) => Int16Array.from(n),
  (n) => Int8Array.from(n),
  (n) => Uint32Array.from(n),
  (n) => Uint16Array.from(n),
  (n) => Uint8Array.from(n),
];

const kinds = ['number', 'bigint', 'boolean', 'dictionary', 'plain'] as const;

function columnOf(kind: (typeof kinds)[number], seed: number, hasNulls: boolean): Column {
  const numbers = ints(seed);
  const nulls = hasNulls ? Uint8Array.from(numbers, (n) => (n % 3 === 0 ? 1 : 0)) : undefined;
  switch (kind) {
    case 'number':
      return { kind, values: arrays[seed % arrays.length]!(numbers), nulls };
    case 'bigint':
      return { kind, values: BigInt64Array.from(numbers, BigInt), nulls };
    case 'boolean':
      return { kind, values: Uint8Array.from(numbers, (n) => n % 2), nulls };
    case 'dictionary':
      return { kind, ids: Int32Array.from(numbers, (n) => n % 3), entries: ['a', 'b', '__proto__'], nulls };
    case 'plain':
      return { kind, values: numbers.map((n) => (n % 4 === 0 ? null : { n })) };
  }
}

const name = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    '',
    '0',
    '7',
    'a b',
    '"',
    "'",
    '\\',
    '${1}',
    '`',
    '*/',
    '\u2028',
    '\n',
    '\ud800',
    'i',
    'columns',
  ),
  fc.string(),
);

const someColumns: fc.Arbitrary<Columns> = fc
  .uniqueArray(fc.record({ name, kind: fc.constantFrom(...kinds), seed: fc.nat(1000), hasNulls: fc.boolean() }), {
    selector: (one) => one.name,
    maxLength: 8,
  })
  .map((all) => ({
    length: LENGTH,
    names: all.map((one) => one.name),
    columns: all.map(({ kind, seed, hasNulls }) => columnOf(kind, seed, hasNulls)),
  }));

test('generated rows are the rows of the obvious lines, whatever the columns and their names', () => {
  const maker = generatedRows(); // One for all of them, as for a source whose files differ.
  fc.assert(
    fc.property(fc.array(someColumns, { minLength: 1, maxLength: 4 }), (reads) => {
      for (const columns of [...reads, ...reads.map((whole) => cutColumns(whole, 2, 7))]) {
        const expected = plainRows.rows(columns) as object[];
        const rows = maker.rows(columns) as object[];
        expect(rows).toEqual(expected);
        expect(rows.map((row) => [Object.keys(row), Object.getPrototypeOf(row)])).toEqual(
          expected.map((row) => [Object.keys(row), Object.prototype]),
        );
        const reader = maker.reader(columns);
        expect(expected.map((_, row) => reader(row))).toEqual(expected);
        const seen: unknown[] = [];
        expect(maker.visit(columns, (row) => void seen.push(row), 1)).toBeUndefined();
        expect(seen).toEqual(expected.slice(1));
      }
    }),
  );
});

test('rows are shown until somebody wants time for one, by either maker', () => {
  const columns = shaped(false, true);
  for (const maker of [plainRows, generatedRows()]) {
    const expected = maker.rows(columns);
    const wait = Promise.resolve();
    const seen: unknown[] = [];
    const look = (row: unknown): unknown => (seen.push(row) === 4 ? wait : seen.length);
    expect(maker.visit(columns, look, 0)).toEqual({ wait, next: 4 });
    expect(maker.visit(columns, look, 4)).toBeUndefined();
    expect(seen).toEqual(expected);
  }
});

test('a member called __proto__ is a member, and nothing inherits from it', () => {
  const columns: Columns = { length: 1, names: ['__proto__'], columns: [{ kind: 'plain', values: [{ admin: true }] }] };
  for (const maker of [plainRows, generatedRows()]) {
    const [row] = maker.rows(columns) as { admin?: boolean }[];
    expect(Object.hasOwn(row!, '__proto__')).toBe(true);
    expect(row!.admin).toBeUndefined();
  }
});

test('more columns than code is made for are rows all the same', () => {
  const names = Array.from({ length: 300 }, (_, at) => `c${at}`);
  const columns: Columns = { length: 2, names, columns: names.map((_, at) => ({ kind: 'number', values: Float64Array.of(at, -at) })) };
  expect(generatedRows().rows(columns)).toEqual(plainRows.rows(columns));
});

const shaped = (...hasNulls: boolean[]): Columns => ({
  length: LENGTH,
  names: hasNulls.map((_, at) => `c${at}`),
  columns: hasNulls.map((has) => columnOf('bigint', 3, has)),
});

test('columns with and without nulls do not multiply the shapes: one is widened until it fits all', () => {
  let made = 0;
  const shapes = new ByShape(() => ++made);
  for (const columns of [shaped(false, false), shaped(true, false), shaped(false, true), shaped(true, true), shaped(false, false)])
    shapes.of(columns);
  expect(made).toBe(3);
  expect(shapes.of(shaped(true, false))).toBe(3);
});

test('a source that alternates between a few shapes makes each once, and one with many keeps the last few', () => {
  const all: ColumnShape[] = [];
  const shapes = new ByShape((shape) => all.push(shape));
  const [one, two] = [shaped(false), shaped(false, false)];
  for (let round = 0; round < 10; round++) for (const columns of [one, two]) shapes.of(columns);
  expect(all).toHaveLength(2);
  for (let more = 3; more < 20; more++) shapes.of(shaped(...Array.from({ length: more }, () => false)));
  const before = all.length;
  shapes.of(one);
  expect(all).toHaveLength(before + 1);
});
