import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamBuffer } from './stream-buffer.ts';

test('many writers and readers lose nothing, repeat nothing, and keep the bound', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.constantFrom('read', 'readBatch', 'loop', 'batches'), { minLength: 1, maxLength: 4 }),
      async (items, counts, kinds) => {
        const buffer = new StreamBuffer<string>({ items });
        const seen: string[] = [];
        const take = (got: readonly string[]): void => {
          expect(buffer.items).toBeLessThanOrEqual(items);
          seen.push(...got);
        };
        const readers = kinds.map(async (kind) => {
          if (kind === 'loop') for await (const item of buffer) take([item]);
          else if (kind === 'batches') for await (const batch of buffer.batches(3)) take(batch);
          else if (kind === 'read') for (let got = await buffer.read(); got !== undefined; got = await buffer.read()) take([got]);
          else for (let got = await buffer.readBatch(2); got.length > 0; got = await buffer.readBatch(2)) take(got);
        });
        await Promise.all(
          counts.map(async (count, writer) => {
            for (let i = 0; i < count; i++) await buffer.write(`${writer}:${i}`);
          }),
        );
        buffer.close();
        await Promise.all(readers);
        const expected = counts.flatMap((count, writer) => Array.from({ length: count }, (_, i) => `${writer}:${i}`));
        expect([...seen].sort()).toEqual(expected.sort());
        expect([buffer.items, buffer.bytes, buffer.isEnded]).toEqual([0, 0, true]);
      },
    ),
  );
});

test('a sequence of calls gives what a plain array gives', () => {
  const call = fc.oneof(fc.record({ write: fc.integer() }), fc.record({ take: fc.integer({ min: 1, max: 5 }) }));
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (calls, items) => {
      const buffer = new StreamBuffer<number>({ items });
      const plain: number[] = [];
      for (const one of calls) {
        if ('write' in one) {
          const fits = plain.length < items;
          if (fits) plain.push(one.write);
          expect(buffer.tryWrite(one.write)).toBe(fits);
        } else expect(buffer.tryReadBatch(one.take)).toEqual(plain.splice(0, one.take));
        expect(buffer.items).toBe(plain.length);
      }
    }),
  );
});
