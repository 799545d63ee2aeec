import type { FileFormat } from '../../core/format.ts';
import type { ArrayRow, ByteOrder, DType } from './dtype.ts';
import { checkWish, rawLayout } from './layout.ts';
import { rowPages } from './row-pages.ts';
import { rowWriting } from './row-writing.ts';

export interface RawOptions<D extends DType, R extends readonly number[]> {
  readonly dtype: D;
  /** The shape of one row; `[]`, a single element, by default. */
  readonly row?: R;
  /** Which byte of an element comes first; 'little' by default, which is what nearly every machine writes. */
  readonly byteOrder?: ByteOrder;
}

/**
 * Elements of one type and nothing else, as `numpy.tofile` and C write them. The file does not say what it holds, so it
 * is declared here.
 *
 * @example
 * ```ts
 * const samples = raw({ dtype: 'int16' });
 * const file = samples.writing!.open({ where: 'samples.bin', isEmpty: true });
 * for (const sample of [1, -1, 300]) file.add(sample);
 * console.log(Buffer.concat(file.end()).toString('hex')); // 0100ffff2c01
 * ```
 */
export function raw<D extends DType, const R extends readonly number[] = readonly []>(
  options: RawOptions<D, R>,
): FileFormat<ArrayRow<D, R>> {
  const { dtype, row = [], byteOrder: order = 'little' } = options;
  checkWish({ dtype, row }, 'raw');
  return {
    kind: 'raw',
    pages: {
      open: (file, opening) =>
        new Promise((resolve) => resolve(rowPages<ArrayRow<D, R>>(rawLayout(file, { dtype, row, order }, opening.where), file, opening))),
    },
    writing: rowWriting({ dtype, row, order, hasHeader: false }),
  };
}
