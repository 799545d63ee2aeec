import type { FileFormat } from '../../core/format.ts';
import type { ArrayRow, DType } from './dtype.ts';
import { checkAgainstWish, checkLayout, checkWish } from './layout.ts';
import { readNpyHeader } from './npy-header.ts';
import { rowPages } from './row-pages.ts';
import { rowWriting } from './row-writing.ts';

export interface NpyOptions<D extends DType, R extends readonly number[]> {
  /** What the elements are. Read, a file that says otherwise is refused; left out, it is what the file says. */
  readonly dtype?: D;
  /** The shape of one row, which is the shape of the array without its first dimension; `[]` where a row is one element. */
  readonly row?: R;
}

/**
 * The arrays of numpy (`.npy`). The rows are the first dimension: of a list of numbers each number is a record, of a
 * matrix each row, as a typed array of its own. An array of more dimensions gives rows that are flat, in the order of C.
 *
 * @example
 * ```ts
 * const vectors = npy({ dtype: 'float32', row: [3] });
 * const file = vectors.writing!.open({ where: 'vectors.npy', isEmpty: true });
 * file.add(Float32Array.of(1, 2, 3));
 * const bytes = Buffer.concat(file.end());
 * console.log(bytes.length, bytes.toString('latin1', 1, 6)); // 140 NUMPY
 * ```
 */
export function npy<D extends DType = DType, const R extends readonly number[] = readonly number[]>(
  options: NpyOptions<D, R> = {},
): FileFormat<ArrayRow<D, R>> {
  const { dtype, row } = options;
  checkWish({ dtype, row }, 'npy');
  return {
    kind: 'npy',
    pages: {
      async open(file, opening) {
        const { where } = opening;
        const layout = checkLayout(await readNpyHeader(file, where), file.bytes, where);
        checkAgainstWish(layout, { dtype, row }, where);
        // What a row is was checked just now; where nothing was declared, D and R say every type.
        return rowPages<ArrayRow<D, R>>(layout, file, opening);
      },
    },
    writing: rowWriting({ dtype, row, order: 'little', hasHeader: true }),
  };
}
