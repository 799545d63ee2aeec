import { createRequire } from 'node:module';
import { HeadraceError } from '../../core/error.ts';

/** What we call of the package `hyparquet-writer`, version 0.17. */
export interface ParquetWriterPackage {
  readonly ByteWriter: new () => ByteBuffer;
  readonly ParquetWriter: new (options: Readonly<Record<string, unknown>>) => GroupWriter;
}

/** Bytes in memory. `index` is where in the memory the next byte goes, `offset` where in the file. */
export interface ByteBuffer {
  index: number;
  getBytes(): Uint8Array;
}

export interface GroupWriter {
  /** Writes at once, as the buffer has no `flush`. */
  write(options: {
    readonly columnData: readonly { readonly name: string; readonly data: unknown }[];
    readonly rowGroupSize: number;
  }): unknown;
  finish(): unknown;
}

/** Loaded within the call, as a file encoder is made within one. */
export function loadWriter(where: string, load: (name: string) => unknown = createRequire(import.meta.url)): ParquetWriterPackage {
  const name = 'hyparquet-writer'; // Not written into the call, which would want the package's types.
  try {
    return load(name) as ParquetWriterPackage;
  } catch (cause) {
    throw new HeadraceError({
      code: 'HR_PACKAGE_MISSING',
      where,
      what: `the package '${name}', which writes Parquet, cannot be loaded`,
      todo: `Run 'npm install ${name}@0.17', or hand it in as the option library. Reading needs no package.`,
      cause,
    });
  }
}
