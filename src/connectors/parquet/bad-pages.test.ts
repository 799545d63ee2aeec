import { crc32, gzipSync } from 'node:zlib';
import type { FileMetaData, PageHeader, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { expect, test } from 'vitest';
import { parquet } from './parquet.ts';
import { readAll } from './parquet-rig.ts';

interface Made {
  readonly type?: SchemaElement['type'];
  readonly rows: number;
  readonly codec?: FileMetaData['row_groups'][0]['columns'][0]['meta_data'] extends infer M
    ? NonNullable<M> extends { codec: infer C }
      ? C
      : never
    : never;
  readonly pages: readonly {
    readonly header: Omit<PageHeader, 'compressed_page_size'> & { readonly compressed_page_size?: number };
    readonly body: Uint8Array;
  }[];
  readonly name?: string;
}

/** A file of one column, page by page. */
function made({ type = 'INT32', rows, codec = 'UNCOMPRESSED', pages, name = 'v' }: Made): Buffer {
  const writer = new ByteWriter();
  writer.appendUint32(0x31524150);
  for (const { header, body } of pages) {
    writePageHeader(writer, { compressed_page_size: body.length, ...header });
    writer.appendBytes(body);
  }
  const size = BigInt(writer.offset - 4);
  const meta_data = {
    type,
    encodings: [],
    path_in_schema: [name],
    codec,
    num_values: BigInt(rows),
    total_uncompressed_size: size,
    total_compressed_size: size,
    data_page_offset: 4n,
  };
  const footer = {
    version: 2,
    schema: [
      { name: 'root', num_children: 1 },
      { name, type, repetition_type: 'REQUIRED' },
    ],
    num_rows: BigInt(rows),
    row_groups: [{ columns: [{ file_offset: 4n, meta_data }], total_byte_size: size, num_rows: BigInt(rows) }],
  };
  writeMetadata(writer, footer as unknown as FileMetaData);
  writer.appendUint32(0x31524150);
  return Buffer.from(writer.getBytes());
}

function plainPage(values: number, uncompressed: number, encoding: NonNullable<PageHeader['data_page_header']>['encoding'] = 'PLAIN') {
  const levels = { definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const;
  return {
    type: 'DATA_PAGE',
    uncompressed_page_size: uncompressed,
    data_page_header: { num_values: values, encoding, ...levels },
  } as const;
}

const text = (value: string): Buffer => Buffer.concat([Buffer.from(Uint32Array.of(value.length).buffer), Buffer.from(value)]);
const [MEGABYTE, MOST] = [1024 * 1024, 2 ** 31 - 1];

/** A snappy block that says it is this long. */
function snappyOf(length: number): Buffer {
  const head: number[] = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    head.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) return Buffer.from([...head, 0, 0]);
  }
}

const pages: readonly (readonly [name: string, code: string, says: string, made: Made])[] = [
  [
    'unpacks to 2 GB, as it says',
    'HR_PARQUET_LARGE',
    'a page would take',
    { codec: 'SNAPPY', rows: 3, pages: [{ header: plainPage(3, MOST), body: snappyOf(MOST) }] },
  ],
  [
    'unpacks to more than it says',
    'HR_PARQUET_BROKEN',
    'a page of 12 bytes does not unpack',
    { codec: 'GZIP', rows: 3, pages: [{ header: plainPage(3, 12), body: gzipSync(Buffer.alloc(64 * MEGABYTE)) }] },
  ],
  [
    'unpacks to less than it says',
    'HR_PARQUET_BROKEN',
    'a page of 12 bytes unpacks to 4',
    { codec: 'GZIP', rows: 3, pages: [{ header: plainPage(3, 12), body: gzipSync(Buffer.alloc(4)) }] },
  ],
  [
    'says another length inside',
    'HR_PARQUET_BROKEN',
    'nothing that makes sense',
    { codec: 'SNAPPY', rows: 3, pages: [{ header: plainPage(3, 12), body: snappyOf(13) }] },
  ],
  [
    'has two billion values in five bytes',
    'HR_PARQUET_LARGE',
    'a page would take',
    { rows: MOST, pages: [{ header: plainPage(MOST, 5, 'RLE_DICTIONARY'), body: Buffer.from([1, 0xfe, 0xff, 0xff, 0xff]) }] },
  ],
  [
    'has fewer bytes than values',
    'HR_PARQUET_BROKEN',
    'a page wants 12 more bytes and has 8',
    { rows: 3, pages: [{ header: plainPage(3, 8), body: Buffer.alloc(8) }] },
  ],
  [
    'goes beyond its column',
    'HR_PARQUET_BROKEN',
    'goes beyond the end of its column',
    { rows: 3, pages: [{ header: { ...plainPage(3, 12), compressed_page_size: 9999 }, body: Buffer.alloc(12) }] },
  ],
  [
    'has a negative size',
    'HR_PARQUET_BROKEN',
    'a page has no size',
    { rows: 3, pages: [{ header: { ...plainPage(3, -12), compressed_page_size: -1 }, body: Buffer.alloc(12) }] },
  ],
  [
    'wants a dictionary that is not there',
    'HR_PARQUET_BROKEN',
    'a page wants a dictionary',
    { rows: 3, pages: [{ header: plainPage(3, 3, 'RLE_DICTIONARY'), body: Buffer.from([1, 6, 0]) }] },
  ],
  [
    'names what is not in its dictionary',
    'HR_PARQUET_BROKEN',
    'a value is number 1 of a dictionary of 1',
    {
      rows: 3,
      pages: [
        {
          header: { type: 'DICTIONARY_PAGE', uncompressed_page_size: 4, dictionary_page_header: { num_values: 1, encoding: 'PLAIN' } },
          body: Buffer.alloc(4),
        },
        { header: plainPage(3, 3, 'RLE_DICTIONARY'), body: Buffer.from([1, 6, 1]) },
      ],
    },
  ],
  [
    'is a second dictionary',
    'HR_PARQUET_BROKEN',
    'a column has two dictionaries',
    {
      rows: 3,
      pages: Array.from({ length: 2 }, () => ({
        header: {
          type: 'DICTIONARY_PAGE',
          uncompressed_page_size: 4,
          dictionary_page_header: { num_values: 1, encoding: 'PLAIN' },
        } as const,
        body: Buffer.alloc(4),
      })),
    },
  ],
  [
    'has ids of 200 bits',
    'HR_PARQUET_BROKEN',
    'numbers of 200 bits',
    {
      rows: 3,
      pages: [
        {
          header: { type: 'DICTIONARY_PAGE', uncompressed_page_size: 4, dictionary_page_header: { num_values: 1, encoding: 'PLAIN' } },
          body: Buffer.alloc(4),
        },
        { header: plainPage(3, 3, 'RLE_DICTIONARY'), body: Buffer.from([200, 6, 1]) },
      ],
    },
  ],
  [
    'has a text that goes beyond it',
    'HR_PARQUET_BROKEN',
    'a text goes beyond the end of its page',
    { type: 'BYTE_ARRAY', rows: 1, pages: [{ header: plainPage(1, 7), body: Buffer.from([255, 255, 255, 127, 1, 2, 3]) }] },
  ],
  [
    'has an unknown encoding',
    'HR_PARQUET_UNSUPPORTED',
    'a page of INT32 has the encoding 4',
    { rows: 3, pages: [{ header: plainPage(3, 12, 'BIT_PACKED'), body: Buffer.alloc(12) }] },
  ],
  [
    'has differences in blocks of nothing',
    'HR_PARQUET_BROKEN',
    'blocks of no size',
    { rows: 3, pages: [{ header: plainPage(3, 4, 'DELTA_BINARY_PACKED'), body: Buffer.from([0, 0, 3, 0]) }] },
  ],
  [
    'fails its checksum',
    'HR_PARQUET_BROKEN',
    'the checksum of a page is wrong',
    { rows: 3, pages: [{ header: { ...plainPage(3, 12), crc: crc32(Buffer.alloc(12)) ^ 1 }, body: Buffer.alloc(12) }] },
  ],
];

for (const [name, code, says, file] of pages) {
  test(`a page that ${name} is an error, and nothing is made of it before`, async () => {
    const wish = parquet({ columns: { v: file.type === 'BYTE_ARRAY' ? 'string' : 'number' } });
    const before = process.memoryUsage().arrayBuffers;
    const failed = await readAll(wish, made(file)).catch((error: unknown) => error);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MEGABYTE);
    expect(failed).toMatchObject({ code, action: 'stop', message: expect.stringContaining(says) });
    expect(failed).toMatchObject({ message: expect.stringMatching(/file:made, byte \d+, column "v"/) });
  });
}

test('a page whose checksum is right is read', async () => {
  const body = Buffer.from(Int32Array.of(1, 2, 3).buffer);
  const bytes = made({ rows: 3, pages: [{ header: { ...plainPage(3, 12), crc: crc32(body) | 0 }, body }] });
  expect((await readAll(parquet({ columns: { v: 'integer' } }), bytes)).rows).toEqual([{ v: 1 }, { v: 2 }, { v: 3 }]);
});

test('texts that are no UTF-8 are refused one by one, whatever the others are', async () => {
  const body = Buffer.concat([
    text('one'),
    Buffer.from([2, 0, 0, 0, 0xc3, 0x28]),
    text('\uFFFD'.length === 1 ? 'two' : ''),
    Buffer.from([3, 0, 0, 0, 0xef, 0xbf, 0xbd]),
  ]);
  const bytes = made({ type: 'BYTE_ARRAY', rows: 4, pages: [{ header: plainPage(4, body.length), body }] });
  const read = await readAll(parquet({ columns: { v: 'string' } }), bytes);
  expect(read.rows).toEqual([{ v: 'one' }, { v: 'two' }, { v: '\uFFFD' }]);
  expect(read.refused.map(({ position, error }) => [position, error.what])).toEqual([[1, 'a text is not UTF-8']]);
});

test('a column that is called as a prototype changes none', async () => {
  const bytes = made({ name: '__proto__', rows: 1, pages: [{ header: plainPage(1, 4), body: Buffer.alloc(4) }] });
  await expect(readAll(parquet(), bytes)).rejects.toMatchObject({
    code: 'HR_PARQUET_COLUMN',
    message: expect.stringContaining('a column is called __proto__'),
  });
  const read = await readAll(parquet({ columns: { v: { as: 'integer', from: '__proto__' } } }), bytes);
  expect(read.rows).toEqual([{ v: 0 }]);
  for (const name of ['constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    const other = made({ name, rows: 1, pages: [{ header: plainPage(1, 4), body: Buffer.alloc(4) }] });
    const [row] = (await readAll(parquet(), other)).rows;
    expect(Object.entries(row!)).toEqual([[name, 0]]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  }
});
