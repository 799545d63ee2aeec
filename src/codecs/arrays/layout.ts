import type { PageFile } from '../../core/format.ts';
import { wholeNumber } from '../../core/units.ts';
import { type ByteOrder, type DType, KINDS } from './dtype.ts';
import { damaged, differs, invalid, unsupported } from './errors.ts';
import type { ArrayLayout } from './npy-header.ts';

/** What is known of an array before its file is seen. */
export interface ArrayWish {
  readonly dtype?: DType | undefined;
  readonly row?: readonly number[] | undefined;
}

const MAX_DIMENSIONS = 32;

export function checkWish({ dtype, row }: ArrayWish, where: string): void {
  if (dtype !== undefined && !Object.hasOwn(KINDS, dtype))
    throw invalid(where, `the dtype ${JSON.stringify(dtype)} is not known`, `It is one of ${Object.keys(KINDS).join(', ')}.`);
  if (row === undefined) return;
  if (row.length >= MAX_DIMENSIONS) throw invalid(where, `a row has ${row.length} dimensions`, `Up to ${MAX_DIMENSIONS - 1} are possible.`);
  for (const size of row) wholeNumber(size, `${where}, option row`);
  if (!Number.isSafeInteger(lengthOf(row) * 8)) throw invalid(where, `a row has ${row.join(' x ')} elements`, 'Correct the option row.');
}

/** How many elements a row has. */
export function lengthOf(row: readonly number[]): number {
  return row.reduce((product, size) => product * size, 1);
}

/** As Python writes it. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}

export function rowBytesOf({ kind, row }: Pick<ArrayLayout, 'kind' | 'row'>): number {
  return lengthOf(row) * kind.bytes;
}

/** The header is believed only where the bytes of the file say the same. */
export function checkLayout(layout: ArrayLayout, bytes: number, where: string): ArrayLayout {
  const { rows, row, from } = layout;
  const rowBytes = rowBytesOf(layout);
  const there = bytes - from;
  const shape = shapeText([rows, ...row]);
  if (rowBytes === 0 && rows > 0)
    throw unsupported(where, from, `the shape ${shape} is of rows without elements`, 'There is nothing to read in them.');
  if (!Number.isSafeInteger(rowBytes))
    throw damaged(where, from, `the header tells of rows of ${rowBytes} bytes: shape ${shape}`, 'Write the file again.');
  // The product of two lies may be inexact, and is then far beyond every file.
  if (rows * rowBytes > there)
    throw damaged(
      where,
      bytes,
      `the shape ${shape} of ${layout.kind.dtype} needs ${rows * rowBytes} bytes and the file ends after ${there}`,
      'It was not written to its end, or cut. Write it again.',
    );
  if (rows * rowBytes < there)
    throw damaged(
      where,
      from + rows * rowBytes,
      `the shape ${shape} of ${layout.kind.dtype} ends here and ${there - rows * rowBytes} bytes follow`,
      'The header and the rest do not belong together. Write the file again.',
    );
  return layout;
}

/** What was declared must be what is there. */
export function checkAgainstWish({ kind, row }: ArrayLayout, wish: ArrayWish, where: string): void {
  if (wish.dtype !== undefined && wish.dtype !== kind.dtype)
    throw differs(where, `${wish.dtype} was asked for and the file holds ${kind.dtype}`);
  if (wish.row !== undefined && wish.row.join() !== row.join())
    throw differs(where, `rows of the shape ${shapeText(wish.row)} were asked for and the file has rows of ${shapeText(row)}`);
}

/** The layout of a file without a header: as many rows as there are bytes for. */
export function rawLayout(
  file: Pick<PageFile, 'bytes'>,
  wish: Required<ArrayWish> & { readonly order: ByteOrder },
  where: string,
): ArrayLayout {
  const kind = KINDS[wish.dtype!];
  const row = wish.row!;
  const rowBytes = rowBytesOf({ kind, row });
  const rest = file.bytes % rowBytes;
  if (rest !== 0)
    throw damaged(
      where,
      file.bytes - rest,
      `the last row has ${rest} of its ${rowBytes} bytes`,
      'The file was cut, or dtype and row are not those it was written with.',
    );
  return { kind, order: wish.order, rows: file.bytes / rowBytes, row, from: 0 };
}
