import { folderName } from '../base/folder-name.ts';
import type { Files } from '../core/world.ts';

/** What a file in the folder of a pipeline is, by its name. */
export interface CheckpointName {
  readonly n: number;
  /**
   * `aside`: kept, and never gone on from. `held`: likewise, since newer ones refer to what is in it. `part`: half
   * written by a process that died.
   */
  readonly kind: 'whole' | 'aside' | 'held' | 'part';
}

/** The folder of one pipeline inside the folder of a run. */
export function checkpointFolder(dir: string, pipeline: string): string {
  return `${dir}/pipelines/${folderName(pipeline)}`;
}

/** `0000000012.ckpt` and its like; a number of more digits has a longer name. */
export function checkpointName(n: number, kind: CheckpointName['kind'] = 'whole'): string {
  if (kind === 'part') return `${n}.part`;
  return `${String(n).padStart(10, '0')}.ckpt${kind === 'whole' ? '' : `.${kind}`}`;
}

/** Undefined for files that are something else. */
export function readCheckpointName(name: string): CheckpointName | undefined {
  const [, digits, ending] = /^(\d+)\.(ckpt|ckpt\.aside|ckpt\.held|part)$/.exec(name) ?? [];
  if (digits === undefined) return undefined;
  const n = Number(digits);
  const kind = ending === 'part' ? 'part' : ending === 'ckpt' ? 'whole' : ending === 'ckpt.held' ? 'held' : 'aside';
  // A name we would not have written is not ours.
  return Number.isSafeInteger(n) && n > 0 && checkpointName(n, kind) === name ? { n, kind } : undefined;
}

/** The file of checkpoint `n`, beside that of another, whatever has become of it. */
export async function fileOf(files: Files, beside: string, n: number): Promise<string | undefined> {
  const folder = beside.slice(0, beside.lastIndexOf('/'));
  for (const kind of ['whole', 'held', 'aside'] as const) {
    const path = `${folder}/${checkpointName(n, kind)}`;
    if ((await files.stat(path)) !== undefined) return path;
  }
  return undefined;
}
