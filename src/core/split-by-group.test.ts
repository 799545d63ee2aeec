import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { Chunk, type Origin } from './chunk.ts';
import { idOf, timeOf } from './record-of.ts';
import { splitByGroup } from './split-by-group.ts';

const origin: Origin = {
  source: 's',
  partition: '0',
  positionAt: (row) => String(row),
  idAt: (row) => `s/0/${row}`,
  timeAt: () => Number.NaN,
  headersAt: () => undefined,
};

test('every row goes to the owner of its key group, in order, with its id, time and key', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 30 }), { maxLength: 100 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (users, owners, hasRows) => {
        const keys = new InternedKeys({ maxParallelism: 16 });
        const keyIds = Int32Array.from(users, (user) => keys.idOf(user));
        const chunk = new Chunk(
          users.map((user, i) => ({ user, i })),
          origin,
          {
            keys,
            keyIds,
            rows: hasRows ? Int32Array.from(users, (_, i) => i + 7) : undefined,
            paths: [Int32Array.from(users, (_, i) => i * 2)],
            times: Float64Array.from(users, (_, i) => i / 2),
          },
          { watermark: 5 },
        );
        const ownerOf = Array.from({ length: 16 }, (_, group) => (group * 7) % owners);
        const shares = splitByGroup(chunk, ownerOf, owners);
        expect(shares.length).toBe(owners);
        const seen: unknown[] = [];
        for (const [owner, share] of shares.entries()) {
          const expected = chunk.values.map((_, i) => i).filter((i) => ownerOf[keys.groupAt(keyIds[i]!)] === owner);
          expect(share === undefined).toBe(expected.length === 0);
          expect(share?.control).toBeUndefined();
          expect(share?.values ?? []).toEqual(expected.map((i) => chunk.values[i]));
          for (const [k, i] of expected.entries()) {
            expect([idOf(share!, k), timeOf(share!, k), share!.keyIds![k]]).toEqual([idOf(chunk, i), timeOf(chunk, i), keyIds[i]]);
            seen.push(i);
          }
        }
        expect(seen.length).toBe(users.length);
      },
    ),
  );
});

test('a share has arrays of its own, also where one owner gets everything', () => {
  const keys = new InternedKeys();
  const chunk = new Chunk([1, 2], origin, { keys, keyIds: Int32Array.from([keys.idOf('a'), keys.idOf('b')]) });
  const [share] = splitByGroup(chunk, new Int32Array(128), 1);
  share!.values[0] = 9;
  share!.keyIds![0] = 1;
  share!.rows![0] = 1;
  expect([chunk.values[0], chunk.keyIds![0], idOf(chunk, 0)]).toEqual([1, 0, 's/0/0']);
});

test('records without keys, and groups without an owner, are bugs', () => {
  const keys = new InternedKeys();
  const chunk = new Chunk([1], origin, { keys, keyIds: Int32Array.from([keys.idOf('a')]) });
  expect(() => splitByGroup(new Chunk([1], origin), [0], 1)).toThrow('bug of Headrace');
  expect(() => splitByGroup(chunk, [], 1)).toThrow('bug of Headrace');
  expect(() => splitByGroup(chunk, new Int32Array(128).fill(1), 1)).toThrow('bug of Headrace');
});
