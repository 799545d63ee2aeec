import { HeadraceError, isHeadraceError } from '../core/error.ts';
import type { Files } from '../core/world.ts';
import { readCheckpointName } from './checkpoint-names.ts';
import { type CheckpointSummary, readCheckpoint, readSummary } from './checkpoint-reader.ts';

/** A file of a checkpoint, found by its name; nothing of it has been read. */
export interface CheckpointFile {
  readonly n: number;
  readonly path: string;
  /** Newer than one that a run was told to go on from: kept, and never gone on from. */
  readonly isAside: boolean;
}

/** The folder of a pipeline as it lies there. */
export interface PipelineFolder {
  /** As on the disk: the name of the pipeline, where other letters than these are written as `%` and two digits. */
  readonly name: string;
  readonly path: string;
  /** Newest first. */
  readonly checkpoints: readonly CheckpointFile[];
  /** Older ones that are there only for those that refer to them. */
  readonly held: readonly CheckpointFile[];
  /** Half-written files of processes that died; the next run removes them. */
  readonly leftovers: readonly string[];
}

/** What somebody found who looked at a checkpoint without going on from it. */
export type Looked =
  | { readonly summary: CheckpointSummary }
  | {
      readonly why: string;
      /** Undefined where nobody can say: a file of a newer version, or one that cannot be read at all. */
      readonly mayBeCommitted: boolean | undefined;
    };

/** The pipelines that have a folder in the folder of a run, in the order of their names. It changes nothing. */
export async function readStateFolder(files: Files, dir: string): Promise<readonly PipelineFolder[]> {
  const found = await files.stat(dir);
  if (found?.isFolder !== true) {
    throw new HeadraceError({
      code: 'HR_STATE_MISSING',
      what: found === undefined ? 'there is no such folder' : 'this is a file, not a folder',
      where: dir,
      todo: 'Name the folder that was given to the run as dir, or with --dir.',
    });
  }
  const above = `${dir}/pipelines`;
  if ((await files.stat(above))?.isFolder !== true) {
    const isInside = (await files.list(dir)).some((name) => readCheckpointName(name) !== undefined);
    if (!isInside) return [];
    throw new HeadraceError({
      code: 'HR_STATE_MISSING',
      what: 'this is the folder of one pipeline',
      where: dir,
      todo: 'Name the folder two above it, which was given to the run as dir, or with --dir.',
    });
  }
  const pipelines: PipelineFolder[] = [];
  for (const name of await files.list(above)) {
    const path = `${above}/${name}`;
    if ((await files.stat(path))?.isFolder === true) pipelines.push(await readPipeline(files, name, path));
  }
  return pipelines;
}

async function readPipeline(files: Files, name: string, path: string): Promise<PipelineFolder> {
  const checkpoints: CheckpointFile[] = [];
  const held: CheckpointFile[] = [];
  const leftovers: string[] = [];
  for (const file of await files.list(path)) {
    const read = readCheckpointName(file);
    if (read === undefined) continue;
    if (read.kind === 'part') leftovers.push(`${path}/${file}`);
    else if (read.kind === 'held') held.push({ n: read.n, path: `${path}/${file}`, isAside: true });
    else checkpoints.push({ n: read.n, path: `${path}/${file}`, isAside: read.kind === 'aside' });
  }
  checkpoints.sort((a, b) => b.n - a.n || Number(a.isAside) - Number(b.isAside));
  return { name, path, checkpoints, held, leftovers };
}

/** Reads everything but the state, and checks what it reads. */
export async function glance(files: Files, file: CheckpointFile): Promise<Looked> {
  return await looked(() => readSummary(files, file.path), file.n);
}

/** Checks every byte. */
export async function examine(files: Files, file: CheckpointFile): Promise<Looked> {
  const seen = await glance(files, file);
  if ('why' in seen) return seen;
  return await looked(async () => {
    const read = await readCheckpoint(files, file.path);
    return 'why' in read ? read : seen.summary;
  }, file.n);
}

async function looked(read: () => ReturnType<typeof readSummary>, n: number): Promise<Looked> {
  try {
    const found = await read();
    if ('why' in found) return found;
    return found.n === n ? { summary: found } : { why: `it is checkpoint ${found.n} under another name`, mayBeCommitted: true };
  } catch (error) {
    // One file that cannot be read must not hide the others.
    const why = isHeadraceError(error) ? error.what : `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { why, mayBeCommitted: undefined };
  }
}
