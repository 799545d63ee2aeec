import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecordCache } from './record-cache.ts';

test('a record is the one that was kept, or is not there, and the newest is there', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30), fc.nat(70)), { maxLength: 300 }), (puts) => {
      const cache = new RecordCache(1000);
      const kept = new Map<number, Uint8Array>();
      for (const [i, [offset, length]] of puts.entries()) {
        const record = new Uint8Array(length).fill(i);
        cache.put(1, offset, record);
        kept.set(offset, record);
        if (length <= 1000 / 16) expect(cache.get(1, offset)).toEqual(record);
        for (const [each, was] of kept) {
          const found = cache.get(1, each);
          // One too long to be kept leaves what stood there before; the store keeps one record in a place for ever.
          if (found !== undefined && was.length <= 1000 / 16) expect(found).toEqual(was);
        }
      }
    }),
  );
});

test('while there is room nothing goes: all records are there in each size the memory grows through, and then the oldest go', () => {
  const budget = 1 << 20;
  const cache = new RecordCache(budget);
  const count = 5000;
  const record = (i: number): Uint8Array => new Uint8Array(100 + (i % 97)).fill(i);
  const lost = (from: number, to: number): number => {
    let missing = 0;
    for (let i = from; i < to; i++) {
      const found = cache.get(3, i * 16);
      if (found === undefined) missing++;
      else expect(found).toEqual(record(i));
    }
    return missing;
  };
  for (let i = 0; i < count; i++) cache.put(3, i * 16, record(i));
  const inAll = count - lost(0, count);
  expect(inAll).toBeGreaterThan(count * 0.6);
  for (let i = count; i < 3 * count; i++) cache.put(3, i * 16, record(i));
  expect(lost(0, count)).toBe(count);
  expect(lost(2 * count, 3 * count)).toBeLessThan(count * 0.5);
});

test('a budget of nothing keeps nothing', () => {
  const cache = new RecordCache(0);
  cache.put(1, 5, new Uint8Array(3));
  expect(cache.get(1, 5)).toBeUndefined();
});
