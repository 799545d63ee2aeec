import { join } from 'node:path';
import type { Files } from '../../core/world.ts';

/** The text of a small file; undefined where there is none. */
export async function readText(files: Files, path: string): Promise<string | undefined> {
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)));
  } finally {
    await file.close();
  }
}

/** Writes a file anew and makes its content safe; its name is not, until its folder is synced. Answers its length. */
export async function writeText(files: Files, path: string, text: string): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  const file = await files.open(path, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes.length;
}

/** The same by a rename, so that whoever reads finds the old text or the new one. */
export async function replaceText(files: Files, path: string, text: string): Promise<void> {
  await writeText(files, `${path}.part`, text);
  await files.rename(`${path}.part`, path);
}

/** Removes the files of a folder with such names, for good. */
export async function removeAll(files: Files, folder: string, isOne: (name: string) => boolean): Promise<void> {
  const names = (await files.list(folder)).filter(isOne);
  for (const name of names) await files.remove(join(folder, name));
  if (names.length > 0) await files.syncFolder(folder);
}
