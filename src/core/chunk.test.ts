import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chunk, cut, gather, type Lineage, type Origin } from './chunk.ts';

const origin: Origin = {
  source: 'values',
  partition: '0',
  positionAt: (row) => String(row),
  idAt: (row) => `values/0/${row}`,
  timeAt: (row) => row * 10,
  headersAt: () => undefined,
};

/** Everything that is known of value i, spelled out: the oracle for whatever takes chunks apart. */
function rowOf(chunk: Chunk, i: number): readonly unknown[] {
  const row = chunk.rows === undefined ? i : chunk.rows[i];
  return [row, chunk.paths?.map((path) => path[i]), chunk.times?.[i] ?? origin.timeAt(row!), chunk.keyIds?.[i]];
}

const anyChunk: fc.Arbitrary<Chunk<number>> = fc
  .record({
    length: fc.integer({ min: 0, max: 20 }),
    spare: fc.integer({ min: 0, max: 3 }),
    has: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    seed: fc.integer(),
  })
  .map(({ length, spare, has, seed }) => {
    // Arrays may be longer than the values; whoever reads must not mind.
    const ints = (salt: number): Int32Array => Int32Array.from({ length: length + spare }, (_, i) => Math.imul(seed + salt, i + 7) % 1000);
    const lineage: Lineage = {
      rows: has[0] ? ints(1) : undefined,
      paths: has[1] ? [ints(2), ints(3)] : undefined,
      times: has[2] ? Float64Array.from(ints(4)) : undefined,
      keyIds: has[3] ? ints(5) : undefined,
    };
    return new Chunk(
      Array.from({ length }, (_, i) => i),
      origin,
      lineage,
    );
  });

test('gather keeps with each chosen value what stood beside it', () => {
  fc.assert(
    fc.property(anyChunk, fc.infiniteStream(fc.nat()), fc.nat({ max: 20 }), (chunk, picks, wanted) => {
      const count = chunk.values.length === 0 ? 0 : wanted;
      // The index may be longer than what is used of it.
      const index = Int32Array.from({ length: count + 2 }, () => picks.next().value % Math.max(1, chunk.values.length));
      const values = Array.from(index.subarray(0, count), (i) => chunk.values[i]!);
      const chosen = new Chunk(values, origin, gather(chunk, index, count));
      for (let k = 0; k < count; k++) expect(rowOf(chosen, k)).toEqual(rowOf(chunk, index[k]!));
    }),
  );
});

test('gather owns what it answers: an index that is used again changes nothing', () => {
  const chunk = new Chunk([1, 2, 3], origin);
  const index = Int32Array.of(2, 0);
  const { rows } = gather(chunk, index, 2);
  index.fill(9);
  expect(rows).toEqual(Int32Array.of(2, 0));
});

test('cut keeps with each neighbour what stood beside it', () => {
  fc.assert(
    fc.property(anyChunk, fc.nat(), fc.nat(), (chunk, a, b) => {
      const [from, to] = [a % (chunk.values.length + 1), b % (chunk.values.length + 1)].sort((x, y) => x - y) as [number, number];
      const part = new Chunk(chunk.values.slice(from, to), origin, cut(chunk, from, to));
      for (let k = 0; k < to - from; k++) expect(rowOf(part, k)).toEqual(rowOf(chunk, from + k));
    }),
  );
});

test('cut shares memory instead of copying, and a beginning without rows needs none', () => {
  const rows = Int32Array.of(5, 6, 7);
  const times = Float64Array.of(50, 60, 70);
  const part = cut(new Chunk([1, 2, 3], origin, { rows, times }), 1, 3);
  expect(part.rows?.buffer).toBe(rows.buffer);
  expect(part.times?.buffer).toBe(times.buffer);
  expect(cut(new Chunk([1, 2, 3], origin), 0, 2).rows).toBeUndefined();
  expect(cut(new Chunk([1, 2, 3], origin), 1, 3).rows).toEqual(Int32Array.of(1, 2));
});

test('control stays with the chunk it came with, never with a lineage', () => {
  const chunk = new Chunk([1], origin, {}, { watermark: 5, barrier: 1 });
  expect(chunk.control).toEqual({ watermark: 5, barrier: 1 });
  expect('control' in cut(chunk, 0, 1)).toBe(false);
  expect('control' in gather(chunk, Int32Array.of(0), 1)).toBe(false);
});
