import { ByteWriter } from '../../codecs/parquet/byte-writer.ts';
import { type ThriftField, type ThriftValue, writeStruct } from '../../codecs/parquet/thrift-writer.ts';
import type { FinishedChunk } from './column-chunk.ts';
import { ROWS_PAGE, DICTIONARY_PAGE, PLAIN, RLE } from './packed-pages.ts';
import type { Physical, WrittenColumn } from './written-column.ts';

const TYPES: Readonly<Record<Physical, number>> = { BOOLEAN: 0, INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 };
const VERSION = 2;
const MAGIC = Buffer.from('PAR1');

/** What stands at the end of a file: its columns and where each row group has them. */
export class WrittenFooter {
  readonly #columns: readonly WrittenColumn[];
  readonly #codec: number;
  /** As they will stand there. */
  readonly #groups: Uint8Array[] = [];
  #groupBytes = 0;
  #rows = 0;

  constructor(columns: readonly WrittenColumn[], codec: number) {
    this.#columns = columns;
    this.#codec = codec;
  }

  /** How many bytes of it are known. */
  get bytes(): number {
    return this.#groupBytes;
  }

  /** A row group whose bytes begin at this byte of the file. */
  add(chunks: readonly FinishedChunk[], rows: number, begin: number): void {
    let at = begin;
    const columns = chunks.map((chunk, i): ThriftValue => {
      const from = at;
      at += chunk.bytes.length;
      return {
        struct: [
          [2, { i64: from }],
          [3, { struct: this.#chunk(chunk, this.#columns[i]!, rows, from) }],
        ],
      };
    });
    const out = new ByteWriter();
    writeStruct(out, [
      [1, { list: columns }],
      [2, { i64: chunks.reduce((sum, { unpacked }) => sum + unpacked, 0) }],
      [3, { i64: rows }],
      [5, { i64: begin }],
      [6, { i64: at - begin }],
    ]);
    this.#groups.push(out.copy());
    this.#groupBytes += out.length;
    this.#rows += rows;
  }

  #chunk(chunk: FinishedChunk, { type, from }: WrittenColumn, rows: number, at: number): readonly ThriftField[] {
    const { bytes, unpacked, dictionaryBytes, pages, encoding, bounds } = chunk;
    const hasDictionary = dictionaryBytes > 0;
    // Levels are runs too.
    const encodings = [...new Set([...(hasDictionary ? [PLAIN] : []), encoding, RLE])];
    return [
      [1, { i32: TYPES[type] }],
      [2, { list: encodings.map((i32) => ({ i32 })) }],
      [3, { list: [{ text: from }] }],
      [4, { i32: this.#codec }],
      [5, { i64: rows }],
      [6, { i64: unpacked }],
      [7, { i64: bytes.length }],
      [9, { i64: at + dictionaryBytes }],
      [11, hasDictionary ? { i64: at } : undefined],
      [12, { struct: bounds }],
      [13, { list: [...(hasDictionary ? [pagesOf(DICTIONARY_PAGE, PLAIN, 1)] : []), pagesOf(ROWS_PAGE, encoding, pages)] }],
    ];
  }

  /** With its length, and the four letters that end a file. */
  end(): Uint8Array {
    const out = new ByteWriter(this.#groupBytes + 1024);
    writeStruct(out, [
      [1, { i32: VERSION }],
      [2, { list: [rootOf(this.#columns), ...this.#columns.map(elementOf)] }],
      [3, { i64: this.#rows }],
      [4, { list: this.#groups.map((written) => ({ written })) }],
      [6, { text: 'headrace' }],
      // Least and greatest are by the order of the type: without these words nobody believes them.
      [7, { list: this.#columns.map(() => ({ struct: [[1, { struct: [] }]] })) }],
    ]);
    out.uint32(out.length);
    out.append(MAGIC);
    return out.bytes;
  }
}

function pagesOf(kind: number, encoding: number, count: number): ThriftValue {
  return {
    struct: [
      [1, { i32: kind }],
      [2, { i32: encoding }],
      [3, { i32: count }],
    ],
  };
}

function rootOf(columns: readonly WrittenColumn[]): ThriftValue {
  return {
    struct: [
      [4, { text: 'root' }],
      [5, { i32: columns.length }],
    ],
  };
}

function elementOf({ from, type, mayBeNull, meaning }: WrittenColumn): ThriftValue {
  return { struct: [[1, { i32: TYPES[type] }], [3, { i32: mayBeNull ? 1 : 0 }], [4, { text: from }], ...meaning] };
}
