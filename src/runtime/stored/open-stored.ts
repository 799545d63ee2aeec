import { HeadraceError } from '../../core/error.ts';
import type { RestoredSections } from '../../core/state.ts';
import type { Files, World } from '../../core/world.ts';
import { checkpointFolder } from '../../state/checkpoint-names.ts';
import { logStore } from '../../state/store/log-store.ts';
import type { OpenStore, StateChange } from '../../state/store/state-store.ts';
import { CHANGES, changesIn } from './stored-bytes.ts';
import { NOTE, type StoreNote, StoredTables } from './stored-tables.ts';

/** How state is kept on a disk. */
export interface StoredOptions {
  readonly overlayBytes: number;
  readonly cacheBytes: number;
  /** The one that needs no package unless told. */
  readonly open: OpenStore | undefined;
}

export interface OpeningOptions extends StoredOptions {
  readonly world: World;
  readonly dir: string;
  readonly pipeline: string;
  /** The checkpoint to go on from. */
  readonly stored: { readonly n: number; readonly sections: RestoredSections } | undefined;
  /** What an operator is called now, or that it is forgotten. */
  nameOf(operator: string): string | undefined;
}

export interface Opened {
  readonly tables: StoredTables;
  /** A checkpoint is committed: the stores of earlier beginnings may go. */
  committed(): Promise<void>;
}

/**
 * Opens the store that a checkpoint belongs to and brings it up to that checkpoint; on a fresh start a new one, beside
 * that of the start before, so that nothing is lost while nothing is committed.
 */
export async function openStored(options: OpeningOptions): Promise<Opened> {
  const { world, dir, pipeline, stored, overlayBytes, cacheBytes, open = logStore(), nameOf } = options;
  const { files } = world;
  const above = `${checkpointFolder(dir, pipeline)}/store`;
  await files.makeFolder(above);
  const note = stored === undefined ? undefined : await noteOf(stored.sections);
  const name = note?.store ?? `store-${1 + Math.max(0, ...(await generations(files, above)))}`;
  const folder = `${above}/${name}`;
  if (note !== undefined && (await files.stat(folder)) === undefined)
    throw apart(folder, `checkpoint ${stored!.n} belongs to it, and it is not there`);
  const store = await open({ world, folder });
  try {
    if (stored !== undefined && note !== undefined && store.stamp !== stored.n) {
      if (store.stamp !== note.before) throw differs(folder, store.stamp, stored.n);
      // The redo log: the checkpoint was on the disk before anybody could know that the store is.
      await store.apply(stored.n, await changesOf(stored.sections));
    }
  } catch (error) {
    await store.close();
    throw error;
  }
  const spaces = (note?.spaces ?? []).flatMap(([operator, cell, space]) => {
    const now = nameOf(operator);
    return now === undefined ? [] : [[now, cell, space] as const];
  });
  const { clock } = world;
  const tables = new StoredTables({ store, clock, name, spaces, nextSpace: note?.nextSpace ?? 0, overlayBytes, cacheBytes });
  let isTidy = false;
  return {
    tables,
    async committed() {
      if (isTidy) return;
      isTidy = true;
      for (const old of await files.list(above)) if (old !== name) await removeStore(files, `${above}/${old}`);
    },
  };
}

/** Refuses a checkpoint whose state is in a store, where a run keeps its state in memory. */
export function checkInMemory(pipeline: string, sections: RestoredSections): void {
  if (!sections.list().some(({ codec }) => codec === NOTE.codec)) return;
  throw new HeadraceError({
    code: 'HR_STATE_STORE_APART',
    where: `pipeline '${pipeline}'`,
    what: 'the state that the checkpoint belongs to is in a store on the disk, and this run keeps its state in memory',
    todo: "Start with embedded({ dir, state: 'disk' }), or --state disk; only the other way round state can move by itself.",
  });
}

async function noteOf(sections: RestoredSections): Promise<StoreNote | undefined> {
  const section = sections.list().find(({ codec }) => codec === NOTE.codec);
  // Written by ourselves and checked by its checksum.
  return section === undefined ? undefined : (JSON.parse(new TextDecoder().decode(await sections.read(section))) as StoreNote);
}

async function changesOf(sections: RestoredSections): Promise<readonly StateChange[]> {
  const changes: StateChange[] = [];
  const list = sections.list().filter(({ codec }) => codec === CHANGES);
  for (const section of list) changes.push(...changesIn(await sections.read(section)));
  return changes;
}

async function generations(files: Files, above: string): Promise<readonly number[]> {
  return (await files.list(above)).flatMap((name) => Number(/^store-(\d+)$/.exec(name)?.[1] ?? Number.NaN)).filter(Number.isSafeInteger);
}

/** Files first; what cannot be removed is tried again by the next run. */
async function removeStore(files: Files, folder: string): Promise<void> {
  try {
    for (const name of await files.list(folder)) await files.remove(`${folder}/${name}`);
    await files.remove(folder);
  } catch {
    // It costs room only.
  }
}

function differs(folder: string, stamp: number, n: number): HeadraceError {
  return apart(
    folder,
    stamp > n
      ? `it is at checkpoint ${stamp}, later than ${n}, and a store cannot go back`
      : `it is at checkpoint ${stamp}, and checkpoint ${n} does not follow that one`,
  );
}

function apart(folder: string, what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_STORE_APART',
    where: folder,
    what: `the store does not belong to the checkpoint: ${what}`,
    todo: 'Put the whole folder of the pipeline back from one copy, store and checkpoints together, or begin anew in another dir.',
  });
}
