import { expect, test } from 'vitest';
import { Chunk, type Origin } from './chunk.ts';
import { MixedOrigin, pieceOf } from './mixed-origin.ts';
import { idOf, OwnRecord } from './record-of.ts';

function originOf(source: string, partition: string, lines?: number): Origin {
  return {
    source,
    partition,
    positionAt: (row) => `p${row}`,
    idAt: (row) => `${source}/${partition}/${row}`,
    timeAt: (row) => row * 10,
    headersAt: (row) => ({ row: String(row) }),
    ...(lines === undefined ? {} : { lineAt: (row) => lines + row }),
  };
}

test('what is asked about a row is asked of the chunk it was in, with its paths and times', () => {
  const plain = new Chunk(['a', 'b'], originOf('s', '0'));
  const children = new Chunk(['c', 'd'], originOf('t', '1'), {
    rows: Int32Array.of(5, 5),
    paths: [Int32Array.of(0, 1)],
    times: Float64Array.of(7, 8),
  });
  const origin = new MixedOrigin([plain, children].map(pieceOf), Int32Array.of(1, 0, 1), Int32Array.of(1, 1, 0));
  const mixed = new Chunk(['D', 'B', 'C'], origin);
  const records = mixed.values.map((_, index) => new OwnRecord(mixed, index));
  expect(records.map(({ id }) => id)).toEqual(['t/1/5/1', 's/0/1', 't/1/5/0']);
  expect(records.map(({ eventTime }) => eventTime)).toEqual([8, 10, 7]);
  expect(records.map(({ source, partition, position }) => `${source} ${partition} ${position}`)).toEqual(['t 1 p5', 's 0 p1', 't 1 p5']);
  expect(records.map(({ headers }) => headers)).toEqual([{ row: '5' }, { row: '1' }, { row: '5' }]);
});

test('mixed origins nest, and keep no values', () => {
  const first = new Chunk(['x', 'y'], originOf('s', '0'));
  const inner = new Chunk([1, 2], new MixedOrigin([pieceOf(first)], Int32Array.of(0, 0), Int32Array.of(1, 0)));
  const outer = new Chunk([3], new MixedOrigin([pieceOf(inner)], Int32Array.of(0), Int32Array.of(0)));
  expect(idOf(outer, 0)).toBe('s/0/1');
  expect(pieceOf(first).values).toEqual([]);
});

test('the line of a body that is decoded further down is that of its file, and unknown where nobody counts them', () => {
  const [lines, none] = [new Chunk(['x', 'y'], originOf('s', '0', 7), { rows: Int32Array.of(3, 1) }), new Chunk(['z'], originOf('t', '1'))];
  const origin = new MixedOrigin([lines, none].map(pieceOf), Int32Array.of(1, 0, 0), Int32Array.of(0, 0, 1));
  expect([0, 1, 2].map((row) => origin.lineAt(row))).toEqual([Number.NaN, 10, 8]);
});
