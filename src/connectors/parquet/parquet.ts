import { columnSpecs, type ColumnWishes, type RowOf } from '../../codecs/column-kinds.ts';
import { filtersOf } from '../../codecs/parquet/only.ts';
import { openParquet } from '../../codecs/parquet/parquet-reader.ts';
import type { FileFormat } from '../../core/format.ts';
import { byteCount, wholeNumber } from '../../core/units.ts';
import { openEncoder } from './encoder.ts';
import type { ParquetOptions, ParquetWritingOptions } from './options.ts';

/**
 * Parquet files. With `columns` only these are read, typed; without, all there are, as they stand in the file. Writing
 * wants `columns`.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { fileSink, fileSource } from 'headrace/connectors/files';
 * import { parquet } from 'headrace/connectors/parquet';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/lands-`)}/lands.parquet`;
 * const lands = parquet({ columns: { code: 'string', people: 'integer' } });
 * await run(pipeline('write').from(values([{ code: 'CH', people: 9 }, { code: 'DE', people: 84 }])).to(fileSink(path, lands)));
 * await run(pipeline('read').from(fileSource(path, lands)).map(({ people }) => people).to(print()));
 * // 9
 * // 84
 * ```
 */
export function parquet<const C extends ColumnWishes>(options: ParquetOptions<C>): FileFormat<RowOf<C>>;
export function parquet(options?: ParquetWritingOptions): FileFormat<Readonly<Record<string, unknown>>>;
export function parquet(options: Partial<ParquetOptions<ColumnWishes>> = {}): FileFormat<Readonly<Record<string, unknown>>> {
  const { columns, only, compression = 'snappy' } = options;
  const specs = columns === undefined ? undefined : columnSpecs(columns, 'parquet');
  const filters = filtersOf(only ?? {}, specs ?? []);
  const groupBytes = byteCount(options.groupBytes ?? '16MiB', 'option groupBytes');
  const groupRows = wholeNumber(options.groupRows ?? 131_072, 'option groupRows');
  return {
    kind: 'parquet',
    pages: { open: (file, opening) => openParquet(file, opening, { specs, filters }) },
    writing: {
      canAppend: false,
      open: ({ where }) => openEncoder({ where, specs, compression, groupBytes, groupRows }),
    },
  };
}
