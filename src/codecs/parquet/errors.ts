import { HeadraceError } from '../../core/error.ts';

/** What a part of a file is called in errors. */
export interface Spot {
  /** The file, as the source names it. */
  readonly where: string;
  /** The byte of the file at which the part begins. */
  readonly byte: number;
  readonly column?: string | undefined;
}

/** The file contradicts itself. */
export function broken(spot: Spot, why: string, cause?: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_PARQUET_BROKEN',
    where: placeOf(spot),
    what: `the Parquet file is damaged: ${why}`,
    todo: 'Get the file again, or have its writer write it again; the rows before this place were delivered.',
    cause,
  });
}

export function notParquet(where: string, what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_PARQUET_MAGIC',
    where,
    what,
    todo: 'Check the path and the format; a Parquet file begins and ends with PAR1, and is no Parquet file before its writer has ended it.',
  });
}

export function encrypted(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_PARQUET_ENCRYPTED',
    where,
    what: 'the Parquet file is encrypted',
    todo: 'Have it decrypted first: Headrace has no keys and reads no encrypted columns.',
  });
}

/** It may be right, and it is more than was allowed. */
export function tooLarge(
  spot: Spot,
  { bytes, limit, what }: { readonly bytes: number; readonly limit: number; readonly what: string },
): HeadraceError {
  return new HeadraceError({
    code: 'HR_PARQUET_LARGE',
    where: placeOf(spot),
    what: `${what} would take ${bytes} bytes in memory, and ${limit} are allowed`,
    todo: 'Raise pieceBytes of the source if the file is to be trusted, or ask for fewer columns.',
  });
}

export function unsupported(spot: Spot, what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_PARQUET_UNSUPPORTED',
    where: placeOf(spot),
    what,
    todo: 'Leave this column out, or have the file written with common settings (snappy, gzip, zstd, brotli or lz4; data pages of version 1 or 2).',
  });
}

/** The file has not what the columns ask for. */
export function columnMismatch(where: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_PARQUET_COLUMN', where, what, todo });
}

function placeOf({ where, byte, column }: Spot): string {
  return `${where}, byte ${byte}${column === undefined ? '' : `, column ${JSON.stringify(column)}`}`;
}
