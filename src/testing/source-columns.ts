import { strict as assert } from 'node:assert';
import type { Column, Columns } from '../core/columns.ts';
import { isHeadraceError } from '../core/error.ts';
import { countOf } from '../core/source.ts';
import { type Promised, withCase } from './kit.ts';
import { gather, open, type SourceCase, type ToldRefusal } from './source-reading.ts';

const LIMITS = [1, 7, 1024];

/** What a source promises that brings columns, or refuses records by itself. */
export function columnPromises<T>(): readonly Promised<SourceCase<T>>[] {
  return [
    {
      id: 'S19',
      says: 'columns have a name each, and an entry for every record: numbers, bytes that are 0 or 1, or words of the dictionary',
      check: async (make, patienceMs) => {
        for (const limit of LIMITS) {
          await withCase(make, async (made) => {
            const opened = await open(made);
            for (const { columns } of (await gather(made, opened, limit, patienceMs)).answers)
              if (columns !== undefined) checkColumns(columns);
            await opened.reader.close();
          });
        }
      },
    },
    {
      id: 'S20',
      says: 'what it refuses is told once, in its place between the records, with a position of its own and the action deadLetter, however reads are cut',
      needs: 'ends',
      check: async (make, patienceMs) => {
        const seen: (readonly ToldRefusal[])[] = [];
        for (const limit of LIMITS) {
          await withCase(make, async (made) => {
            const opened = await open(made);
            const { refused, positions, answers } = await gather(made, opened, limit, patienceMs, true);
            await opened.reader.close();
            for (const answer of answers) {
              let last = 0;
              for (const { before, error } of answer.refused ?? []) {
                assert.ok(before >= last && before <= countOf(answer), 'refused records are in order, and inside of their read');
                last = before;
                assert.ok(
                  isHeadraceError(error) && error.action === 'deadLetter',
                  'a refused record has an error with the action deadLetter',
                );
              }
            }
            const places = refused.map(({ position }) => position);
            assert.deepEqual(places, made.refused ?? [], 'the positions of what is refused');
            const all = new Set([...positions, ...places].map(String));
            assert.equal(all.size, positions.length + places.length, 'refused and good records have positions of their own');
            seen.push(refused);
          });
        }
        for (const refused of seen) assert.deepEqual(refused, seen[0]);
      },
    },
  ];
}

function checkColumns({ length, names, columns }: Columns): void {
  assert.ok(Number.isSafeInteger(length) && length >= 0, 'columns say how many records they hold');
  assert.equal(columns.length, names.length, 'one column a name');
  assert.equal(new Set(names).size, names.length, 'names differ');
  for (const [at, column] of columns.entries()) checkColumn(column, length, names[at]!);
}

function checkColumn(column: Column, length: number, name: string): void {
  const array = column.kind === 'dictionary' ? column.ids : column.values;
  assert.ok(array.length >= length, `column ${name} has an entry for every record`);
  if (column.kind === 'plain') return;
  const { nulls } = column;
  if (nulls !== undefined) assert.ok(nulls.length >= length, `column ${name} says of every record whether it is null`);
  for (let row = 0; row < length; row++) {
    const isNull = nulls?.[row] === 1;
    assert.ok(isNull || nulls === undefined || nulls[row] === 0, `column ${name} is null or is not`);
    if (isNull) continue;
    const entry = array[row]!;
    if (column.kind === 'boolean') assert.ok(entry === 0 || entry === 1, `column ${name} is true or false`);
    if (column.kind === 'dictionary')
      assert.equal(typeof column.entries[Number(entry)], 'string', `column ${name} has a word for every record`);
  }
}
