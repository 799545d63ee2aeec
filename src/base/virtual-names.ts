import type { Random } from '../core/world.ts';
import { type DiskNode, File, Folder, nodesBelow } from './virtual-disk.ts';
import { drawLate, drawShare } from './virtual-tearing.ts';

/** A name of a folder. */
export interface Place {
  readonly folder: Folder;
  readonly name: string;
}

interface Rename {
  readonly at: number;
  readonly from: Place;
  readonly to: Place;
}

/** How many of the changes of names that were not synced a power cut let through. */
export interface SurvivedNames {
  readonly kept: number;
  readonly lost: number;
  /** A change survived and one before it did not. */
  readonly isReordered: boolean;
}

/**
 * The changes of all names on one disk, in order. A power cut lets of each name any of its changes through, whatever
 * became of others: a rename survives without the one before it, and of one rename the new name may be there while the
 * old one still is. It never takes a file away by a rename of which only the removal of the old name survived.
 */
export class VirtualNames {
  #at = 0;
  #renames: Rename[] = [];

  set(place: Place, node: DiskNode | undefined): void {
    place.folder.change(place.name, { at: ++this.#at, node });
  }

  rename(from: Place, to: Place, node: DiskNode): void {
    const at = ++this.#at;
    to.folder.change(to.name, { at, node });
    from.folder.change(from.name, { at, node: undefined });
    this.#renames.push({ at, from, to });
  }

  sync(folder: Folder): void {
    folder.sync();
    this.#renames = this.#renames.filter(({ from, to }) => isUnsynced(from) || isUnsynced(to));
  }

  /** A power cut: only what was synced is there, or with `keep` any part of the changes since. */
  settle(root: Folder, keep?: Random): SurvivedNames {
    const folders = [...nodesBelow(root, 'ever')].filter((node) => node instanceof Folder);
    const cuts = keep === undefined ? new Cuts() : this.#draw(folders, keep);
    const survived = count(folders, cuts);
    for (const folder of folders) folder.become(namesAt(folder, cuts));
    this.#renames = [];
    return survived;
  }

  #draw(folders: readonly Folder[], keep: Random): Cuts {
    const least = new Cuts();
    // A synced folder that lost a name to another: the file has to be found there, or the sync has taken it away.
    while (this.#renames.some(({ at, from, to }) => least.of(from) >= at && least.of(to) < at && least.set(to, at)));
    const cuts = new Cuts();
    const share = drawShare(keep);
    for (const folder of folders) {
      for (const [name, changes] of folder.unsynced) {
        const drawn = share === 1 ? changes.at(-1) : keep.next() < share ? drawLate(changes, keep) : undefined;
        const place = { folder, name };
        cuts.set(place, Math.max(drawn?.at ?? 0, least.of(place)));
      }
    }
    // Cuts only ever go down here, so this ends.
    while (this.#renames.some(({ at, from, to }) => cuts.of(from) >= at && cuts.of(to) < at && cuts.set(from, at - 1)));
    return cuts;
  }
}

/** Up to which change, by its number, each name has survived. One without changes is as new as can be. */
class Cuts {
  readonly #cuts = new Map<Folder, Map<string, number>>();

  of(place: Place): number {
    const changes = place.folder.unsynced.get(place.name);
    if (changes === undefined) return Number.POSITIVE_INFINITY;
    // What came before the first of them was synced.
    return Math.max(changes[0]!.at - 1, this.#cuts.get(place.folder)?.get(place.name) ?? 0);
  }

  set({ folder, name }: Place, at: number): true {
    let names = this.#cuts.get(folder);
    if (names === undefined) this.#cuts.set(folder, (names = new Map()));
    names.set(name, at);
    return true;
  }
}

function isUnsynced({ folder, name }: Place): boolean {
  return folder.unsynced.has(name);
}

function namesAt(folder: Folder, cuts: Cuts): Map<string, DiskNode> {
  const names = new Map(folder.synced);
  for (const [name, changes] of folder.unsynced) {
    const cut = cuts.of({ folder, name });
    const last = changes.findLast(({ at }) => at <= cut);
    if (last === undefined) continue;
    if (last.node === undefined) names.delete(name);
    else names.set(name, last.node);
  }
  return names;
}

function count(folders: readonly Folder[], cuts: Cuts): SurvivedNames {
  let [kept, lost, lastKept, firstLost] = [0, 0, 0, Number.POSITIVE_INFINITY];
  for (const folder of folders) {
    for (const [name, changes] of folder.unsynced) {
      const cut = cuts.of({ folder, name });
      for (const { at } of changes) {
        if (at <= cut) {
          kept++;
          lastKept = Math.max(lastKept, at);
        } else {
          lost++;
          firstLost = Math.min(firstLost, at);
        }
      }
    }
  }
  return { kept, lost, isReordered: lastKept > firstLost };
}

/** The files that have a name. */
export function filesBelow(root: Folder): File[] {
  return [...nodesBelow(root, 'now')].filter((node) => node instanceof File);
}
