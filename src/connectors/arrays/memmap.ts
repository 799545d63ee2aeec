import { realWorld } from '../../base/real-world.ts';
import { type ArrayRow, type ByteOrder, type DType, KINDS } from '../../codecs/arrays/dtype.ts';
import { differs, invalid } from '../../codecs/arrays/errors.ts';
import { checkAgainstWish, checkLayout, checkWish, rawLayout } from '../../codecs/arrays/layout.ts';
import { type ArrayLayout, isNpy, readNpyHeader } from '../../codecs/arrays/npy-header.ts';
import { byteCount } from '../../core/units.ts';
import { ArrayFile } from './array-file.ts';
import { explain } from '../disk-errors.ts';
import { MappedArray } from './mapped-array.ts';
import type { MemmapOptions } from './options.ts';

type Tail<S extends readonly number[]> = S extends readonly [number, ...infer R extends readonly number[]] ? R : readonly number[];

/**
 * An array in a file, larger than memory perhaps, of which any element can be asked for: an `.npy` file, or elements of
 * one type without a header. Node cannot map files into memory, so pages of the file are read when they are first
 * touched, and a bounded number of them is kept. It is read-only.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { memmap } from 'headrace/connectors/arrays';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/vectors-`)}/vectors.f32`;
 * await writeFile(path, Float32Array.of(1, 2, 3, 4, 5, 6));
 *
 * await using vectors = await memmap(path, { dtype: 'float32', shape: [-1, 3] });
 * console.log(vectors.shape, vectors.at(1, 2), vectors.row(0)); // [ 2, 3 ] 6 Float32Array(3) [ 1, 2, 3 ]
 * ```
 */
export async function memmap<D extends DType = DType, const S extends readonly number[] = readonly number[]>(
  path: string,
  options: MemmapOptions<D, S> = {},
): Promise<MappedArray<D, ArrayRow<D, Tail<S>>>> {
  const where = `array:${path}`;
  const { dtype, shape, world = realWorld() } = options;
  const row = shape?.slice(1);
  checkWish({ dtype, row }, where);
  const rows = rowsOf(shape, where);
  const { pageBytes, cacheBytes } = sizesOf(options);
  if (world.syncFiles === undefined) throw invalid(where, 'this world has no files that are read at once', 'Give one with syncFiles.');
  const file = open(() => new ArrayFile(world.syncFiles!.openSync(path), where), where);
  try {
    const layout = await layoutOf(file, options, row);
    checkAgainstWish(layout, { dtype, row }, where);
    if (rows !== undefined && rows !== layout.rows) throw differs(where, `${rows} rows were asked for and the file has ${layout.rows}`);
    return new MappedArray({ path, file, layout, pageBytes, cacheBytes });
  } catch (error) {
    file.close();
    throw error;
  }
}

function open(opens: () => ArrayFile, where: string): ArrayFile {
  try {
    return opens();
  } catch (error) {
    throw explain(error, where);
  }
}

function rowsOf(shape: readonly number[] | undefined, where: string): number | undefined {
  const rows = shape?.[0];
  if (shape !== undefined && (rows === undefined || !Number.isSafeInteger(rows) || rows < -1))
    throw invalid(`${where}, option shape`, `the first number is ${rows}`, 'Give the number of rows, or -1 for as many as there are.');
  return rows === -1 ? undefined : rows;
}

function sizesOf(options: MemmapOptions<DType, readonly number[]>): { readonly pageBytes: number; readonly cacheBytes: number } {
  const pageBytes = byteCount(options.pageBytes ?? '64KiB', 'option pageBytes');
  const cacheBytes = byteCount(options.cacheBytes ?? '64MiB', 'option cacheBytes');
  if (!Number.isSafeInteger(pageBytes) || pageBytes < 8 || pageBytes % 8 !== 0)
    throw invalid('option pageBytes', `${pageBytes} is no multiple of 8`, 'No element may lie on two pages. Give a multiple of 8 bytes.');
  if (cacheBytes < pageBytes)
    throw invalid(
      'option cacheBytes',
      `${cacheBytes} bytes hold no page of ${pageBytes}`,
      'Give room for one page at least, better for some hundred.',
    );
  return { pageBytes, cacheBytes };
}

async function layoutOf(
  file: ArrayFile,
  options: MemmapOptions<DType, readonly number[]>,
  row: readonly number[] = [],
): Promise<ArrayLayout> {
  const { dtype, header = 'auto', byteOrder: order = 'little' satisfies ByteOrder } = options;
  const { where } = file;
  if (header === 'npy' || (header === 'auto' && isNpy(await file.read(0, Math.min(6, file.bytes)))))
    return checkLayout(await readNpyHeader(file, where), file.bytes, where);
  if (dtype === undefined)
    throw invalid(
      where,
      'the file has no header of numpy, and no dtype was given',
      `Say which it is: one of ${Object.keys(KINDS).join(', ')}.`,
    );
  return rawLayout(file, { dtype, row, order }, where);
}
