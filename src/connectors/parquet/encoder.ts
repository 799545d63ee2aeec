import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ColumnSpec } from '../../codecs/column-kinds.ts';
import { HeadraceError } from '../../core/error.ts';
import type { FileEncoder } from '../../core/format.ts';
import { type ByteBuffer, type GroupWriter, loadWriter, type ParquetWriterPackage } from './client.ts';
import type { ParquetWritingOptions } from './options.ts';
import { type StoredValue, storedAs, type WrittenColumn } from './written-column.ts';

export interface EncoderOptions {
  readonly where: string;
  readonly specs: readonly ColumnSpec[] | undefined;
  readonly compression: NonNullable<ParquetWritingOptions['compression']>;
  readonly groupBytes: number;
  readonly groupRows: number;
  readonly library: ParquetWriterPackage | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** As the format numbers them; snappy comes with the package. */
const COMPRESSIONS = {
  none: ['UNCOMPRESSED', undefined],
  snappy: ['SNAPPY', undefined],
  gzip: ['GZIP', gzipSync],
  zstd: ['ZSTD', zstdCompressSync],
  brotli: ['BROTLI', brotliCompressSync],
} as const;

/** What the footer says of one column of one row group, about, until the file is ended. */
const CHUNK_BYTES = 500;

export function openEncoder(options: EncoderOptions): FileEncoder<Row> {
  const { where, specs, library } = options;
  if (specs === undefined)
    throw new HeadraceError({
      code: 'HR_COLUMNS_INVALID',
      where,
      what: 'parquet() is to write and was told no columns',
      todo: "Name them: parquet({ columns: { id: 'integer', … } }); a Parquet file begins with knowing its columns.",
    });
  return new ParquetEncoder({ ...options, columns: specs.map(storedAs), library: library ?? loadWriter(where) });
}

class ParquetEncoder implements FileEncoder<Row> {
  readonly #columns: readonly WrittenColumn[];
  readonly #options: EncoderOptions;
  readonly #buffer: ByteBuffer;
  readonly #writer: GroupWriter;
  /** Values of the group being gathered, a list a column. */
  #gathered: StoredValue[][];
  #rows = 0;
  #groupBytes = 0;
  #ready: Uint8Array[] = [];
  #readyBytes = 0;
  #footerBytes = 0;
  /** One row, until all of it is known to be good. */
  readonly #row: StoredValue[] = [];

  constructor(options: EncoderOptions & { readonly columns: readonly WrittenColumn[]; readonly library: ParquetWriterPackage }) {
    const { columns, library, compression } = options;
    this.#options = options;
    this.#columns = columns;
    this.#gathered = columns.map(() => []);
    this.#buffer = new library.ByteWriter();
    const [codec, compressor] = COMPRESSIONS[compression];
    this.#writer = new library.ParquetWriter({
      writer: this.#buffer,
      schema: [{ name: 'root', num_children: columns.length }, ...columns.map(({ element }) => element)],
      codec,
      compressors: compressor === undefined ? {} : { [codec]: compressor },
      createdBy: 'headrace',
    });
  }

  get heldBytes(): number {
    return this.#groupBytes + this.#readyBytes + this.#footerBytes;
  }

  add(value: Row): void {
    const columns = this.#columns;
    let bytes = 0;
    for (let i = 0; i < columns.length; i++) {
      const stored = columns[i]!.store(value[columns[i]!.name]);
      this.#row[i] = stored;
      bytes += typeof stored === 'string' ? Buffer.byteLength(stored) + 4 : 8;
    }
    for (let i = 0; i < columns.length; i++) this.#gathered[i]!.push(this.#row[i]!);
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
    this.#writeGroup();
    this.#writer.finish();
    this.#moveBytes();
    return this.take();
  }

  #writeGroup(): void {
    if (this.#rows === 0) return;
    const columnData = this.#columns.map(({ element }, i) => ({ name: element.name, data: this.#gathered[i]! }));
    this.#writer.write({ columnData, rowGroupSize: this.#rows });
    this.#gathered = this.#columns.map(() => []);
    this.#rows = this.#groupBytes = 0;
    this.#footerBytes += this.#columns.length * CHUNK_BYTES;
    this.#moveBytes();
  }

  #moveBytes(): void {
    const bytes = Uint8Array.from(this.#buffer.getBytes());
    this.#buffer.index = 0;
    this.#ready.push(bytes);
    this.#readyBytes += bytes.length;
  }
}
