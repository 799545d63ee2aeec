import { plainRows } from '../../core/column-rows.ts';
import type { FileFormat, PageFile } from '../../core/format.ts';
import type { RefusedRecord } from '../../core/source.ts';
import { HeadraceError } from '../../core/error.ts';

/** A file in memory. It counts what is read of it, and refuses to read beyond its end, as disks do. */
export function bytesFile(bytes: Uint8Array): PageFile & { readonly reads: readonly (readonly [at: number, length: number])[] } {
  const reads: (readonly [number, number])[] = [];
  return {
    bytes: bytes.length,
    reads,
    async read(at, length) {
      if (!(at >= 0 && length >= 0 && at + length <= bytes.length))
        throw new HeadraceError({
          code: 'HR_FILE_SHORTER',
          what: `${length} bytes from ${at} on were asked of ${bytes.length}`,
          todo: 'This is a bug.',
        });
      reads.push([at, length]);
      return new Uint8Array(bytes.subarray(at, at + length));
    },
  };
}

/** The bytes of a file of these rows. */
export function encoded<T>(format: FileFormat<T>, rows: Iterable<T>): Buffer {
  const encoder = format.writing!.open({ where: 'file:made', isEmpty: true });
  const parts: Uint8Array[] = [];
  for (const row of rows) {
    encoder.add(row);
    parts.push(...encoder.take());
  }
  return Buffer.concat([...parts, ...encoder.end()]);
}

export interface ReadingOptions {
  readonly limit?: number;
  readonly fromRow?: number;
  readonly pieceBytes?: number;
  readonly mostRows?: number;
}

export interface Everything<T> {
  readonly rows: T[];
  /** The place of each in the file. */
  readonly at: number[];
  readonly refused: RefusedRecord[];
  /** How many rows each read brought. */
  readonly pieces: number[];
}

export async function readAll<T>(format: FileFormat<T>, file: Uint8Array | PageFile, options: ReadingOptions = {}): Promise<Everything<T>> {
  const { limit = 1024, fromRow = 0, pieceBytes = 64 * 1024 * 1024, mostRows = Number.POSITIVE_INFINITY } = options;
  const reader = await format.pages!.open(file instanceof Uint8Array ? bytesFile(file) : file, { where: 'file:made', fromRow, pieceBytes });
  const all: Everything<T> = { rows: [], at: [], refused: [], pieces: [] };
  try {
    for (;;) {
      const answer = await reader.read(limit, new AbortController().signal);
      const rows = (answer.columns === undefined ? answer.values : plainRows.rows(answer.columns)) as T[];
      const { rows: places } = answer;
      all.refused.push(...(answer.refused ?? []).map((each) => ({ ...each, before: each.before + all.rows.length })));
      all.at.push(...rows.map((_, i) => ('first' in places ? places.first + i : places[i]!)));
      all.rows.push(...rows);
      if (answer.end || all.rows.length > mostRows) return all;
      all.pieces.push(rows.length);
    }
  } finally {
    await reader.close();
  }
}
