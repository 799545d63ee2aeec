import type { Clock, FileLock, Files, FileStat, FileWatch, OpenFile, Random, Scheduler, SyncFile, SyncFiles } from '../core/world.ts';
import { type DiskNode, File, Folder } from './virtual-disk.ts';
import { filesBelow, type Place, VirtualNames } from './virtual-names.ts';
import { failed, isInside, partsOf } from './virtual-paths.ts';

/** A file of this disk, whose sync can be made to fail. */
export interface VirtualFile extends OpenFile {
  /** What a sync that fails does on Linux: what was written can be read, counts as synced, and is not on the disk. */
  failSync(): void;
}

/** What a power cut did. */
export interface PowerCut {
  /** Files of which a part of what was not synced survived. */
  readonly torn: number;
  /** A change of a name survived and one before it did not. */
  readonly isReordered: boolean;
  /** There was something that was not synced, and nothing of it survived. */
  readonly isLost: boolean;
}

/**
 * A disk in memory that knows, like a real one, what has been written and what would survive a power cut: the content
 * of a file up to its last `sync`, and the names in a folder as of its last `syncFolder`. A name is not made safe by
 * syncing the file behind it; POSIX promises no more.
 *
 * `powerCut()` is the plainest crash: nothing that was not synced gets through. With `keep` any part of it does, as on
 * a real disk.
 *
 * @example
 * ```ts
 * const files = new VirtualFiles({ now: () => 0, monotonic: () => 0 });
 * const file = await files.open('/a', 'create');
 * await file.write(new TextEncoder().encode('kept'), 0);
 * await file.sync();
 * await files.syncFolder('/');
 * await file.write(new TextEncoder().encode(' lost'), 4);
 * files.powerCut();
 * console.log((await files.stat('/a'))?.bytes); // 4
 * ```
 */
export class VirtualFiles implements Files, SyncFiles {
  readonly #clock: Clock;
  readonly #soon: (fn: () => void) => void;
  readonly #root = new Folder(0);
  readonly #names = new VirtualNames();
  #locks = new Map<File, FileLock>();
  #epoch = 0;
  #openFiles = 0;
  readonly #identities = new WeakMap<DiskNode, string>();
  #lastIdentity = 0;

  /** With a scheduler, who watches a file is told `soon`; without one, in a microtask. */
  constructor(clock: Clock, scheduler?: Pick<Scheduler, 'soon'>) {
    this.#clock = clock;
    this.#soon = scheduler === undefined ? queueMicrotask : (fn) => scheduler.soon(fn);
  }

  /** How often the power was cut. */
  get powerCuts(): number {
    return this.#epoch;
  }

  /** Files that were opened and not closed. */
  get openFiles(): number {
    return this.#openFiles;
  }

  async open(path: string, mode: 'read' | 'create' | 'extend'): Promise<VirtualFile> {
    const node = this.#file(path, mode === 'read' ? 'read' : 'extend', 'open');
    if (mode === 'create' && node.length > 0) node.change({ truncate: 0 }, this.#clock.now());
    return this.#handle(node, path, mode !== 'read');
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const node = this.#find(path);
    if (node === undefined) return undefined;
    return this.#statOf(node);
  }

  async list(folder: string): Promise<readonly string[]> {
    return [...this.#folder(folder, 'scandir').entries.keys()].sort();
  }

  async makeFolder(path: string): Promise<void> {
    let folder = this.#root;
    for (const name of partsOf(path)) {
      let next = folder.entries.get(name);
      if (next === undefined) {
        next = new Folder(this.#clock.now());
        folder.addSynced(name, next);
      }
      if (!(next instanceof Folder)) throw failed(next === this.#find(path) ? 'EEXIST' : 'ENOTDIR', 'mkdir', path);
      folder = next;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#place(from, 'rename');
    const node = source.folder.entries.get(source.name);
    if (node === undefined) throw failed('ENOENT', 'rename', from);
    const target = this.#place(to, 'rename');
    const inTheWay = target.folder.entries.get(target.name);
    if (inTheWay === node) return;
    if (node instanceof Folder && isInside(to, from)) throw failed('EINVAL', 'rename', from);
    if (inTheWay instanceof Folder) {
      if (!(node instanceof Folder)) throw failed('EISDIR', 'rename', to);
      if (inTheWay.entries.size > 0) throw failed('ENOTEMPTY', 'rename', to);
    } else if (inTheWay !== undefined && node instanceof Folder) {
      throw failed('ENOTDIR', 'rename', to);
    }
    this.#names.rename(source, target, node);
  }

  async remove(path: string): Promise<void> {
    const node = this.#find(path);
    if (node === undefined) return;
    if (node instanceof Folder && node.entries.size > 0) throw failed('ENOTEMPTY', 'rmdir', path);
    this.#names.set(this.#place(path, 'unlink'), undefined);
  }

  async syncFolder(path: string): Promise<void> {
    this.#names.sync(this.#folder(path, 'fsync'));
  }

  // As with the kernel's locks and watches, both belong to the file and not to its name.
  async lock(path: string): Promise<FileLock | undefined> {
    const file = this.#file(path, 'extend', 'lock');
    if (this.#locks.has(file)) return undefined;
    const lock: FileLock = {
      release: async () => {
        if (this.#locks.get(file) === lock) this.#locks.delete(file);
      },
    };
    this.#locks.set(file, lock);
    return lock;
  }

  async watch(path: string, changed: () => void): Promise<FileWatch> {
    const found = this.#find(path);
    const { watchers } = found instanceof Folder ? found : this.#file(path, 'read', 'watch');
    const epoch = this.#epoch;
    let isTold = false;
    const tell = (): void => {
      if (isTold) return;
      isTold = true;
      this.#soon(() => {
        isTold = false;
        if (watchers.has(tell) && epoch === this.#epoch) changed();
      });
    };
    watchers.add(tell);
    return { close: () => void watchers.delete(tell) };
  }

  /**
   * Everything that was not synced is gone, and with it every open file, lock and watch. With `keep`, chance decides for
   * each sector of a file, each length and each change of a name whether it had reached the disk already.
   */
  powerCut({ keep }: { readonly keep?: Random } = {}): PowerCut {
    this.#epoch++;
    this.#openFiles = 0;
    this.#locks = new Map();
    const names = this.#names.settle(this.#root, keep);
    const files = filesBelow(this.#root).map((file) => file.settle(keep));
    return {
      torn: files.filter((survived) => survived === 'part').length,
      isReordered: names.isReordered,
      isLost:
        names.kept === 0 &&
        files.every((survived) => (survived ?? 'nothing') === 'nothing') &&
        (names.lost > 0 || files.includes('nothing')),
    };
  }

  #handle(file: File, path: string, isWritable: boolean): VirtualFile {
    const epoch = this.#epoch;
    let isOpen = true;
    const check = (call: string, writes = false): void => {
      if (!isOpen || epoch !== this.#epoch || (writes && !isWritable)) throw failed('EBADF', call, path);
    };
    this.#openFiles++;
    return {
      read: async (into, position) => {
        check('read');
        return file.read(into, position);
      },
      write: async (bytes, position) => {
        check('write', true);
        // A copy: the writer may use his array for something else while we keep the change.
        if (bytes.length > 0) file.change({ bytes: bytes.slice(), position }, this.#clock.now());
      },
      size: async () => {
        check('fstat');
        return file.length;
      },
      truncate: async (bytes) => {
        if (!isWritable) throw failed('EINVAL', 'ftruncate', path); // What Linux answers, unlike for a write.
        check('ftruncate');
        file.change({ truncate: bytes }, this.#clock.now());
      },
      sync: async () => {
        check('fdatasync');
        file.sync();
      },
      failSync: () => {
        check('fdatasync');
        file.failSync();
      },
      close: async () => {
        check('close');
        isOpen = false;
        this.#openFiles--;
      },
    };
  }

  #file(path: string, mode: 'read' | 'extend', call: string): File {
    const { folder, name } = this.#place(path, call);
    let node = name === '' ? folder : folder.entries.get(name);
    if (node === undefined) {
      if (mode === 'read') throw failed('ENOENT', call, path);
      node = new File(this.#clock.now());
      this.#names.set({ folder, name }, node);
    }
    if (node instanceof Folder) throw failed('EISDIR', call, path);
    return node;
  }

  #find(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.#root;
    for (const name of partsOf(path)) node = node instanceof Folder ? node.entries.get(name) : undefined;
    return node;
  }

  #statOf(node: DiskNode): FileStat {
    const isFolder = node instanceof Folder;
    return { bytes: isFolder ? 0 : node.length, modifiedMs: node.modifiedMs, isFolder, identity: this.#identityOf(node) };
  }

  #identityOf(node: DiskNode): string {
    let identity = this.#identities.get(node);
    if (identity === undefined) this.#identities.set(node, (identity = `virtual:${++this.#lastIdentity}`));
    return identity;
  }

  #folder(path: string, call: string, parts: readonly string[] = partsOf(path), levels = parts.length): Folder {
    let node: DiskNode = this.#root;
    for (let level = 0; level < levels; level++) {
      const next: DiskNode | undefined = node.entries.get(parts[level]!);
      if (next === undefined) throw failed('ENOENT', call, path);
      if (!(next instanceof Folder)) throw failed('ENOTDIR', call, path);
      node = next;
    }
    return node;
  }

  #place(path: string, call: string): Place {
    const parts = partsOf(path);
    return { folder: this.#folder(path, call, parts, parts.length - 1), name: parts.at(-1) ?? '' };
  }

  openSync(path: string): SyncFile {
    const file = this.#file(path, 'read', 'open');
    const epoch = this.#epoch;
    let isOpen = true;
    const check = (call: string): void => {
      if (!isOpen || epoch !== this.#epoch) throw failed('EBADF', call, path);
    };
    this.#openFiles++;
    return {
      readSync(into, position) {
        check('read');
        return file.read(into, position);
      },
      statSync: () => {
        check('fstat');
        return this.#statOf(file);
      },
      closeSync: () => {
        check('close');
        isOpen = false;
        this.#openFiles--;
      },
    };
  }
}
