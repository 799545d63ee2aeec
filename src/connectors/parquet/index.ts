export type { ParquetOptions, ParquetWritingOptions } from './options.ts';
export type { Only, OnlyValues } from '../../codecs/parquet/only.ts';
export { parquet } from './parquet.ts';
