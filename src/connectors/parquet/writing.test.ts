import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import type { FileEncoder } from '../../core/format.ts';
import { parquet } from './parquet.ts';
import { encoded, readAll } from './parquet-rig.ts';

const opening = { where: 'file:made', isEmpty: true };

/** What each call of `take` gave, and the most that was held. */
function written<T>(encoder: FileEncoder<T>, rows: Iterable<T>): { readonly parts: readonly Uint8Array[][]; readonly mostHeld: number } {
  const parts: Uint8Array[][] = [];
  let mostHeld = 0;
  for (const row of rows) {
    encoder.add(row);
    mostHeld = Math.max(mostHeld, encoder.heldBytes);
    parts.push([...encoder.take()]);
  }
  parts.push([...encoder.end()]);
  return { parts, mostHeld };
}

test('a group is given when it has its rows or its bytes, and nothing before', () => {
  const text = 'x'.repeat(96);
  const rows = Array.from({ length: 1000 }, (_, id) => ({ id, text: text + String(id).padStart(4, '0') }));
  const columns = { id: 'integer', text: 'string' } as const;
  const byRows = written(parquet({ columns, groupRows: 300 }).writing!.open(opening), rows);
  expect(byRows.parts.flatMap((part, at) => (part.length > 0 ? [at] : []))).toEqual([299, 599, 899, 1000]);
  // 112 bytes a row: 8 of the number, 104 of the text and its length.
  const byBytes = written(parquet({ columns, groupBytes: '10KiB' }).writing!.open(opening), rows);
  const given = byBytes.parts.flatMap((part, at) => (part.length > 0 ? [at] : []));
  expect(given.slice(0, 3)).toEqual([91, 183, 275]);
  expect(byBytes.mostHeld).toBeLessThan(40_000);
  const footer = parquetMetadata(new Uint8Array(Buffer.concat(byBytes.parts.flat())));
  expect(footer.row_groups.map((group) => Number(group.num_rows))).toEqual([...new Array<number>(10).fill(92), 80]);
});

test('each group says the least and the greatest of each column, and how many places are empty', () => {
  const format = parquet({ columns: { id: 'integer', at: 'time?', name: 'string?', price: 'number' }, groupRows: 2 });
  const bytes = encoded(format, [
    { id: 5, at: 1_700_000_000_000, name: 'b', price: 2 },
    { id: -7, at: null, name: 'a', price: Number.NaN },
    { id: 9, at: null, name: null, price: 1 },
  ]);
  const { row_groups, created_by } = parquetMetadata(new Uint8Array(bytes));
  const [first, last] = row_groups.map(({ columns }) => columns.map(({ meta_data }) => meta_data!.statistics!));
  expect(first!.map(({ min_value, max_value, null_count }) => [min_value, max_value, null_count])).toEqual([
    [-7n, 5n, 0n],
    [new Date(1_700_000_000_000), new Date(1_700_000_000_000), 1n],
    ['a', 'b', 0n],
    [2, 2, 0n],
  ]);
  expect(last!.map(({ null_count }) => null_count)).toEqual([0n, 1n, 1n, 0n]);
  expect(created_by).toBe('headrace');
});

const columns = {
  id: 'integer',
  big: 'bigint?',
  land: { as: 'string?', oneOf: ['CH'] },
  name: 'string?',
  at: 'time?',
  us: { as: 'time?', unit: 'us' },
  ns: { as: 'time?', unit: 'ns' },
  ok: 'boolean?',
  price: 'number?',
} as const;

const bad: readonly (readonly [says: string, row: Readonly<Record<string, unknown>>])[] = [
  ['there is no value (parquet, column "id")', { id: null }],
  ['there is no value (parquet, column "id")', {}],
  ['1.5 cannot be written as integer', { id: 1.5 }],
  ['9007199254740992 cannot be written as integer', { id: 2 ** 53 }],
  ['"1" cannot be written as integer', { id: '1' }],
  ['9223372036854775808n cannot be written as bigint', { id: 1, big: 2n ** 63n }],
  ['5 cannot be written as bigint', { id: 1, big: 5 }],
  ['"DE" cannot be written as one of CH', { id: 1, land: 'DE' }],
  ['cannot be written as string', { id: 1, name: 'half \uD83C' }],
  ['a value of the type object cannot be written as string', { id: 1, name: Object.create(null) }],
  ["1.5 cannot be written as time (parquet, column \"at\"). Declare the column as { as: 'time', unit: 'us' }", { id: 1, at: 1.5 }],
  ['0.0001 cannot be written as time', { id: 1, us: 0.0001 }],
  ['Infinity cannot be written as time', { id: 1, at: Number.POSITIVE_INFINITY }],
  ['10000000000000 cannot be written as time', { id: 1, ns: 1e13 }],
  ['1 cannot be written as boolean', { id: 1, ok: 1 }],
  ['"1" cannot be written as number', { id: 1, price: '1' }],
];

for (const [says, row] of bad) {
  test(`a record that cannot be written is refused and leaves nothing behind: ${says}`, async () => {
    const format = parquet({ columns });
    const encoder = format.writing!.open(opening);
    encoder.add({ ...empty, id: 1 });
    const held = encoder.heldBytes;
    expect(() => encoder.add(row as never)).toThrow(
      expect.objectContaining({ code: 'HR_VALUE_UNENCODABLE', action: 'deadLetter', message: expect.stringContaining(says) }),
    );
    expect(encoder.heldBytes).toBe(held);
    encoder.add({ ...empty, id: 2 });
    const read = await readAll(format, Buffer.concat(encoder.end()));
    expect(read.rows.map(({ id }) => id)).toEqual([1, 2]);
  });
}

const empty = { big: null, land: null, name: null, at: null, us: null, ns: null, ok: null, price: null };

test('values at the ends of what can be written are read back', async () => {
  const rows = [
    {
      ...empty,
      id: Number.MAX_SAFE_INTEGER,
      big: 2n ** 63n - 1n,
      at: 8.64e15,
      us: -1e12 + 0.001,
      ns: 1_700_000_000_000.25,
      price: Number.MIN_VALUE,
    },
    { ...empty, id: Number.MIN_SAFE_INTEGER, big: -(2n ** 63n), at: -8.64e15, us: 1e12 + 0.999, ns: -1, price: Number.NEGATIVE_INFINITY },
    { ...empty, id: 0, name: '', at: 0, ok: false, price: Number.NaN },
    { ...empty, id: 0, name: '\u0000\uFFFF🎈', ok: true, price: -0 },
  ];
  const format = parquet({ columns });
  const read = await readAll(format, encoded(format, rows as never));
  expect(read.rows).toEqual(rows);
});

test('members that are missing are empty, and those that are no columns are left out', async () => {
  const format = parquet({ columns: { id: 'integer', name: 'string?' } });
  const read = await readAll(format, encoded(format, [{ id: 1, other: 2 } as never]));
  expect(read.rows).toEqual([{ id: 1, name: null }]);
});

test('without columns nothing can be written, and the error says what to do', () => {
  expect(() => parquet().writing!.open(opening)).toThrow(
    expect.objectContaining({ code: 'HR_COLUMNS_INVALID', where: 'file:made', todo: expect.stringContaining('parquet({ columns:') }),
  );
});
