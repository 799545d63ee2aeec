import type { Files, FileStat } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';

/** For `catch`: the same error in our words. */
export function rethrow(id: string): (error: unknown) => never {
  return (error) => {
    throw explain(error, id);
  };
}

/** What the disk says of a path, undefined where nothing is there; an error in our words where it may not be asked. */
export async function statOf(files: Files, path: string): Promise<FileStat | undefined> {
  return await files.stat(path).catch(rethrow(`file:${path}`));
}
