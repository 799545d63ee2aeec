import type { Files, OpenFile } from '../core/world.ts';

/**
 * Files that pass every call on, to be spread into an object that does some of them differently. `over` gets each file
 * that is opened, and answers with what is put in its place.
 */
export function passing(files: Files, over: (file: OpenFile, path: string) => OpenFile = (file) => file): Files {
  return {
    open: async (path, mode) => over(await files.open(path, mode), path),
    stat: (path) => files.stat(path),
    list: (folder) => files.list(folder),
    makeFolder: (path) => files.makeFolder(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    syncFolder: (path) => files.syncFolder(path),
    lock: (path) => files.lock(path),
    watch: (path, changed) => files.watch(path, changed),
  };
}

/** A file that passes every call on. */
export function passingFile(file: OpenFile): OpenFile {
  return {
    read: (into, position) => file.read(into, position),
    write: (bytes, position) => file.write(bytes, position),
    size: () => file.size(),
    truncate: (bytes) => file.truncate(bytes),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
