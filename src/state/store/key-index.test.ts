import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyIndex, NONE, tagOf } from './key-index.ts';

const OF = { bytes: 100, space: 3, group: 9 };

test('an index keeps what was added, moved and taken away, however hashes collide', () => {
  // Few hashes, at both ends of a table and of the numbers, so that slots run into each other and around the end.
  const hash = fc.constantFrom(0, 256, 512, 0xffffff00, 0xfffffe00, 0x80000000, 1, 0xffffffff, 0x7fffff00);
  const step = fc.record({ hash, does: fc.constantFrom('add', 'add', 'move', 'remove' as const), which: fc.nat(40) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const index = new KeyIndex();
      const kept: { hash: number; offset: number }[] = [];
      let offset = 0;
      for (const { hash: of, does, which } of steps) {
        offset++;
        if (does === 'add') {
          index.add(of, { segment: 1, offset }, OF);
          kept.push({ hash: of, offset });
          continue;
        }
        const one = kept[which];
        if (one === undefined) continue;
        const entry = index.find(one.hash, { segment: 1, offset: one.offset });
        expect(entry).not.toBe(NONE);
        if (does === 'remove') {
          index.remove(entry);
          kept.splice(which, 1);
        } else {
          index.move(entry, { segment: 1, offset }, OF.bytes);
          one.offset = offset;
        }
      }
      expect(index.count).toBe(kept.length);
      expect([...index.entries()].map((entry) => index.offsetOf(entry)).sort(numerically)).toEqual(
        kept.map((one) => one.offset).sort(numerically),
      );
      for (const one of kept) expect(index.find(one.hash, { segment: 1, offset: one.offset })).not.toBe(NONE);
    }),
  );
});

test('an entry says where its record stands, how long it is about, and whose it is', () => {
  const index = new KeyIndex();
  for (const bytes of [16, 8191, 8192, 131_071, 5_000_000, 4_000_000_000]) {
    const entry = index.add(bytes, { segment: 70_000, offset: 0xfffffff0 }, { bytes, space: 65_535, group: 65_535 });
    expect([index.tagOf(entry), index.offsetOf(entry)]).toEqual([tagOf(70_000), 0xfffffff0]);
    expect([index.spaceOf(entry), index.groupOf(entry)]).toEqual([65_535, 65_535]);
    expect(index.bytesOf(entry)).toBeGreaterThanOrEqual(bytes);
    expect(index.bytesOf(entry)).toBeLessThanOrEqual(bytes * 1.002);
  }
});

test('a key takes 20 to 30 bytes', () => {
  const index = new KeyIndex();
  for (let i = 0; i < 100_000; i++) {
    index.add(Math.imul(i, 0x9e3779b1) >>> 0, { segment: 1, offset: i }, OF);
    if (i < 50_000) continue;
    expect(index.bytes / index.count).toBeLessThan(33);
    i += 5000;
  }
  expect(index.find(Math.imul(77, 0x9e3779b1) >>> 0, { segment: 1, offset: 77 })).not.toBe(NONE);
});

const numerically = (a: number, b: number): number => a - b;
