import { crc32 } from 'node:zlib';
import { ByteWriter } from '../../codecs/parquet/byte-writer.ts';
import { writeRuns } from '../../codecs/parquet/run-writer.ts';
import { type ThriftField, writeStruct } from '../../codecs/parquet/thrift-writer.ts';

// As the format numbers them.
export const DICTIONARY_PAGE = 2;
/** Of version 2. */
export const ROWS_PAGE = 3;
export const PLAIN = 0;
export const RLE = 3;
export const RLE_DICTIONARY = 8;

/** Makes bytes fewer; undefined where pages stand as they are. */
export type Squeeze = ((bytes: Uint8Array) => Uint8Array) | undefined;

export interface Page {
  readonly kind: typeof DICTIONARY_PAGE | typeof ROWS_PAGE;
  readonly encoding: number;
  /** Rows, or entries of a dictionary. */
  readonly rows: number;
  readonly nulls: number;
  /** 1 for each row that has a value. */
  readonly present: Uint8Array;
}

/** The pages of one column of a row group, packed, each with its header. */
export interface PackedColumn {
  readonly bytes: Uint8Array;
  /** What they take unpacked. */
  readonly unpacked: number;
  /** How many of them have rows. */
  readonly pages: number;
}

export class PackedPages {
  readonly #hasLevels: boolean;
  readonly #squeeze: Squeeze;
  /** Kept from group to group: bytes made anew would be old before they are garbage, and the engine is slow to see that. */
  readonly #out = new ByteWriter();
  readonly #levels = new ByteWriter();
  #unpacked = 0;
  #pages = 0;

  constructor(hasLevels: boolean, squeeze: Squeeze) {
    this.#hasLevels = hasLevels;
    this.#squeeze = squeeze;
  }

  get length(): number {
    return this.#out.length;
  }

  /** `values` may be used again when it returns. */
  add(values: Uint8Array, { kind, encoding, rows, nulls, present }: Page): void {
    const [out, levels] = [this.#out, this.#levels];
    levels.clear();
    const hasRows = kind === ROWS_PAGE;
    if (this.#hasLevels && hasRows) writeRuns(levels, present, rows, 1);
    // Of nothing there is nothing to pack, which not every reader would unpack.
    const squeeze = values.length === 0 ? undefined : this.#squeeze;
    const packed = squeeze?.(values) ?? values;
    const begin = out.length;
    writeStruct(out, [
      [1, { i32: kind }],
      [2, { i32: levels.length + values.length }],
      [3, { i32: levels.length + packed.length }],
      [4, { i32: crc32(packed, crc32(levels.bytes)) | 0 }],
      [
        7,
        hasRows
          ? undefined
          : {
              struct: [
                [1, { i32: rows }],
                [2, { i32: encoding }],
              ],
            },
      ],
      [8, hasRows ? { struct: rowFields() } : undefined],
    ]);
    this.#unpacked += out.length - begin + levels.length + values.length;
    out.append(levels.bytes);
    out.append(packed);
    if (hasRows) this.#pages++;

    function rowFields(): readonly ThriftField[] {
      return [
        [1, { i32: rows }],
        [2, { i32: nulls }],
        [3, { i32: rows }],
        [4, { i32: encoding }],
        [5, { i32: levels.length }],
        [6, { i32: 0 }],
        [7, squeeze === undefined ? { flag: false } : undefined],
      ];
    }
  }

  take(): PackedColumn {
    const taken = { bytes: this.#out.copy(), unpacked: this.#unpacked, pages: this.#pages };
    this.#out.clear();
    this.#unpacked = this.#pages = 0;
    return taken;
  }
}
