import { VirtualFiles } from '../base/virtual-files.ts';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import type { Files } from '../core/world.ts';
import type { LogRecord } from './batch-body.ts';
import { PartitionReader, type ReaderOptions, type ReadFrom } from './partition-reader.ts';

/** Where the tests of the log keep a partition. */
export const FOLDER = '/log/0';

const utf8 = new TextEncoder();

export function emptyDisk(): VirtualFiles {
  return new VirtualFiles({ now: () => 0, monotonic: () => 0 });
}

/** A world that has these files. */
export function worldOf(files: Files): Omit<VirtualWorld, 'files'> & { readonly files: Files } {
  return { ...virtualWorld({ start: 1_000_000 }), files };
}

export function record(value: string, time?: number): LogRecord {
  return { value: utf8.encode(value), ...(time === undefined ? {} : { time }) };
}

/** Everything that can be read, as text, from a position on. */
export async function readAll(files: Files, from: ReadFrom = 'start', options: ReaderOptions = {}): Promise<string[]> {
  const reader = await PartitionReader.open(worldOf(files), FOLDER, from, options);
  try {
    return await rest(reader);
  } finally {
    await reader.close();
  }
}

/** What a reader can still read now. */
export async function rest(reader: PartitionReader): Promise<string[]> {
  const found: string[] = [];
  for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
    for (const value of batch.values()) found.push(new TextDecoder().decode(value));
  }
  return found;
}

export type Call = 'write' | 'sync' | 'remove' | 'syncFolder';

export interface FailingFiles extends Files {
  /** Names the error of the next calls of this kind on paths that match; undefined for none. A full disk takes half first. */
  fail(call: Call, path: RegExp, code: string | undefined): void;
}

/** Files of a disk that fails where a test wants it to. */
export function failingFiles(files: Files): FailingFiles {
  let plan: { readonly call: Call; readonly path: RegExp; readonly code: string } | undefined;
  const look = (call: Call, path: string): void => {
    if (plan?.call === call && plan.path.test(path)) throw Object.assign(new Error(`${plan.code}: it failed`), { code: plan.code });
  };
  return {
    fail(call, path, code) {
      plan = code === undefined ? undefined : { call, path, code };
    },
    async open(path, mode) {
      const file = await files.open(path, mode);
      return {
        read: (into, position) => file.read(into, position),
        size: () => file.size(),
        truncate: (bytes) => file.truncate(bytes),
        close: () => file.close(),
        async write(bytes, position) {
          if (plan?.call === 'write' && plan.path.test(path)) await file.write(bytes.subarray(0, bytes.length >> 1), position);
          look('write', path);
          await file.write(bytes, position);
        },
        async sync() {
          look('sync', path);
          await file.sync();
        },
      };
    },
    stat: (path) => files.stat(path),
    list: (folder) => files.list(folder),
    makeFolder: (path) => files.makeFolder(path),
    rename: (from, to) => files.rename(from, to),
    async remove(path) {
      look('remove', path);
      await files.remove(path);
    },
    async syncFolder(path) {
      look('syncFolder', path);
      await files.syncFolder(path);
    },
    lock: (path) => files.lock(path),
    watch: (path, changed) => files.watch(path, changed),
  };
}
