import { expect, test } from 'vitest';
import type { Column } from '../core/columns.ts';
import type { Codec } from '../core/codec.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { NumberingTrial } from './numbering-trial.ts';

test('a column is judged once, when an eighth of what a dictionary may hold has come', () => {
  const ids = new NumberingTrial(16_000);
  expect([ids.isInVain(1000, 1000), ids.isInVain(999, 1999), ids.isInVain(1, 2000), ids.isInVain(1000, 3000)]).toEqual([
    false,
    false,
    true,
    false,
  ]);
  const repeating = new NumberingTrial(16_000);
  expect([repeating.isInVain(2000, 1900), repeating.isInVain(1000, 2900)]).toEqual([false, false]);
});

test('strings drawn evenly of as many as a dictionary may hold are numbered on', () => {
  const most = 65_536;
  const trial = new NumberingTrial(most);
  const seen = new Set<number>();
  let endedAt: number | undefined;
  for (let row = 0, state = 7; row < most; row++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    seen.add(Math.floor(((state >>> 0) / 2 ** 32) * most));
    if (trial.isInVain(1, seen.size)) endedAt = row;
  }
  expect(endedAt).toBeUndefined();
});

interface Row {
  readonly id: string | null;
  readonly kind: string;
}

const ROWS = 12_000;
const COLUMNS = { id: 'string?', kind: 'string' } as const;
/** Short and long, of ASCII and not, with what must be escaped, and with nothing. */
function rowAt(row: number): Row {
  const kind = `k${row % 50}`;
  if (row % 97 === 0) return { id: null, kind };
  if (row % 89 === 0) return { id: `naïve-${row}`, kind };
  if (row % 1013 === 0) return { id: `say "${row}", then go on`, kind };
  if (row % 83 === 0) return { id: `a longer one that is not copied ${row}`, kind };
  return { id: `p${row}`, kind };
}
const ENCODINGS: readonly (readonly [string, Codec<Row>, (row: Row) => string])[] = [
  ['json', json({ columns: COLUMNS }), (row) => `${JSON.stringify(row)}\n`],
  [
    'csv',
    csv({ columns: COLUMNS, header: ['id', 'kind'] }),
    ({ id, kind }) => `${id === null ? '' : `"${id.replaceAll('"', '""')}"`},${kind}\n`,
  ],
];

test.each(ENCODINGS)('%s: ids are no longer numbered once they were looked at, and every row has its own', (_, codec, line) => {
  const reader = codec.blocks!.open({ where: 'x', recordBytes: 1000 });
  const rows = Array.from({ length: ROWS }, (_, row) => rowAt(row));
  const kinds = new Set<string>();
  let told = 0;
  const take = (): void => {
    for (let answer = reader.next(1000); answer !== undefined; answer = reader.next(1000)) {
      const [id, kind] = answer.columns!.columns as [Column, Column];
      kinds.add(`${told < 8192 ? 'before' : 'after'} ${id.kind}, ${kind.kind}`);
      for (let row = 0; row < answer.columns!.length; row++, told++)
        expect([textAt(id, row), textAt(kind, row)]).toEqual([rows[told]!.id, rows[told]!.kind]);
    }
  };
  for (let from = 0; from < ROWS; from += 500) {
    reader.feed(
      Buffer.from(
        rows
          .slice(from, from + 500)
          .map(line)
          .join(''),
      ),
    );
    take();
  }
  expect(told).toBe(ROWS);
  expect([...kinds].filter((kind) => !kind.endsWith(', dictionary'))).toEqual([]);
  expect(kinds).toContain('before dictionary, dictionary');
  expect(kinds).toContain('after plain, dictionary');
});

function textAt(column: Column, row: number): unknown {
  if (column.kind === 'plain') return column.values[row];
  if (column.kind !== 'dictionary') return column.kind;
  return column.nulls?.[row] === 1 ? null : column.entries[column.ids[row]!];
}
