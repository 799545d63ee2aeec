import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import { expect, test } from 'vitest';
import { parquet } from './parquet.ts';
import { bytesFile, encoded, type ReadingOptions, readAll } from './parquet-rig.ts';

const format = parquet({ columns: { id: 'integer', name: 'string' }, groupRows: 50 });
const good = encoded(
  format,
  Array.from({ length: 100 }, (_, id) => ({ id, name: `name ${id}` })),
);

async function refused(bytes: Uint8Array, code: string, says: string, options: ReadingOptions = {}): Promise<void> {
  const file = bytesFile(bytes);
  await expect(readAll(format, file, options)).rejects.toMatchObject({ code, action: 'stop', message: expect.stringContaining(says) });
  await expect(readAll(parquet(), bytesFile(bytes), options)).rejects.toMatchObject({ code });
}

test('a file that is no Parquet file, or not yet one, is told from a damaged one', async () => {
  await refused(Buffer.from(''), 'HR_PARQUET_MAGIC', 'a file of 0 bytes is no Parquet file (file:made)');
  await refused(Buffer.from('PAR1PAR1'), 'HR_PARQUET_MAGIC', 'a file of 8 bytes');
  await refused(Buffer.from('id,name\n1,one\n2,two\n'), 'HR_PARQUET_MAGIC', 'does not begin with PAR1');
  for (const length of [12, 13, 100, good.length - 200, good.length - 1])
    await refused(good.subarray(0, length), 'HR_PARQUET_MAGIC', 'does not end with PAR1: it was cut short');
});

test('an encrypted file is told as one', async () => {
  const locked = Buffer.from(good);
  locked.write('PARE', 0);
  locked.write('PARE', locked.length - 4);
  await refused(locked, 'HR_PARQUET_ENCRYPTED', 'the Parquet file is encrypted (file:made)');
});

test('a footer that is longer than the file, or than is allowed, is never read', async () => {
  for (const length of [good.length - 11, 1 << 30, 0xffffffff]) {
    const lying = Buffer.from(good);
    lying.writeUInt32LE(length, lying.length - 8);
    await refused(
      lying,
      'HR_PARQUET_BROKEN',
      `it says its footer has ${length} bytes, and the file has ${good.length} (file:made, byte ${good.length - 8})`,
    );
  }
  await refused(good, 'HR_PARQUET_LARGE', 'a footer of', { pieceBytes: 2048 });
});

test('a footer cut anywhere, or of noise, is an error with its place', async () => {
  const length = good.readUInt32LE(good.length - 8);
  const [from, to] = [good.length - 8 - length, good.length - 8];
  for (let cut = 0; cut < length; cut += 3) {
    const bytes = Buffer.concat([good.subarray(0, from + cut), good.subarray(to)]);
    bytes.writeUInt32LE(cut, bytes.length - 8);
    await expect(readAll(format, bytes)).rejects.toMatchObject({ code: 'HR_PARQUET_BROKEN', message: expect.stringMatching(/byte \d+/) });
  }
  for (const noise of [0x00, 0x80, 0xff, 0x19, 0x1c, 0xf9, 0x8c]) {
    const bytes = Buffer.from(good);
    bytes.fill(noise, from, to);
    await expect(readAll(format, bytes)).rejects.toMatchObject({ code: 'HR_PARQUET_BROKEN' });
  }
});

type Changed = { -readonly [K in keyof FileMetaData]: FileMetaData[K] };

/** The same pages under another footer. */
function withFooter(change: (footer: Changed) => void): Buffer {
  const footer = parquetMetadata(new Uint8Array(good)) as Changed;
  change(footer);
  const writer = new ByteWriter();
  writeMetadata(writer, footer);
  return Buffer.concat([good.subarray(0, good.length - 8 - good.readUInt32LE(good.length - 8)), writer.getBytes(), Buffer.from('PAR1')]);
}

const lies: readonly (readonly [name: string, code: string, says: string, change: (footer: Changed) => void])[] = [
  ['more rows than its groups', 'HR_PARQUET_BROKEN', 'it says it has 101 rows, and its row groups have 100', (f) => (f.num_rows = 101n)],
  ['fewer rows than none', 'HR_PARQUET_BROKEN', 'its footer has no number of rows', (f) => (f.num_rows = -1n)],
  [
    'a group of more rows than values',
    'HR_PARQUET_BROKEN',
    'a column has 50 values in a row group of 60 rows',
    (f) => {
      f.row_groups[0]!.num_rows = 60n;
      f.num_rows = 110n;
    },
  ],
  [
    'more values than its pages have',
    'HR_PARQUET_BROKEN',
    'a column ends 10 rows before its row group does',
    (f) => {
      f.row_groups[0]!.num_rows = 60n;
      f.num_rows = 110n;
      for (const { meta_data } of f.row_groups[0]!.columns) meta_data!.num_values = 60n;
    },
  ],
  [
    'fewer values than its pages have',
    'HR_PARQUET_BROKEN',
    'a page has 50 values for 50 of 40 rows',
    (f) => {
      f.row_groups[0]!.num_rows = 40n;
      f.num_rows = 90n;
      for (const { meta_data } of f.row_groups[0]!.columns) meta_data!.num_values = 40n;
    },
  ],
  [
    'a column before the file',
    'HR_PARQUET_BROKEN',
    'a column stands at the bytes -5',
    (f) => (f.row_groups[0]!.columns[0]!.meta_data!.data_page_offset = -5n),
  ],
  [
    'a column behind the pages',
    'HR_PARQUET_BROKEN',
    'a column stands at the bytes 100000',
    (f) => (f.row_groups[1]!.columns[1]!.meta_data!.data_page_offset = 100_000n),
  ],
  [
    'a column beyond all numbers',
    'HR_PARQUET_BROKEN',
    'beyond all bounds',
    (f) => (f.row_groups[0]!.columns[0]!.meta_data!.data_page_offset = 2n ** 62n),
  ],
  [
    'a column of no bytes',
    'HR_PARQUET_BROKEN',
    'a column ends 50 rows before',
    (f) => (f.row_groups[0]!.columns[0]!.meta_data!.total_compressed_size = 0n),
  ],
  ['a column that ends in a page', 'HR_PARQUET_BROKEN', '', (f) => (f.row_groups[0]!.columns[0]!.meta_data!.total_compressed_size -= 3n)],
  [
    'a column in another file',
    'HR_PARQUET_UNSUPPORTED',
    'a column stands in another file',
    (f) => (f.row_groups[0]!.columns[0]!.file_path = '/etc/passwd'),
  ],
  ['LZO', 'HR_PARQUET_UNSUPPORTED', 'compressed with LZO (file:made, byte', (f) => (f.row_groups[0]!.columns[0]!.meta_data!.codec = 'LZO')],
  [
    'the wrong compression',
    'HR_PARQUET_BROKEN',
    'does not unpack: incorrect header check',
    (f) => (f.row_groups[0]!.columns[0]!.meta_data!.codec = 'GZIP'),
  ],
  [
    'no compression where there is one',
    'HR_PARQUET_BROKEN',
    'a page of',
    (f) => (f.row_groups[0]!.columns[1]!.meta_data!.codec = 'UNCOMPRESSED'),
  ],
  [
    'a column too few in a group',
    'HR_PARQUET_BROKEN',
    'a row group has 1 columns, and the schema has 2',
    (f) => f.row_groups[1]!.columns.pop(),
  ],
];

for (const [name, code, says, change] of lies) {
  test(`a footer that tells of ${name} is an error`, async () => {
    const bytes = withFooter(change);
    const options = { mostRows: 1000 };
    await expect(readAll(format, bytes, options)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
    await expect(readAll(parquet(), bytes, options)).rejects.toMatchObject({ code });
  });
}

interface Element {
  readonly field_1?: number;
  readonly field_3?: number;
  readonly field_4: string;
  readonly field_5?: number;
}

/** A file without rows and with this schema. */
function withSchema(elements: readonly Element[]): Buffer {
  const writer = new ByteWriter();
  writer.appendUint32(0x31524150);
  serializeTCompactProtocol(writer, { field_1: 2, field_2: [...elements] as never[], field_3: 0n, field_4: [] });
  writer.appendUint32(writer.offset - 4);
  writer.appendUint32(0x31524150);
  return Buffer.from(writer.getBytes());
}

const column: Element = { field_1: 2, field_3: 0, field_4: 'id' };
const nest = (depth: number): Element[] => Array.from({ length: depth }, () => ({ field_3: 1, field_4: 'n', field_5: 1 }));

const schemas: readonly (readonly [says: string, elements: readonly Element[]])[] = [
  ['its schema ends in the middle of a group', [{ field_4: 'root', field_5: 2 }, column]],
  ['its schema names 2 of 3 elements', [{ field_4: 'root', field_5: 1 }, column, column]],
  ['a group of its schema has 2000000000 columns', [{ field_4: 'root', field_5: 2_000_000_000 }, column]],
  ['a group of its schema has -1 columns', [{ field_4: 'root', field_5: -1 }, column]],
  ['its schema is nested deeper than 32 levels', [{ field_4: 'root', field_5: 1 }, ...nest(5000), column]],
  ['its footer has no schema', []],
  [
    'there is no repetition 7',
    [
      { field_4: 'root', field_5: 1 },
      { ...column, field_3: 7 },
    ],
  ],
  [
    'its values have 0 bytes',
    [
      { field_4: 'root', field_5: 1 },
      { ...column, field_1: 7 },
    ],
  ],
  ['a schema of 70001 elements, more than 65536', [{ field_4: 'root', field_5: 70_000 }, ...new Array<Element>(70_000).fill(column)]],
];

for (const [says, elements] of schemas) {
  test(`a schema that makes no sense is an error: ${says}`, async () => {
    await refused(withSchema(elements), 'HR_PARQUET_BROKEN', says);
  });
}
