import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { widthOf, writeRuns } from './run-writer.ts';
import { snappied } from './snappy-writer.ts';
import { unpackSnappy } from './snappy.ts';

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 90 }),
  fc.record({ byte: fc.nat(255), count: fc.nat(400) }).map(({ byte, count }) => new Uint8Array(count).fill(byte)),
  fc.constantFrom('the same again', 'ab', 'abcabcabcabd').map((text) => Buffer.from(text)),
);

test('what Snappy packs it unpacks, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40, size: 'max' }), (pieces) => {
      const bytes = Buffer.concat(pieces);
      expect(Buffer.from(unpackSnappy(Uint8Array.from(snappied(bytes)), bytes.length)!).equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('Snappy packs more than one block, copies of any length and what cannot be packed', () => {
  const noise = Uint8Array.from({ length: 200_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 23);
  const repeated = Buffer.concat([noise.subarray(0, 70_000), noise.subarray(10, 66_000), new Uint8Array(70_000), noise]);
  for (const bytes of [noise, repeated, new Uint8Array(65_536), new Uint8Array(0)]) {
    const packed = Uint8Array.from(snappied(bytes));
    expect(Buffer.from(unpackSnappy(packed, bytes.length)!).equals(bytes)).toBe(true);
    expect(packed.length).toBeLessThan(bytes.length * 1.01 + 40);
  }
  expect(snappied(new Uint8Array(65_536)).length).toBeLessThan(3500);
});

test('runs are packed as the format says: equal ones by their number, others in groups of eight', () => {
  const out = new ByteWriter();
  writeRuns(out, Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), 8, 3);
  expect([...out.bytes]).toEqual([3, 0b10001000, 0b11000110, 0b11111010]); // The example of the format's own pages.
  out.clear();
  writeRuns(out, new Int32Array(300).fill(5), 300, 12);
  expect([...out.bytes]).toEqual([0xd8, 0x04, 5, 0]);
  expect([1, 2, 3, 256, 257].map(widthOf)).toEqual([1, 1, 2, 8, 9]);
});
