import type { Files } from '../core/world.ts';

/** All bytes of a small file; undefined when it is not there. */
export async function readWhole(files: Files, path: string): Promise<Uint8Array | undefined> {
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

/** Puts a file in the place of another at once, so that whoever comes next finds the one or the other, whole. */
export async function replaceFile(files: Files, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const part = `${folder}/${name}.part`;
  const file = await files.open(part, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(part, `${folder}/${name}`);
  await files.syncFolder(folder);
}
