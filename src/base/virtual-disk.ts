import type { Random } from '../core/world.ts';
import { type Change, Content } from './virtual-content.ts';
import { tear } from './virtual-tearing.ts';

/** What a power cut left of the changes that were not synced. */
export type Survived = 'all' | 'part' | 'nothing';

/**
 * The content of a file, as written and as of its last sync. Between the two lie the changes one by one, so that a
 * crash can be modelled that lets any of them through, or half of one.
 */
export class File {
  modifiedMs: number;
  /** Called with each change, at once. */
  readonly watchers: Set<() => void> = new Set();
  #written = new Content();
  #synced = new Content();
  #unsynced: Change[] = [];
  /** A sync has failed, so that what can be read is more than what is synced and what is noted as changed. */
  #hasLost = false;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  get length(): number {
    return this.#written.length;
  }

  read(into: Uint8Array, position: number): number {
    return this.#written.read(into, position);
  }

  change(change: Change, nowMs: number): void {
    this.#written.apply(change);
    this.#unsynced.push(change);
    this.modifiedMs = nowMs;
    for (const tell of this.watchers) tell();
  }

  // Costs what was changed, not what the file holds: a log that is synced after each append stays linear.
  sync(): void {
    for (const change of this.#unsynced) this.#synced.apply(change);
    this.#unsynced = [];
  }

  /**
   * A sync that fails, as Linux does it: what was written since the last one can still be read, counts as written to
   * the disk, and is not there. Another sync succeeds and brings nothing of it back.
   */
  failSync(): void {
    this.#hasLost ||= this.#unsynced.length > 0;
    this.#unsynced = [];
  }

  /** A power cut. Undefined when there was nothing to lose. */
  settle(keep?: Random): Survived | undefined {
    this.watchers.clear();
    const changes = this.#unsynced;
    // Most files of a disk are as they were synced: nothing is copied for them.
    if (changes.length === 0 && !this.#hasLost) return undefined;
    this.#hasLost = false;
    const before = this.#synced;
    this.#unsynced = [];
    const { content, whole } = keep === undefined ? { content: before } : tear(before, changes, keep);
    this.#synced = content;
    this.#written = content.copy();
    if (changes.length === 0) return undefined;
    if (whole !== undefined && content.equals(whole)) return 'all';
    return content.equals(before) ? 'nothing' : 'part';
  }
}

/** What a name stands for since one change of its folder; nothing when it was removed. `at` counts on one disk. */
export interface NameChange {
  readonly at: number;
  readonly node: DiskNode | undefined;
}

/** The names in a folder, as they are and as of its last sync, and the changes between, by name. */
export class Folder {
  readonly modifiedMs: number;
  /** Called with each change of a name, at once. */
  readonly watchers: Set<() => void> = new Set();
  entries: Map<string, DiskNode> = new Map();
  synced: Map<string, DiskNode> = new Map();
  unsynced: Map<string, NameChange[]> = new Map();

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  change(name: string, change: NameChange): void {
    if (change.node === undefined) this.entries.delete(name);
    else this.entries.set(name, change.node);
    const changes = this.unsynced.get(name);
    if (changes === undefined) this.unsynced.set(name, [change]);
    else changes.push(change);
    for (const tell of this.watchers) tell();
  }

  sync(): void {
    this.synced = new Map(this.entries);
    this.unsynced = new Map();
  }

  /** A name that needs no sync. */
  addSynced(name: string, node: DiskNode): void {
    this.entries.set(name, node);
    this.synced.set(name, node);
    this.unsynced.delete(name);
    for (const tell of this.watchers) tell();
  }

  /** What a power cut made of it. */
  become(entries: Map<string, DiskNode>): void {
    this.watchers.clear();
    this.entries = entries;
    this.sync();
  }
}

export type DiskNode = File | Folder;

/** Every node below a folder and itself, once, whatever names it has: those there are, or also those there were. */
export function nodesBelow(root: Folder, names: 'now' | 'ever'): Set<DiskNode> {
  const found = new Set<DiskNode>([root]);
  // A set may grow while it is walked, and is walked to its end.
  for (const node of found) {
    if (!(node instanceof Folder)) continue;
    for (const inside of node.entries.values()) found.add(inside);
    if (names === 'now') continue;
    for (const inside of node.synced.values()) found.add(inside);
    for (const changes of node.unsynced.values()) for (const change of changes) if (change.node !== undefined) found.add(change.node);
  }
  return found;
}
