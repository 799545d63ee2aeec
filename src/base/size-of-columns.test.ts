import { expect, test } from 'vitest';
import { Chunk, type Origin } from '../core/chunk.ts';
import { ColumnRows } from '../core/column-rows.ts';
import type { Columns } from '../core/columns.ts';
import { HeldBytes } from './size-of-columns.ts';

const origin: Origin = {
  source: 's',
  partition: '0',
  positionAt: String,
  idAt: String,
  timeAt: () => Number.NaN,
  headersAt: () => undefined,
};

/** 8 + 1 + 4 bytes a record, longer arrays notwithstanding. */
function columns(length: number, entries: readonly string[]): Columns {
  return {
    length,
    names: ['n', 'land'],
    columns: [
      { kind: 'number', values: new Float64Array(100), nulls: new Uint8Array(100) },
      { kind: 'dictionary', ids: new Int32Array(100), entries },
    ],
  };
}

const chunkOf = (of: Columns): Chunk => new Chunk(new ColumnRows(of), origin);

test('columns count what their arrays hold, and the words of a dictionary once for all who share it', () => {
  const held = new HeldBytes();
  const entries = ['abcd', 'ef']; // 2 x 8 and 12 bytes of text.
  const [one, two, other] = [chunkOf(columns(10, entries)), chunkOf(columns(20, entries)), chunkOf(columns(1, ['x']))];
  held.add(one);
  expect(held.bytes).toBe(130 + 28);
  held.add(two);
  expect(held.bytes).toBe(130 + 260 + 28);
  held.add(other);
  expect(held.bytes).toBe(130 + 260 + 28 + 13 + 10);
  held.remove(one);
  expect(held.bytes).toBe(260 + 28 + 13 + 10);
  held.remove(two);
  expect(held.bytes).toBe(13 + 10);
  held.remove(other);
  expect(held.bytes).toBe(0);
});

test('a dictionary that has grown counts what came to it', () => {
  const held = new HeldBytes();
  const entries = ['abcd'];
  const one = chunkOf(columns(0, entries));
  held.add(one);
  entries.push('ef');
  const two = chunkOf(columns(0, entries));
  held.add(two);
  expect(held.bytes).toBe(28);
  held.remove(one);
  held.remove(two);
  expect(held.bytes).toBe(0);
});

test('to be counted makes no rows', () => {
  const held = new HeldBytes();
  const rows = new ColumnRows(columns(10, ['a']));
  held.add(new Chunk(rows, origin));
  expect(rows.areMade).toBe(false);
});

test('one value stands for those of its chunk', () => {
  const held = new HeldBytes();
  const chunk = new Chunk(['ab', 'cd', 'ef'], origin);
  held.add(chunk);
  expect(held.bytes).toBe(12);
  held.remove(chunk);
  held.remove(chunk);
  expect(held.bytes).toBe(0);
});
