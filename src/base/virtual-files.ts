import type { Clock, Files, FileStat, OpenFile } from '../core/world.ts';
import { type DiskNode, File, Folder } from './virtual-disk.ts';

/**
 * A disk in memory that knows, like a real one, what has been written and what would survive a power cut: the content
 * of a file up to its last `sync`, and the names in a folder as of its last `syncFolder`. A name is not made safe by
 * syncing the file behind it; POSIX promises no more.
 *
 * `powerCut` is the hardest crash: nothing that was not synced gets through.
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
export class VirtualFiles implements Files {
  readonly #clock: Clock;
  readonly #root = new Folder(0);
  #epoch = 0;
  #openFiles = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Files that were opened and not closed. */
  get openFiles(): number {
    return this.#openFiles;
  }

  async open(path: string, mode: 'read' | 'create' | 'extend'): Promise<OpenFile> {
    const { folder, name } = this.#place(path, 'open');
    let node = name === '' ? folder : folder.entries.get(name);
    if (node === undefined) {
      if (mode === 'read') throw failed('ENOENT', 'open', path);
      node = new File(this.#clock.now());
      folder.entries.set(name, node);
    }
    if (node instanceof Folder) throw failed('EISDIR', 'open', path);
    if (mode === 'create' && node.length > 0) node.change({ truncate: 0 }, this.#clock.now());
    return this.#handle(node, path, mode !== 'read');
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const node = this.#find(path);
    if (node === undefined) return undefined;
    const isFolder = node instanceof Folder;
    return { bytes: isFolder ? 0 : node.length, modifiedMs: node.modifiedMs, isFolder };
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
        folder.entries.set(name, next);
        folder.synced.set(name, next);
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
    source.folder.entries.delete(source.name);
    target.folder.entries.set(target.name, node);
  }

  async remove(path: string): Promise<void> {
    const node = this.#find(path);
    if (node === undefined) return;
    if (node instanceof Folder && node.entries.size > 0) throw failed('ENOTEMPTY', 'rmdir', path);
    const { folder, name } = this.#place(path, 'unlink');
    folder.entries.delete(name);
  }

  async syncFolder(path: string): Promise<void> {
    const folder = this.#folder(path, 'fsync');
    folder.synced = new Map(folder.entries);
  }

  /** Everything that was not synced is gone, and every open file with it. */
  powerCut(): void {
    this.#epoch++;
    this.#openFiles = 0;
    this.#root.revert();
  }

  #handle(file: File, path: string, isWritable: boolean): OpenFile {
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
      close: async () => {
        check('close');
        isOpen = false;
        this.#openFiles--;
      },
    };
  }

  #find(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.#root;
    for (const name of partsOf(path)) node = node instanceof Folder ? node.entries.get(name) : undefined;
    return node;
  }

  #folder(path: string, call: string, parts: readonly string[] = partsOf(path)): Folder {
    let node: DiskNode = this.#root;
    for (const name of parts) {
      const next: DiskNode | undefined = node.entries.get(name);
      if (next === undefined) throw failed('ENOENT', call, path);
      if (!(next instanceof Folder)) throw failed('ENOTDIR', call, path);
      node = next;
    }
    return node;
  }

  #place(path: string, call: string): { readonly folder: Folder; readonly name: string } {
    const parts = partsOf(path);
    const name = parts.pop() ?? '';
    return { folder: this.#folder(path, call, parts), name };
  }
}

// Only '/' parts names, and every path starts at the one root: 'a', '/a' and './a' are the same.
function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

function isInside(path: string, folder: string): boolean {
  const outer = partsOf(folder);
  const inner = partsOf(path);
  return inner.length > outer.length && outer.every((name, i) => inner[i] === name);
}

const MEANING = {
  ENOENT: 'no such file or directory',
  EISDIR: 'illegal operation on a directory',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EEXIST: 'file already exists',
  EBADF: 'bad file descriptor',
  EINVAL: 'invalid argument',
};

function failed(code: keyof typeof MEANING, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${MEANING[code]}, ${syscall} '${path}'`), { code, syscall, path });
}
