import { type LockOwner, takeLock } from '../base/owned-lock.ts';
import { HeadraceError } from '../core/error.ts';
import type { Files } from '../core/world.ts';
import { folderName } from '../base/folder-name.ts';

/**
 * Keeps a second run out of the folder of a pipeline, be it of another process or of this one: two runs would go on from
 * one checkpoint and both commit. The lock of a process that died is free, so a killed run needs no cleaning up.
 */
export async function lockFolder(files: Files, dir: string, pipeline: string): Promise<() => Promise<void>> {
  const path = `${dir}/pipelines/${folderName(pipeline)}/run.lock`;
  const lock = await takeLock(files, path, `process ${process.pid}`);
  if ('owner' in lock) throw inUse(pipeline, lock);
  return () => lock.release();
}

function inUse(pipeline: string, { owner, sinceMs }: LockOwner): HeadraceError {
  const who = owner === '' ? 'somebody' : owner === `process ${process.pid}` ? `${owner}, this one,` : owner;
  const since = sinceMs === undefined ? '' : `, since ${new Date(sinceMs).toISOString()}`;
  return new HeadraceError({
    code: 'HR_FOLDER_IN_USE',
    what: `${who} runs this pipeline in the same folder${since}`,
    where: `pipeline '${pipeline}'`,
    todo: 'Stop that run first, or give this one another dir.',
  });
}
