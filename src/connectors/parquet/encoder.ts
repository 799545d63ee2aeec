import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ColumnSpec } from '../../codecs/column-kinds.ts';
import { snappied } from '../../codecs/parquet/snappy-writer.ts';
import { HeadraceError } from '../../core/error.ts';
import type { FileEncoder } from '../../core/format.ts';
import { ColumnChunk } from './column-chunk.ts';
import type { ParquetWritingOptions } from './options.ts';
import type { Squeeze } from './packed-pages.ts';
import { type StoredValue, storedAs, type WrittenColumn } from './written-column.ts';
import { WrittenFooter } from './written-footer.ts';

export interface EncoderOptions {
  readonly where: string;
  readonly specs: readonly ColumnSpec[] | undefined;
  readonly compression: NonNullable<ParquetWritingOptions['compression']>;
  readonly groupBytes: number;
  readonly groupRows: number;
}

type Row = Readonly<Record<string, unknown>>;

/** As the format numbers them. */
const COMPRESSIONS: Readonly<Record<EncoderOptions['compression'], readonly [codec: number, squeeze: Squeeze]>> = {
  none: [0, undefined],
  snappy: [1, snappied],
  gzip: [2, gzipSync],
  brotli: [4, brotliCompressSync],
  zstd: [6, zstdCompressSync],
};

const MAGIC = Buffer.from('PAR1');

export function openEncoder(options: EncoderOptions): FileEncoder<Row> {
  const { where, specs } = options;
  if (specs === undefined)
    throw new HeadraceError({
      code: 'HR_COLUMNS_INVALID',
      where,
      what: 'parquet() is to write and was told no columns',
      todo: "Name them: parquet({ columns: { id: 'integer', … } }); a Parquet file begins with knowing its columns.",
    });
  return new ParquetEncoder(options, specs.map(storedAs));
}

class ParquetEncoder implements FileEncoder<Row> {
  readonly #columns: readonly WrittenColumn[];
  readonly #options: EncoderOptions;
  readonly #chunks: readonly ColumnChunk[];
  readonly #footer: WrittenFooter;
  // Of the group being gathered; its bytes are counted as its values take unpacked.
  #rows = 0;
  #groupBytes = 0;
  /** Where the next group begins in the file. */
  #at = 0;
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  /** One row, until all of it is known to be good. */
  readonly #row: StoredValue[] = [];

  constructor(options: EncoderOptions, columns: readonly WrittenColumn[]) {
    const [codec, squeeze] = COMPRESSIONS[options.compression];
    this.#options = options;
    this.#columns = columns;
    this.#chunks = columns.map((column) => new ColumnChunk(column, squeeze));
    this.#footer = new WrittenFooter(columns, codec);
  }

  get heldBytes(): number {
    return this.#groupBytes + this.#readyBytes + this.#footer.bytes;
  }

  add(value: Row): void {
    const columns = this.#columns;
    let bytes = 0;
    for (let i = 0; i < columns.length; i++) {
      const stored = columns[i]!.store(value[columns[i]!.name]);
      this.#row[i] = stored;
      bytes += typeof stored === 'string' ? Buffer.byteLength(stored) + 4 : 8;
    }
    for (let i = 0; i < columns.length; i++) this.#chunks[i]!.add(this.#row[i]!);
    this.#rows++;
    this.#groupBytes += bytes;
    if (this.#groupBytes >= this.#options.groupBytes || this.#rows >= this.#options.groupRows) this.#writeGroup();
  }

  take(): readonly Uint8Array[] {
    const ready = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    return ready;
  }

  end(): readonly Uint8Array[] {
    if (this.#rows > 0) this.#writeGroup();
    else if (this.#at === 0) this.#give(MAGIC);
    this.#give(this.#footer.end());
    return this.take();
  }

  #writeGroup(): void {
    if (this.#at === 0) this.#give(MAGIC);
    const chunks = this.#chunks.map((chunk) => chunk.finish());
    this.#footer.add(chunks, this.#rows, this.#at);
    for (const { bytes } of chunks) this.#give(bytes);
    this.#rows = this.#groupBytes = 0;
  }

  #give(bytes: Uint8Array): void {
    this.#at += bytes.length;
    this.#ready.push(bytes);
    this.#readyBytes += bytes.length;
  }
}
