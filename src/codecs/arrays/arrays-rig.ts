import { assert } from '../../core/error.ts';
import type { FileFormat, PageFile } from '../../core/format.ts';

export function pageFile(content: Uint8Array): PageFile & { reads: number; readBytes: number; most: number } {
  return {
    bytes: content.length,
    reads: 0,
    readBytes: 0,
    most: 0,
    async read(at, length) {
      assert(at + length <= content.length, `asked for ${length} bytes at ${at} of ${content.length}`);
      this.reads++;
      this.readBytes += length;
      this.most = Math.max(this.most, length);
      // Somewhere in a larger buffer, as pools hand them out.
      const bytes = new Uint8Array(length + 3).subarray(this.reads % 3, (this.reads % 3) + length);
      bytes.set(content.subarray(at, at + length));
      return bytes;
    },
  };
}

export interface ReadWish {
  readonly fromRow?: number;
  readonly limit?: number;
  readonly pieceBytes?: number;
}

/** All rows from one on, and the positions they were told with. */
export async function readRows<T>(
  format: FileFormat<T>,
  content: Uint8Array | PageFile,
  { fromRow = 0, limit = 7, pieceBytes = 65_536 }: ReadWish = {},
): Promise<{ readonly values: T[]; readonly rows: number[] }> {
  const file = content instanceof Uint8Array ? pageFile(content) : content;
  const reader = await format.pages!.open(file, { where: 'file:a', fromRow, pieceBytes });
  const values: T[] = [];
  const rows: number[] = [];
  const { signal } = new AbortController();
  for (;;) {
    const answer = await reader.read(limit, signal);
    const first = (answer.rows as { readonly first: number }).first;
    rows.push(...(answer.values ?? []).map((_, i) => first + i));
    values.push(...(answer.values ?? []));
    assert(answer.nextRow === fromRow + values.length, `goes on with row ${answer.nextRow} behind ${values.length}`);
    if (answer.end) break;
  }
  await reader.close();
  return { values, rows };
}

/** What a file sink would write: with `take` now and then, and the header put over the beginning. */
export function written<T>(format: FileFormat<T>, values: readonly T[], takeEvery = 3): Buffer {
  const file = format.writing!.open({ where: 'file:a', isEmpty: true });
  const pieces: Uint8Array[] = [];
  for (const [i, value] of values.entries()) {
    file.add(value);
    if (i % takeEvery === takeEvery - 1) pieces.push(...file.take());
  }
  pieces.push(...file.end());
  const bytes = Buffer.concat(pieces);
  bytes.set(file.patch?.() ?? [], 0);
  return bytes;
}

/** An .npy file with any header. */
export function npyFile(header: string, elements: Uint8Array = new Uint8Array(0), major = 1): Buffer {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const head = Buffer.alloc(major === 1 ? 10 : 12);
  head.write('\x93NUMPY', 0, 'latin1');
  head[6] = major;
  if (major === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text, elements]);
}

export function header(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}
