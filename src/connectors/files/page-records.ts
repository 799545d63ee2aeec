import { HeadraceError } from '../../core/error.ts';
import type { PageAnswer, PageFile, PageFormat } from '../../core/format.ts';
import type { OpenFile } from '../../core/world.ts';
import type { Place } from './place.ts';
import type { FileRecords, Piece } from './records.ts';

export interface PageOptions {
  readonly where: string;
  readonly from: Place;
  readonly pieceBytes: number;
  readonly bytes: number;
  explain(error: unknown): unknown;
}

/** The records of a format that is read from anywhere in its file. Their places are rows. */
export async function pageRecords<T>(file: OpenFile, format: PageFormat<T>, options: PageOptions): Promise<FileRecords<T>> {
  const { where, from, pieceBytes } = options;
  const reader = await format.open(pageFile(file, options), { where, fromRow: from.at, pieceBytes });
  let place = from;
  let end = false;
  let reading: Promise<unknown> | undefined;

  async function read(limit: number, signal: AbortSignal): Promise<Piece<T>> {
    if (end) return { values: [], at: [], place, end };
    const coming = reader.read(limit, signal);
    reading = coming;
    const answer = await coming;
    end = answer.end;
    const at = rowsOf(answer);
    // Rows that were passed over count as read with the next record, so that a place does not depend on how reads were cut.
    if (at.length > 0 || (answer.refused?.length ?? 0) > 0) place = { at: answer.nextRow };
    const { refused } = answer;
    if (answer.columns !== undefined) return { columns: answer.columns, at, refused, place, end };
    return { values: answer.values, at, refused, place, end };
  }

  return {
    read,
    async close() {
      // A read under way must not meet a closed file.
      await reading?.catch(() => {});
      try {
        await reader.close();
      } finally {
        await file.close();
      }
    },
  };
}

function rowsOf<T>({ rows, columns, values }: PageAnswer<T>): ArrayLike<number> {
  if (!('first' in rows)) return rows;
  const count = (columns ?? values).length;
  const at = new Float64Array(count);
  for (let i = 0; i < count; i++) at[i] = rows.first + i;
  return at;
}

function pageFile(file: OpenFile, { where, bytes, explain }: PageOptions): PageFile {
  return {
    bytes,
    async read(at, length) {
      // Whoever asks for what is not there has been told a lie by the file; no memory is taken for it.
      if (!Number.isSafeInteger(at) || !Number.isSafeInteger(length) || at < 0 || length < 0 || at + length > bytes)
        throw beyond(where, at, length, bytes);
      const into = Buffer.allocUnsafeSlow(length);
      let got: number;
      try {
        got = await file.read(into, at);
      } catch (error) {
        throw explain(error);
      }
      if (got < length) throw beyond(where, at, length, at + got);
      return into;
    },
  };
}

function beyond(where: string, at: number, length: number, bytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_TRUNCATED',
    where: `${where}, byte ${at}`,
    what: `${length} bytes should stand here, and the file has ${bytes} bytes`,
    todo: 'The file is cut off, or says wrong things of itself. Fetch or write it again.',
  });
}
