import type { ArrayLayout } from '../../codecs/arrays/npy-header.ts';
import { rowPages } from '../../codecs/arrays/row-pages.ts';
import type { PageFile } from '../../core/format.ts';
import type { Source } from '../../core/source.ts';
import type { FileStat, OpenFile } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';
import { changed } from './errors.ts';

interface Seen {
  readonly where: string;
  readonly opened: FileStat;
}

/** The rows of an array whose layout is known; the file must be the one it was learned from. The position is the row. */
export function arraySource<R>(path: string, layout: ArrayLayout, { where, opened }: Seen): Source<R> {
  return {
    kind: 'array',
    id: where,
    replay: true,
    partitions: () => [0],
    async open(_partition, resume, { world }) {
      const fail = (error: unknown): never => {
        throw explain(error, where);
      };
      const file = await world.files.open(path, 'read').catch(fail);
      const sameFile = async (): Promise<void> => {
        const now = await world.files.stat(path).catch(fail);
        if (now?.bytes !== opened.bytes || now.modifiedMs !== opened.modifiedMs)
          throw changed(where, 'the file is not the one that was opened: it was written to, replaced or removed');
      };
      await sameFile().catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
      const fromRow = typeof resume === 'number' ? resume : 0;
      const pages = rowPages<R>(layout, pageFile(file, where, opened.bytes, sameFile, fail), { where, fromRow, pieceBytes: PIECE_BYTES });
      return {
        async read(limit, signal) {
          const { values = [], rows, nextRow, end } = await pages.read(limit, signal);
          return { values, positions: rows as { readonly first: number }, resume: nextRow, end };
        },
        async close() {
          await pages.close();
          await file.close();
        },
      };
    },
  };
}

/** The most that a row may have. */
const PIECE_BYTES = 1_073_741_824;

function pageFile(file: OpenFile, where: string, bytes: number, sameFile: () => Promise<void>, fail: (error: unknown) => never): PageFile {
  return {
    bytes,
    async read(at, length) {
      const into = Buffer.allocUnsafeSlow(length);
      const got = await file.read(into, at).catch(fail);
      if (got < length) throw changed(where, `the file had ${bytes} bytes when it was opened and ends at ${at + got} now`);
      await sameFile(); // Behind the read: what came before a change is as it was.
      return into;
    },
  };
}
