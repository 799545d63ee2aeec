import { expect, test } from 'vitest';
import { type Texts, TextsColumn } from '../../codecs/texts-column.ts';
import { plainRows } from '../../core/column-rows.ts';
import type { Column, Columns } from '../../core/columns.ts';
import { Packer, type PackedUnit, placesOf, Unpacker } from './threads-wire.ts';

/** As from one thread to another: moved, and gone here. */
function sent(unit: PackedUnit): PackedUnit {
  return structuredClone(unit, { transfer: [...unit.memories] });
}

function oneColumn(column: Column, length: number): Columns {
  return { length, names: ['a'], columns: [column] };
}

const nulls = (): Uint8Array => new Uint8Array([0, 1, 0]);
const long = 'a name of many letters indeed';

function texts(...strings: readonly string[]): Texts {
  const bytes = strings.map((each) => Buffer.from(each));
  const ends = new Uint32Array(strings.length + 1);
  bytes.forEach(({ length }, i) => (ends[i + 1] = ends[i]! + length));
  return { bytes: new Uint8Array(Buffer.concat(bytes)), ends, wide: undefined, nulls: undefined };
}

function copied(column: Column): Column {
  return column instanceof TextsColumn && column.texts !== undefined ? new TextsColumn(column.texts) : column;
}

function made(column: TextsColumn): TextsColumn {
  expect(column.values).toEqual(['x', '', long]);
  expect(column.texts).toBeUndefined();
  return column;
}

test.each<[string, Column]>([
  ['doubles', { kind: 'number', values: new Float64Array([1.5, -0, 3]) }],
  ['doubles that may be null', { kind: 'number', values: new Float64Array([1.5, 0, 3]), nulls: nulls() }],
  ['small numbers', { kind: 'number', values: new Int16Array([1, -2, 3]) }],
  ['bigints', { kind: 'bigint', values: new BigInt64Array([1n, -(2n ** 63n), 3n]), nulls: nulls() }],
  ['unsigned bigints', { kind: 'bigint', values: new BigUint64Array([1n, 2n ** 64n - 1n, 3n]) }],
  ['booleans', { kind: 'boolean', values: new Uint8Array([1, 0, 1]), nulls: nulls() }],
  ['a dictionary', { kind: 'dictionary', ids: new Int32Array([1, 0, 1]), entries: ['x', 'é'], nulls: nulls() }],
  ['strings that nobody has made', new TextsColumn({ ...texts('x', 'Zürich', long), wide: new Uint8Array([0, 1, 0]) })],
  ['strings that nobody has made and may be null', new TextsColumn({ ...texts(long, '', 'x'), nulls: nulls() })],
  ['strings that somebody has made', made(new TextsColumn(texts('x', '', long)))],
  ['strings', { kind: 'plain', values: ['', 'Zürich', long] }],
  ['strings that may be null', { kind: 'plain', values: [null, long, 'x'] }],
  ['strings of any alphabet', { kind: 'plain', values: ['日本語', `${long} 😀 ${long}`, '\ud800'] }],
  ['nothing but null', { kind: 'plain', values: [null, null, null] }],
])('%s arrive as they were', (_, column) => {
  const columns = oneColumn(column, 3);
  // Of a copy, since strings are made where rows are.
  const before = plainRows.rows(oneColumn(copied(column), 3));
  const packer = new Packer();
  const packed = packer.columns(columns, [7, 8, 9]);
  const unit = sent(packer.unit([{ records: 3, end: 10, state: '', columns: packed }]));
  const unpacker = new Unpacker();
  unpacker.take(unit);
  const arrived = unpacker.columns(unit.pieces[0]!.columns!, unit.memories);
  expect(plainRows.rows(arrived)).toEqual(before);
  // Read a second time, strings that were made are there still.
  expect(plainRows.rows(arrived)).toEqual(before);
  expect([...placesOf(unit.pieces[0]!.columns!, unit.memories)]).toEqual([7, 8, 9]);
});

test('of a dictionary that grows only what is new is sent, and who holds it sees it grow', () => {
  const entries = ['x'];
  const packer = new Packer();
  const unpacker = new Unpacker();
  const send = (id: number): { readonly unit: PackedUnit; readonly columns: Columns } => {
    const packed = packer.columns(oneColumn({ kind: 'dictionary', ids: new Int32Array([id]), entries }, 1), [0]);
    const unit = sent(packer.unit([{ records: 1, end: 1, state: '', columns: packed }]));
    unpacker.take(unit);
    return { unit, columns: unpacker.columns(packed, unit.memories) };
  };
  const first = send(0);
  entries.push('y', 'z');
  const second = send(2);
  expect([first.unit.entries, second.unit.entries, send(1).unit.entries]).toEqual([
    [{ dictionary: 0, more: ['x'] }],
    [{ dictionary: 0, more: ['y', 'z'] }],
    [],
  ]);
  expect([plainRows.rows(first.columns), plainRows.rows(second.columns)]).toEqual([[{ a: 'x' }], [{ a: 'z' }]]);
});

test('arrays that lie in one memory move together', () => {
  const memory = new ArrayBuffer(32);
  const packer = new Packer();
  packer.columns(oneColumn({ kind: 'number', values: new Float64Array(memory, 8, 2) }, 2), new Float64Array(memory, 24, 1));
  expect(packer.unit([]).memories).toEqual([memory]);
});
