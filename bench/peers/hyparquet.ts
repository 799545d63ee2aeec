import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What we use of hyparquet. */
interface Hyparquet {
  parquetRead(
    options: Options & { onChunk(chunk: { readonly columnName: string; readonly columnData: ArrayLike<unknown> }): void },
  ): Promise<void>;
  parquetReadObjects(options: Options): Promise<readonly Record<string, unknown>[]>;
}

interface Options {
  readonly file: { readonly byteLength: number; slice(from: number, to?: number): ArrayBuffer };
  readonly columns: readonly string[];
  readonly utf8: boolean;
}

// A name in a variable, or the compiler would look for the package.
const name: string = 'hyparquet';

async function reading<T>(path: string, columns: readonly string[], read: (bare: Hyparquet, options: Options) => Promise<T>): Promise<T> {
  const descriptor = openSync(path, 'r');
  const byteLength = fstatSync(descriptor).size;
  const slice = (from: number, to = byteLength): ArrayBuffer => {
    const bytes = new Uint8Array(to - from);
    readSync(descriptor, bytes, 0, bytes.length, from);
    return bytes.buffer;
  };
  try {
    return await read((await import(name)) as Hyparquet, { file: { byteLength, slice }, columns, utf8: true });
  } finally {
    closeSync(descriptor);
  }
}

/** Rows, with whole numbers of 64 bits as numbers. */
export async function objects(path: string, columns: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const rows = await reading(path, columns, (bare, options) => bare.parquetReadObjects(options));
  for (const row of rows) for (const column of ['id', 'at']) if (typeof row[column] === 'bigint') row[column] = Number(row[column]);
  return rows;
}

/** Columns, as they come. */
export async function chunks(
  path: string,
  columns: readonly string[],
  give: (name: string, values: readonly unknown[]) => void,
): Promise<void> {
  await reading(path, columns, (bare, options) =>
    bare.parquetRead({ ...options, onChunk: ({ columnName, columnData }) => give(columnName, columnData as readonly unknown[]) }),
  );
}
