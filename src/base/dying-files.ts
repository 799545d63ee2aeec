import type { FileLock, Files, FileWatch, OpenFile } from '../core/world.ts';

/** How much of its last call a process lives to see: nothing, half of what it writes, or all of it but the answer. */
export type Dying = 'before' | 'half' | 'after';

export interface DyingFiles extends Files {
  /** How many calls there were that change something. */
  readonly changes: number;
  readonly isDead: boolean;
}

/**
 * Files of a process that is killed at the n-th call that changes something, counted from 0; every call behind it
 * fails and its locks are free. What it wrote stays on the disk underneath; a test that wants a power cut makes one there.
 */
export function dyingFiles(files: Files, diesAt: number, dying: Dying): DyingFiles {
  let changes = 0;
  let isDead = false;
  const locks = new Set<FileLock>();
  const watches = new Set<FileWatch>();

  // As the kernel does for a process that is gone, while others live on with the same disk.
  async function letGo(): Promise<void> {
    for (const watch of watches) watch.close();
    for (const lock of locks) await lock.release();
  }

  function look<T>(read: () => Promise<T>): Promise<T> {
    return isDead ? dead() : read();
  }

  async function change<T>(whole: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    if (isDead) return dead();
    if (changes++ !== diesAt) return whole();
    isDead = true;
    if (dying === 'half') await half?.();
    if (dying === 'after') await whole();
    await letGo();
    return dead();
  }

  async function lock(path: string): Promise<FileLock | undefined> {
    const taken = await files.lock(path);
    if (taken === undefined) return undefined;
    locks.add(taken);
    return {
      release: () =>
        look(() => {
          locks.delete(taken);
          return taken.release();
        }),
    };
  }

  async function watch(path: string, changed: () => void): Promise<FileWatch> {
    const watching = await files.watch(path, () => void (isDead || changed()));
    watches.add(watching);
    return {
      close() {
        watches.delete(watching);
        watching.close();
      },
    };
  }

  const over = (file: OpenFile): OpenFile => ({
    read: (into, position) => look(() => file.read(into, position)),
    size: () => look(() => file.size()),
    close: () => look(() => file.close()),
    write: (bytes, position) =>
      change(
        () => file.write(bytes, position),
        () => file.write(bytes.subarray(0, bytes.length >> 1), position),
      ),
    truncate: (bytes) => change(() => file.truncate(bytes)),
    sync: () => change(() => file.sync()),
  });

  return {
    get changes() {
      return changes;
    },
    get isDead() {
      return isDead;
    },
    open: async (path, mode) => over(await (mode === 'read' ? look(() => files.open(path, mode)) : change(() => files.open(path, mode)))),
    stat: (path) => look(() => files.stat(path)),
    list: (folder) => look(() => files.list(folder)),
    makeFolder: (path) => change(() => files.makeFolder(path)),
    rename: (from, to) => change(() => files.rename(from, to)),
    remove: (path) => change(() => files.remove(path)),
    syncFolder: (path) => change(() => files.syncFolder(path)),
    lock: (path) => change(() => lock(path)),
    watch: (path, changed) => look(() => watch(path, changed)),
  };
}

function dead(): Promise<never> {
  return Promise.reject(new Error('the process is dead'));
}
