import type { ColumnWishes, RowOf } from '../../codecs/column-kinds.ts';
import type { Only } from '../../codecs/parquet/only.ts';
import type { Bytes } from '../../core/units.ts';

export interface ParquetOptions<C extends ColumnWishes> extends ParquetWritingOptions {
  /** The columns of a row and what each of them is. Only these are read, and they are what is written. */
  readonly columns: C;
  /** Reads only rows with these values: `{ at: { from, to }, land: { in: ['CH'] } }`. Row groups that have none are not read at all. */
  readonly only?: Only<RowOf<C>>;
}

export interface ParquetWritingOptions {
  /** How pages are packed when they are written; 'snappy' by default. What is read may be packed in any common way. */
  readonly compression?: 'none' | 'snappy' | 'gzip' | 'zstd' | 'brotli';
  /** A row group is written when its values take this much; '16MiB' by default. Pages of it are packed as they fill. */
  readonly groupBytes?: Bytes;
  /** A row group is written when it has this many rows; 131,072 by default. */
  readonly groupRows?: number;
}
