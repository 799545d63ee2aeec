// Inputs that nobody should have to read, each with what is said about it. The test makes them on the disk; a process of its
// own reads them (bad-reading.ts).
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { jsonArray } from '../../src/codecs/json-array.ts';
import { npy } from '../../src/connectors/arrays/index.ts';
import { type FileSourceOptions, fileSource } from '../../src/connectors/files/index.ts';
import { parquet } from '../../src/connectors/parquet/index.ts';
import { csv, json, type Source, text } from '../../src/index.ts';

export interface BadInput {
  /** How much of it: of the quick form and of the full one. */
  readonly mebibytes: readonly [quick: number, full: number];
  make(path: string, mebibytes: number): void;
  source(path: string): Source<unknown>;
  /** What comes of so much of it. */
  expected(mebibytes: number): Outcome;
}

export interface Outcome {
  /** How many, or how many the error says. */
  readonly rows: number | ((error: string) => number);
  /** Code and position of each. */
  readonly letters: readonly string[];
  /** What the error says, its code first. */
  readonly error?: readonly string[];
}

const MIB = 2 ** 20;
/** How long a record may be: as it is by default in the full form, less where all inputs are small. */
const RECORD_MIB = process.env['HEADRACE_TEST'] === 'full' ? 16 : 2;
const recordBytes = `${RECORD_MIB}MiB` as const;
const columns = { id: 'integer', name: 'string' } as const;
const rows = (options?: FileSourceOptions) => (path: string) => fileSource(path, csv({ columns }), { recordBytes, ...options });
const members = (path: string) => fileSource(path, json({ columns }), { recordBytes });

/** Writes pieces one after the other; a number is a hole of so many NULs. */
function put(path: string, ...pieces: (string | Uint8Array | number)[]): void {
  writeFileSync(path, '');
  const file = openSync(path, 'r+');
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'number') truncateSync(path, (at += piece));
    else at += writeSync(file, typeof piece === 'string' ? Buffer.from(piece) : piece, 0, undefined, at);
  }
  closeSync(file);
}

/** One text so often that it comes to so many MiB, after a beginning and in front of an end. */
function repeated(path: string, begin: string, line: string, mebibytes: number, end = ''): void {
  const block = Buffer.from(line.repeat(Math.floor(MIB / line.length)));
  put(path, begin, ...Array.from({ length: mebibytes }, () => block), end);
}

/** Of 23 bytes in a MiB. */
const ELEMENTS = Math.floor(MIB / 23);

/** Rows of 17 bytes behind a row that was given up when it was too long, and the rest of the line there with it. */
function behindTooLong(mebibytes: number): number {
  const begin = 'id,name\n1,one\n'.length;
  const given = Math.ceil((begin + RECORD_MIB * MIB + 1 - (begin + '2,"two\n'.length)) / 17);
  return Math.floor(MIB / 17) * mebibytes - given;
}

const BOMB_HEADER = 'id,name\n1,one\n';

/** So many MiB of zeros behind a good row, as gzip: a thousandth of it, written without ever making them. */
function bomb(path: string, mebibytes: number): void {
  const zeros = new Uint8Array(MIB);
  // Each piece ends on a byte, so the same bytes stand for every MiB.
  const piece = deflateRawSync(zeros, { finishFlush: constants.Z_SYNC_FLUSH, level: 9 });
  const begin = deflateRawSync(BOMB_HEADER, { finishFlush: constants.Z_SYNC_FLUSH });
  let sum = crc32(BOMB_HEADER);
  for (let i = 0; i < mebibytes; i++) sum = crc32(zeros, sum);
  const end = Buffer.alloc(10);
  end.writeUInt16LE(3, 0); // An empty last block.
  end.writeUInt32LE(sum, 2);
  end.writeUInt32LE((mebibytes * MIB + BOMB_HEADER.length) % 2 ** 32, 6);
  put(path, Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255), begin, ...Array.from({ length: mebibytes }, () => piece), end);
}

/** An .npy file with this header. */
function npyFile(path: string, header: string): void {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  put(path, Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header, 64);
}

const png = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\0\0\0\x03\0\x08\x06\0\0\0\n\xff\xfe,"\n', 'latin1');

export const badInputs: Readonly<Record<string, BadInput>> = {
  'a CSV row of a GB': {
    mebibytes: [4, 1024],
    make: (path, mebibytes) => put(path, 'id,name\n1,one\n2,', mebibytes * MIB, '\n3,three\n'),
    source: rows(),
    expected: () => ({ rows: 2, letters: ['HR_RECORD_TOO_LARGE 14'] }),
  },
  'a line of text without an end': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => put(path, 'one\n', mebibytes * MIB, '\nthree\n'),
    source: (path) => fileSource(path, text(), { recordBytes }),
    expected: () => ({ rows: 2, letters: ['HR_RECORD_TOO_LARGE 4'] }),
  },
  'a JSON line without an end, within a string': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => put(path, '{"id":1,"name":"one"}\n{"id":2,"name":"', mebibytes * MIB, '"}\n{"id":3,"name":"three"}\n'),
    source: members,
    expected: () => ({ rows: 2, letters: ['HR_RECORD_TOO_LARGE 22'] }),
  },
  'a quote that is never closed': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => repeated(path, 'id,name\n1,one\n2,"two\n', '3,three and more\n', mebibytes),
    source: rows(),
    expected: (mebibytes) => ({ rows: 1 + behindTooLong(mebibytes), letters: ['HR_RECORD_TOO_LARGE 14'] }),
  },
  'NULs as CSV': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => put(path, mebibytes * MIB),
    source: rows(),
    expected: () => ({
      rows: 0,
      letters: [],
      error: ['HR_RECORD_TOO_LARGE', `a first line of more than ${RECORD_MIB * MIB} bytes`, 'line 1, byte 0'],
    }),
  },
  'NULs as JSON lines': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => put(path, mebibytes * MIB),
    source: members,
    expected: () => ({ rows: 0, letters: ['HR_RECORD_TOO_LARGE 0'] }),
  },
  'NULs as a JSON array': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => put(path, mebibytes * MIB),
    source: (path) => fileSource(path, jsonArray(), { recordBytes }),
    expected: () => ({ rows: 0, letters: ['HR_DECODE_FAILED 0'] }),
  },
  'gzip cut in its middle': {
    mebibytes: [1, 64],
    make(path, mebibytes) {
      const packed = gzipSync(`id,name\n${'1,one and more\n'.repeat(Math.floor((mebibytes * MIB) / 15))}`, { level: 1 });
      put(path, packed.subarray(0, packed.length / 2));
    },
    source: rows(),
    // As many rows as stand whole before the byte it names.
    expected: () => ({
      rows: (error) => Math.floor((Number(/unpacked byte (\d+)/.exec(error)?.[1]) - 8) / 15),
      letters: [],
      error: ['HR_FILE_TRUNCATED', ', packed byte '],
    }),
  },
  'a gzip bomb with a limit': {
    mebibytes: [4, 1024],
    make: bomb,
    source: rows({ unpackedBytes: '2MiB' }),
    expected: () => ({
      rows: 1,
      letters: [],
      error: ['HR_FILE_UNPACKED_LIMIT', 'unpacked byte 2097152', 'more than 2097152 bytes come out of the file'],
    }),
  },
  'a gzip bomb without one': {
    mebibytes: [4, 1024],
    make: bomb,
    source: rows(),
    expected: () => ({ rows: 1, letters: ['HR_RECORD_TOO_LARGE 14'] }),
  },
  'a JSON array with one element broken': {
    mebibytes: [1, 100],
    make: (path, mebibytes) => repeated(path, '[{"id":0},\n{"id":oops},\n', '{"id":1,"name":"one"},\n', mebibytes, '{"id":2}]\n'),
    source: (path) => fileSource(path, jsonArray(), { recordBytes }),
    expected: (mebibytes) => ({ rows: ELEMENTS * mebibytes + 2, letters: ['HR_DECODE_FAILED 11'] }),
  },
  'a JSON array that ends in its middle': {
    mebibytes: [1, 32],
    make: (path, mebibytes) => repeated(path, '[', '{"id":1,"name":"one"},\n', mebibytes, '{"id":2,"na'),
    source: (path) => fileSource(path, jsonArray(), { recordBytes }),
    expected: (mebibytes) => ({ rows: ELEMENTS * mebibytes, letters: [`HR_DECODE_FAILED ${1 + 23 * ELEMENTS * mebibytes}`] }),
  },
  'brackets without an end, as a JSON array': {
    mebibytes: [1, 100],
    make: (path, mebibytes) => repeated(path, '', '[', mebibytes),
    source: (path) => fileSource(path, jsonArray(), { recordBytes }),
    expected: () => ({ rows: 0, letters: ['HR_DECODE_FAILED 1'] }),
  },
  'brackets without an end, as JSON lines': {
    mebibytes: [4, 300],
    make: (path, mebibytes) => repeated(path, '{"id":1,"name":', '[', mebibytes),
    source: members,
    expected: () => ({ rows: 0, letters: ['HR_RECORD_TOO_LARGE 0'] }),
  },
  'lone surrogates as bytes, in CSV': {
    mebibytes: [0, 0],
    make: (path) => put(path, 'id,name\n1,', Uint8Array.of(0xed, 0xa0, 0x80), '\n2,two\n'),
    source: rows(),
    expected: () => ({ rows: 1, letters: ['HR_DECODE_FAILED 8'] }),
  },
  'lone surrogates as bytes, in JSON': {
    mebibytes: [0, 0],
    make: (path) => put(path, '{"id":1,"name":"', Uint8Array.of(0xed, 0xa0, 0x80), '"}\n{"id":2,"name":"\\ud800"}\n'),
    source: members,
    expected: () => ({ rows: 1, letters: ['HR_DECODE_FAILED 0'] }),
  },
  'Parquet whose footer lies': {
    mebibytes: [0, 0],
    make: (path) => put(path, 'PAR1', 4096, Uint8Array.of(0xff, 0xff, 0xff, 0x7f), 'PAR1'),
    source: (path) => fileSource(path, parquet({ columns })),
    expected: () => ({
      rows: 0,
      letters: [],
      error: ['HR_PARQUET_BROKEN', 'its footer has 2147483647 bytes, and the file has 4108 (', 'byte 4100'],
    }),
  },
  'Parquet whose footer is a GB of NULs': {
    mebibytes: [64, 1024],
    make(path, mebibytes) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(mebibytes * MIB);
      put(path, 'PAR1', mebibytes * MIB, length, 'PAR1');
    },
    source: (path) => fileSource(path, parquet({ columns })),
    expected: () => ({ rows: 0, letters: [], error: ['HR_PARQUET_LARGE', 'byte 4)'] }),
  },
  'npy with code in its header': {
    mebibytes: [0, 0],
    make: (path) => npyFile(path, "{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os').system('true')}\n"),
    source: (path) => fileSource(path, npy()),
    expected: () => ({ rows: 0, letters: [], error: ['HR_ARRAY_DAMAGED', 'byte 60', 'the header is not what numpy writes'] }),
  },
  'npy that claims more than there is': {
    mebibytes: [0, 0],
    make: (path) => npyFile(path, "{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991)}\n"),
    source: (path) => fileSource(path, npy()),
    expected: () => ({ rows: 0, letters: [], error: ['HR_ARRAY_DAMAGED', 'byte '] }),
  },
  'a picture as CSV': {
    mebibytes: [0, 0],
    make: (path) => put(path, png),
    source: rows(),
    expected: () => ({ rows: 0, letters: [], error: ['HR_DECODE_FAILED', 'the header is not UTF-8', 'line 1, byte 0'] }),
  },
  'a picture as JSON lines': {
    mebibytes: [0, 0],
    make: (path) => put(path, png),
    source: members,
    expected: () => ({ rows: 0, letters: [0, 6, 8, 30].map((at) => `HR_DECODE_FAILED ${at}`) }),
  },
  'a picture as a JSON array': {
    mebibytes: [0, 0],
    make: (path) => put(path, png),
    source: (path) => fileSource(path, jsonArray(), { recordBytes }),
    expected: () => ({ rows: 0, letters: ['HR_DECODE_FAILED 0'] }),
  },
  'a picture as Parquet': {
    mebibytes: [0, 0],
    make: (path) => put(path, png),
    source: (path) => fileSource(path, parquet({ columns })),
    expected: () => ({ rows: 0, letters: [], error: ['HR_PARQUET_MAGIC', 'does not begin with PAR1'] }),
  },
  'a picture as npy': {
    mebibytes: [0, 0],
    make: (path) => put(path, png),
    source: (path) => fileSource(path, npy()),
    expected: () => ({ rows: 0, letters: [], error: ['HR_ARRAY_DAMAGED', 'byte '] }),
  },
  'gzip as Parquet': {
    mebibytes: [0, 0],
    make: (path) => put(path, gzipSync('PAR1 and PAR1')),
    source: (path) => fileSource(path, parquet({ columns })),
    expected: () => ({ rows: 0, letters: [], error: ['HR_FILE_PACKED', 'packed by gzip'] }),
  },
  'a picture that is to be unpacked': {
    mebibytes: [0, 0],
    make: (path) => put(path, png),
    source: rows({ compression: 'gzip' }),
    expected: () => ({ rows: 0, letters: [], error: ['HR_FILE_CORRUPT', 'byte 0'] }),
  },
  'UTF-16 as CSV': {
    mebibytes: [0, 0],
    make: (path) => put(path, Buffer.from('\ufeffid,name\n1,one\n', 'utf16le')),
    source: rows(),
    expected: () => ({ rows: 0, letters: [], error: ['HR_FILE_UTF16'] }),
  },
};
