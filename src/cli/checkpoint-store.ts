import { HeadraceError, isHeadraceError } from '../core/error.ts';
import { keyOf } from '../core/key-bytes.ts';
import type { RestoredSections } from '../core/state.ts';
import type { World } from '../core/world.ts';
import { STORE_NOTE } from '../state/checkpoint-format.ts';
import { type LookedAt, lookIntoStore } from '../state/store/log-look.ts';
import { ValueReader } from '../codecs/value.ts';
import { CellBytes, type CellsPiece } from '../runtime/cell-bytes.ts';
import { CHANGES, changesIn } from '../runtime/stored/stored-bytes.ts';
import type { StoreNote } from '../runtime/stored/stored-tables.ts';
import type { NodeJson } from '../pipeline/plan-json.ts';
import { codecOf, type KeptEntry } from './checkpoint-state.ts';

/** A checkpoint whose state is in a store on the disk. */
export interface StoredCheckpointFile {
  readonly n: number;
  /** Of the pipeline. */
  readonly folder: string;
  readonly sections: RestoredSections;
}

/** What the checkpoint says of its store; undefined where all of its state is in the file. */
export async function noteIn(sections: RestoredSections): Promise<StoreNote | undefined> {
  const section = sections.list().find(({ codec }) => codec === STORE_NOTE);
  // Written by ourselves and checked by its checksum.
  return section === undefined ? undefined : (JSON.parse(new TextDecoder().decode(await sections.read(section))) as StoreNote);
}

/**
 * What an operator keeps in the store, as of the checkpoint: where the store has not got the last changes yet they are in
 * the checkpoint, and are laid over it.
 */
export async function* storedEntries(
  world: World,
  { n, folder, sections }: StoredCheckpointFile,
  operator: string,
  node: NodeJson | undefined,
): AsyncIterable<KeptEntry> {
  const note = await noteIn(sections);
  const spaces = (note?.spaces ?? []).filter(([of]) => of === operator);
  if (note === undefined || spaces.length === 0) return;
  const store = await opened(world, `${folder}/store/${note.store}`);
  try {
    if (store.stamp !== n && store.stamp !== note.before) throw elsewhere(folder, store.stamp, n);
    const over = store.stamp === n ? [] : await changesOf(sections);
    const nowMs = world.clock.now();
    const isOver = (expires: number | undefined): boolean => expires !== undefined && expires <= nowMs;
    for (const [, cell, space] of spaces) {
      // The last change of a key counts.
      const changed = new Map(over.filter((change) => change.space === space).map((change) => [change.key.join(), change]));
      for (const [key, value, expires] of store.entries(space))
        if (!changed.has(key.join()) && !isOver(expires)) yield entryOf(cell, key, value, node);
      for (const { key, value, expires } of changed.values())
        if (value !== undefined && !isOver(expires)) yield entryOf(cell, key, value, node);
    }
  } finally {
    store.close();
  }
}

/** The store of a checkpoint, with how much of it each operator has. */
export interface StoreFacts {
  readonly name: string;
  /** The checkpoint it has the state of; undefined where it cannot be looked at, and why. */
  readonly at: number | undefined;
  readonly why?: string;
  readonly keys: readonly { readonly operator: string; readonly cell: string; readonly keys: number }[];
}

/** Undefined where all state is in the file. */
export async function storeFacts(world: World, { folder, sections }: StoredCheckpointFile): Promise<StoreFacts | undefined> {
  const note = await noteIn(sections);
  if (note === undefined) return undefined;
  try {
    const store = await opened(world, `${folder}/store/${note.store}`);
    try {
      const keys = note.spaces.map(([operator, cell, space]) => ({ operator, cell, keys: store.count(space) }));
      return { name: note.store, at: store.stamp, keys };
    } finally {
      store.close();
    }
  } catch (error) {
    // The checkpoint can be shown also while a run has the store open.
    if (!isHeadraceError(error)) throw error;
    return { name: note.store, at: undefined, why: error.what, keys: [] };
  }
}

async function changesOf(
  sections: RestoredSections,
): Promise<ReturnType<typeof changesIn> extends Iterable<infer C> ? readonly C[] : never> {
  const changes = [];
  for (const section of sections.list()) if (section.codec === CHANGES) changes.push(...changesIn(await sections.read(section)));
  return changes;
}

function entryOf(cell: string, key: Uint8Array, stored: Uint8Array, node: NodeJson | undefined): KeptEntry {
  const reader = new ValueReader(stored);
  const version = reader.varint();
  const isTimed = reader.byte() === 1;
  const piece: CellsPiece = { codec: isTimed ? 'cells-timed/1' : 'cells/1', version, bytes: reader.run(reader.left) };
  // Read as it was written: no state is brought up to another version here.
  const { state: value } = new CellBytes<unknown>({ name: cell, codec: codecOf(node), version }).readOne(piece);
  return { cell, key: key.length === 0 ? undefined : keyOf(key), scope: { kind: 'one' }, value };
}

async function opened(world: World, folder: string): Promise<LookedAt> {
  const store = await lookIntoStore(world, folder);
  if (store !== undefined) return store;
  throw new HeadraceError({
    code: 'HR_STATE_STORE_APART',
    where: folder,
    what: 'the state that the checkpoint belongs to is in a store that is not there, or of another kind than the one that comes with Headrace',
    todo: 'Look into a store of another kind with its own tools.',
  });
}

function elsewhere(folder: string, stamp: number, n: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_STORE_APART',
    where: folder,
    what: `the store is at checkpoint ${stamp}, so nobody can say what the state was at ${n}`,
    todo: `Ask for checkpoint ${stamp}: headrace checkpoint show <folder> <pipeline> ${stamp} --state <operator>.`,
  });
}
