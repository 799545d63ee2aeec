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

test('a budget of nothing keeps nothing', () => {
  const cache = new RecordCache(0);
  cache.put(1, 5, new Uint8Array(3));
  expect(cache.get(1, 5)).toBeUndefined();
});
