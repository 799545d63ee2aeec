import type { PageAnswer, PageFile, PageOpening, PageReader } from '../../core/format.ts';
import { HeadraceError } from '../../core/error.ts';
import { type Elements, MACHINE_ORDER, scalarAt, swapBytes, vectorOf } from './dtype.ts';
import { lengthOf, rowBytesOf } from './layout.ts';
import type { ArrayLayout } from './npy-header.ts';

const BLOCK_BYTES = 262_144;

/**
 * The rows of an array from one of them on, in blocks, the next of which is read while one is given out. Each row is a
 * copy: a view would keep the whole block alive, and a shuffled or sampled row may be kept for long.
 */
export function rowPages<T>(layout: ArrayLayout, file: PageFile, { where, fromRow, pieceBytes }: PageOpening): PageReader<T> {
  const { kind, order, rows, row, from } = layout;
  const rowBytes = rowBytesOf(layout);
  const length = lengthOf(row);
  if (rowBytes > pieceBytes) throw tooLarge(where, rowBytes, pieceBytes);
  // Two blocks are there at a time.
  const blockRows = Math.max(1, Math.floor(Math.min(BLOCK_BYTES, pieceBytes / 2) / Math.max(1, rowBytes)));
  let next = Math.min(fromRow, rows);
  let block: Elements | undefined;
  let blockRow = next; // The row the block begins with.
  let blockEnd = next;
  let ahead: Promise<Elements> | undefined;

  async function readBlock(first: number): Promise<Elements> {
    const count = Math.min(blockRows, rows - first);
    const read = await file.read(from + first * rowBytes, count * rowBytes);
    // Typed arrays begin at a multiple of their element; a pooled buffer need not.
    const bytes = read.byteOffset % kind.bytes === 0 ? read : new Uint8Array(read);
    if (order !== MACHINE_ORDER) swapBytes(bytes, kind.bytes);
    return new kind.stored(bytes.buffer, bytes.byteOffset, bytes.length / kind.bytes);
  }

  function readAhead(first: number): Promise<Elements> | undefined {
    if (first >= rows) return undefined;
    const read = readBlock(first);
    read.catch(() => {}); // Told when the block is asked for, also if nobody ever does.
    return read;
  }

  function take(limit: number): PageAnswer<T> {
    const first = next;
    const count = Math.min(limit, blockEnd - next);
    const values: T[] = []; // The layout is that of T: the format has looked.
    for (let i = first - blockRow; i < first - blockRow + count; i++)
      values.push((row.length === 0 ? scalarAt(block!, i, kind.dtype) : vectorOf(block!, i * length, (i + 1) * length, kind)) as T);
    next += count;
    return { values, rows: { first }, nextRow: next, end: next >= rows };
  }

  return {
    async read(limit) {
      if (next >= blockEnd && next < rows) {
        ahead ??= readBlock(next);
        const read = ahead;
        ahead = undefined; // A read that failed is tried again by the next one.
        block = await read;
        blockRow = next;
        blockEnd = Math.min(next + blockRows, rows);
        ahead = readAhead(blockEnd);
      }
      return take(limit);
    },
    async close() {
      await ahead?.catch(() => {}); // A block on its way must not meet a closed file.
    },
  };
}

function tooLarge(where: string, rowBytes: number, pieceBytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_RECORD_TOO_LARGE',
    where,
    what: `a row has ${rowBytes} bytes, and ${pieceBytes} are the most that is read at once`,
    todo: 'Raise the limit, or look whether the shape is right.',
  });
}
