import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cursorOf, isBehind, resumeOf } from './cursor.ts';
import type { SqliteCursor } from './options.ts';

const cursors = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: fc.constantFrom('a', 'B', 'é', '\uffee', '\u{1f600}', '\u{10ffff}', ' ') }),
);

test('one cursor is behind another exactly where SQLite sorts it there', () => {
  const database = new DatabaseSync(':memory:');
  const compare = database.prepare('select ? > ? as behind');
  fc.assert(
    fc.property(cursors, cursors, (a, b) => {
      expect(isBehind(a, b)).toBe((compare.get(b, a) as { behind: number }).behind === 1);
    }),
    { numRuns: 2000 },
  );
  database.close();
});

test('a cursor comes back from a checkpoint as what it was', () => {
  const kept = (cursor: SqliteCursor | undefined): unknown =>
    cursorOf(JSON.parse(JSON.stringify(resumeOf(cursor))) as string | number | null);
  for (const cursor of [undefined, 0, -1.5, 2 ** 52, 0n, -(2n ** 63n), '', 't', 'i1', '12', 'é']) expect(kept(cursor)).toBe(cursor);
});
