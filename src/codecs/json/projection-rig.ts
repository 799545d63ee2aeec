import { expect } from 'vitest';
import { entryAt } from '../../core/columns.ts';
import type { BlockOpening } from '../../core/format.ts';
import type { ColumnWishes } from '../column-kinds.ts';
import { projectionOf } from './projected.ts';
import { type Projection, ProjectionReader } from './projection.ts';

export interface Told {
  readonly rows: unknown[][];
  readonly refused: string[];
}

/** What both codes say, which must be the same. */
export function read(columns: ColumnWishes, bytes: string | Uint8Array, more: Partial<BlockOpening & Projection> = {}): Told {
  const [fast, plain] = [false, true].map((isPlain) => {
    const reader = new ProjectionReader({ ...projectionOf({ columns }), isPlain, ...more }, { where: 'file:x', recordBytes: 1e6, ...more });
    reader.feed(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    reader.end();
    const told: Told = { rows: [], refused: [] };
    for (let answer = reader.next(100); answer !== undefined; answer = reader.next(100)) {
      const { columns: found, refused = [] } = answer;
      for (let row = 0; row < found!.length; row++) told.rows.push(found!.columns.map((column) => entryAt(column, row)));
      told.refused.push(...refused.map(({ error }) => `${error.code} ${error.where}, ${error.what}`));
    }
    return told;
  });
  expect(fast).toEqual(plain);
  return fast!;
}
