import type { Files } from '../core/world.ts';
import { type CheckpointName, checkpointName, readCheckpointName } from './checkpoint-names.ts';
import { readSummary } from './checkpoint-reader.ts';

/** Which checkpoints a file refers to, by its name; what was asked once is not read again. */
export type KnownReferences = Map<string, ReadonlySet<number>>;

/**
 * Lets checkpoints go, in the given order. One that others refer to is held under another name, until none of them is
 * there any more. Killed in between, whatever still has its own name is whole.
 */
export async function letGo(
  files: Files,
  folder: string,
  going: readonly CheckpointName[],
  known: KnownReferences = new Map(),
): Promise<void> {
  const isGoing = new Set(going.map(({ n, kind }) => checkpointName(n, kind)));
  const names = (await files.list(folder)).flatMap((name) => readCheckpointName(name) ?? []);
  const staying = names.filter((name) => name.kind !== 'part' && name.kind !== 'held' && !isGoing.has(checkpointName(name.n, name.kind)));
  const needed = await referred(files, folder, staying, known);
  for (const [at, { n, kind }] of going.entries()) {
    const others = await referred(files, folder, going.slice(at + 1), known);
    const path = `${folder}/${checkpointName(n, kind)}`;
    if (needed(n) || others(n)) await files.rename(path, `${folder}/${checkpointName(n, 'held')}`);
    else await files.remove(path);
    known.delete(checkpointName(n, kind));
  }
  for (const name of await files.list(folder)) {
    const read = readCheckpointName(name);
    if (read?.kind === 'held' && !needed(read.n)) await files.remove(`${folder}/${name}`);
  }
}

/** Answers whether one of them refers to a checkpoint; also where nobody can know, since one of them cannot be read. */
async function referred(
  files: Files,
  folder: string,
  names: readonly CheckpointName[],
  known: KnownReferences,
): Promise<(n: number) => boolean> {
  const all: ReadonlySet<number>[] = [];
  for (const { n, kind } of names) {
    const name = checkpointName(n, kind);
    const found = known.get(name) ?? (await referencesOf(files, `${folder}/${name}`));
    if (found === undefined) return () => true;
    known.set(name, found);
    all.push(found);
  }
  return (n) => all.some((references) => references.has(n));
}

async function referencesOf(files: Files, path: string): Promise<ReadonlySet<number> | undefined> {
  try {
    const found = await readSummary(files, path);
    return 'why' in found ? undefined : new Set(found.sections.flatMap(({ of }) => of ?? []));
  } catch {
    return undefined;
  }
}
