import { isHeadraceError } from '../../core/error.ts';
import type { Files } from '../../core/world.ts';
import { type Opening, type OpenRecords, openRecords } from './open-records.ts';

/** Opens a file that was found among others; a folder that was found is none of them. */
export function openOf<T>(files: Files, opening: Opening<T>): () => Promise<OpenRecords<T> | undefined> {
  return () =>
    openRecords(files, opening).catch((error: unknown) => {
      if (isHeadraceError(error) && error.code === 'HR_FILE_IS_FOLDER') return undefined;
      throw error;
    });
}
