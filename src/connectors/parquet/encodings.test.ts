import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { ColumnSource } from 'hyparquet-writer/src/types.js';
import { expect, test } from 'vitest';
import { parquet } from './parquet.ts';
import { readAll } from './parquet-rig.ts';

type Written = Omit<Parameters<typeof parquetWrite>[0], 'writer'>;

/** A file of another writer, with pages as small as asked for. */
function fileOf(options: Written): Uint8Array {
  const writer = new ByteWriter();
  void parquetWrite({ pageSize: 400, rowGroupSize: 300, ...options, writer });
  return writer.getBytes();
}

const COUNT = 700;
const numbered = <V>(make: (i: number) => V): V[] => Array.from({ length: COUNT }, (_, i) => make(i));
const jumps = (i: number): number => (((i + 1) * 7919) % 1000) * (i % 2 === 0 ? -1 : 1);

const encodings: readonly (readonly [name: string, column: ColumnSource, values: readonly unknown[]])[] = [
  ['whole numbers as differences', { name: 'v', type: 'INT32', encoding: 'DELTA_BINARY_PACKED', data: numbered(jumps) }, numbered(jumps)],
  [
    'long numbers as differences, to both ends',
    {
      name: 'v',
      type: 'INT64',
      encoding: 'DELTA_BINARY_PACKED',
      data: numbered((i) => (i % 2 === 0 ? 2n ** 63n - 1n : -(2n ** 63n)) + BigInt(i % 3) * (i % 2 === 0 ? -1n : 1n)),
    },
    numbered((i) => (i % 2 === 0 ? 2n ** 63n - 1n : -(2n ** 63n)) + BigInt(i % 3) * (i % 2 === 0 ? -1n : 1n)),
  ],
  [
    'texts behind their lengths',
    { name: 'v', type: 'STRING', encoding: 'DELTA_LENGTH_BYTE_ARRAY', data: numbered((i) => 'ä'.repeat(i % 7)) },
    numbered((i) => 'ä'.repeat(i % 7)),
  ],
  [
    'texts that share their beginning',
    { name: 'v', type: 'STRING', encoding: 'DELTA_BYTE_ARRAY', data: numbered((i) => `user ${i}`) },
    numbered((i) => `user ${i}`),
  ],
  [
    'doubles split by bytes',
    { name: 'v', type: 'DOUBLE', encoding: 'BYTE_STREAM_SPLIT', data: numbered((i) => i / 7) },
    numbered((i) => i / 7),
  ],
  [
    'floats split by bytes',
    { name: 'v', type: 'FLOAT', encoding: 'BYTE_STREAM_SPLIT', data: numbered((i) => i / 8) },
    numbered((i) => i / 8),
  ],
  ['booleans as runs', { name: 'v', type: 'BOOLEAN', encoding: 'RLE', data: numbered((i) => i % 50 < 25) }, numbered((i) => i % 50 < 25)],
  ['booleans as bits', { name: 'v', type: 'BOOLEAN', encoding: 'PLAIN', data: numbered((i) => i % 3 === 0) }, numbered((i) => i % 3 === 0)],
  [
    'numbers of a dictionary',
    { name: 'v', type: 'DOUBLE', encoding: 'RLE_DICTIONARY', data: numbered((i) => (i % 300) / 2) },
    numbered((i) => (i % 300) / 2),
  ],
  [
    'texts of a dictionary of one',
    { name: 'v', type: 'STRING', encoding: 'RLE_DICTIONARY', data: numbered(() => 'all') },
    numbered(() => 'all'),
  ],
  ['small floats', { name: 'v', type: 'FLOAT16', data: numbered((i) => i / 4) }, numbered((i) => i / 4)],
  [
    'unique ids',
    { name: 'v', type: 'UUID', data: numbered((i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`) },
    numbered((i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`),
  ],
  [
    'bytes',
    { name: 'v', type: 'BYTE_ARRAY', data: numbered((i) => Uint8Array.of(255, i % 256)) },
    numbered((i) => Uint8Array.of(255, i % 256)),
  ],
];

for (const [name, column, values] of encodings) {
  test(`${name} are read`, async () => {
    expect((await readAll(parquet(), fileOf({ columnData: [column] }), { limit: 64 })).rows).toEqual(values.map((v) => ({ v })));
    for (const fromRow of [0, 1, 299, 300, 455, 699])
      expect((await readAll(parquet(), fileOf({ columnData: [column] }), { fromRow })).rows).toEqual(
        values.slice(fromRow).map((v) => ({ v })),
      );
    // Every third is empty.
    const data = Array.from(column.data as ArrayLike<unknown>, (v, i) => (i % 3 === 0 ? null : v));
    const holed = fileOf({ columnData: [{ ...column, data: data as never, nullable: true }] });
    expect((await readAll(parquet(), holed, { limit: 50 })).rows).toEqual(values.map((v, i) => ({ v: i % 3 === 0 ? null : v })));
    const empty = fileOf({ columnData: [{ ...column, data: data.map(() => null) as never, nullable: true }] });
    expect((await readAll(parquet(), empty)).rows).toEqual(values.map(() => ({ v: null })));
  });
}

/** Stored as decimals of a size; `bytes` are written with the highest first. */
function decimals(type: 'INT32' | 'INT64' | 'FIXED_LEN_BYTE_ARRAY' | 'BYTE_ARRAY', scale: number, values: readonly bigint[]): Uint8Array {
  const element = {
    name: 'v',
    type,
    type_length: type === 'FIXED_LEN_BYTE_ARRAY' ? 20 : undefined,
    repetition_type: 'REQUIRED',
    converted_type: 'DECIMAL',
    scale,
    precision: 9,
  };
  return fileOf({ schema: [{ name: 'root', num_children: 1 }, element] as never, columnData: [{ name: 'v', data: [...values] as never }] });
}

test('decimals are exact as strings, the nearest number as numbers, and whole where they have no fraction', async () => {
  const [asText, asNumber] = [parquet({ columns: { v: 'string' } }), parquet({ columns: { v: 'number' } })];
  for (const type of ['INT32', 'INT64', 'FIXED_LEN_BYTE_ARRAY', 'BYTE_ARRAY'] as const) {
    const file = decimals(type, 2, [0n, 5n, -5n, 123n, -12345n, 1_999_999_999n]);
    const texts = ['0.00', '0.05', '-0.05', '1.23', '-123.45', '19999999.99'];
    expect((await readAll(asText, file)).rows).toEqual(texts.map((v) => ({ v })));
    expect((await readAll(asNumber, file)).rows).toEqual(texts.map((v) => ({ v: Number(v) })));
    expect((await readAll(parquet(), file)).rows).toEqual(texts.map((v) => ({ v })));
    await expect(readAll(parquet({ columns: { v: 'integer' } }), file)).rejects.toMatchObject({ code: 'HR_PARQUET_COLUMN' });
  }
  const long = decimals('FIXED_LEN_BYTE_ARRAY', 30, [10n ** 40n + 1n, -(10n ** 40n)]);
  expect((await readAll(asText, long)).rows).toEqual([{ v: `10000000000.${'0'.repeat(29)}1` }, { v: `-10000000000.${'0'.repeat(30)}` }]);
  expect((await readAll(asNumber, long)).rows).toEqual([{ v: 1e10 }, { v: -1e10 }]);
  const whole = decimals('INT64', 0, [7n, 2n ** 60n]);
  const read = await readAll(parquet({ columns: { v: 'integer' } }), whole);
  expect([read.rows, read.refused.length]).toEqual([[{ v: 7 }], 1]);
});

const list = [
  { name: 'root', num_children: 2 },
  { name: 'id', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'tags', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
  { name: 'name', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'n', type: 'INT32', repetition_type: 'REQUIRED' },
];

test('lists and structures are plain values where no columns are declared, in small pages and from any row on', async () => {
  const tags = numbered((i) =>
    i % 7 === 0 ? null : Array.from({ length: i % 5 }, (_, k) => (k === 3 ? null : { name: k === 1 ? null : `tag ${i}`, n: k })),
  );
  const file = fileOf({
    schema: list as never,
    columnData: [
      { name: 'id', data: numbered((i) => i) },
      { name: 'tags', data: tags as never },
    ],
  });
  const rows = tags.map((each, id) => ({ id, tags: each }));
  for (const [limit, fromRow] of [
    [1, 0],
    [1000, 0],
    [13, 299],
    [13, 300],
    [13, 301],
  ] as const)
    expect((await readAll(parquet(), file, { limit, fromRow })).rows).toEqual(rows.slice(fromRow));
  // Beside a list, columns that are none are read as ever.
  expect((await readAll(parquet({ columns: { id: 'integer' } }), file)).rows).toEqual(rows.map(({ id }) => ({ id })));
  await expect(readAll(parquet({ columns: { tags: 'string' } }), file)).rejects.toMatchObject({
    code: 'HR_PARQUET_COLUMN',
    what: 'the column "tags" is a list or a structure',
  });
});

test('what stands in a structure is a column by its path, empty where the structure is', async () => {
  const schema = [
    { name: 'root', num_children: 1 },
    { name: 'at', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'x', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
    { name: 'y', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  ];
  const data = numbered((i) => (i % 3 === 0 ? null : { x: i % 4 === 0 ? null : i / 2, y: i }));
  const file = fileOf({ schema: schema as never, columnData: [{ name: 'at', data: data as never }] });
  const format = parquet({ columns: { x: { as: 'number?', from: 'at.x' }, y: { as: 'number?', from: 'at.y' } } });
  expect((await readAll(format, file)).rows).toEqual(data.map((at) => ({ x: at?.x ?? null, y: at?.y ?? null })));
  expect((await readAll(parquet(), file)).rows).toEqual(data.map((at) => ({ at })));
});
