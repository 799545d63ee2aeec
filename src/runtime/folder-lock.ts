import { HeadraceError } from '../core/error.ts';
import type { Files } from '../core/world.ts';
import { folderName } from '../state/folder-name.ts';

/**
 * Keeps a second process out of the folder of a pipeline: two runs would go on from one checkpoint and both commit. A
 * lock of a process that is no more counts for nothing, so a killed run needs no cleaning up.
 */
export async function lockFolder(files: Files, dir: string, pipeline: string): Promise<() => Promise<void>> {
  const path = `${dir}/pipelines/${folderName(pipeline)}/run.lock`;
  const owner = await ownerOf(files, path);
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) throw inUse(pipeline, path, owner);
  const file = await files.open(path, 'create');
  try {
    await file.write(new TextEncoder().encode(`${process.pid}\n`), 0);
  } finally {
    await file.close();
  }
  return () => files.remove(path);
}

async function ownerOf(files: Files, path: string): Promise<number | undefined> {
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(32);
    const text = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)));
    // One that was cut off while it was written says nothing.
    return /^\d+\n$/.test(text) ? Number(text) : undefined;
  } finally {
    await file.close();
  }
}

/** Signal 0 asks and sends nothing. A process of somebody else is alive too, and may not be asked. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function inUse(pipeline: string, path: string, owner: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FOLDER_IN_USE',
    what: `process ${owner} runs this pipeline in the same folder`,
    where: `pipeline '${pipeline}'`,
    todo: `Stop it first, or give this run another dir. If process ${owner} is something else by now, remove ${path}.`,
  });
}
