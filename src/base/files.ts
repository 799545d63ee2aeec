import { mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from '../core/error.ts';
import type { Files, OpenFile } from '../core/world.ts';
import { lockFile } from './files-lock.ts';
import { watchFile } from './files-watch.ts';

const FLAGS = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  // Not Node's 'a': Linux writes at the end then, wherever one asks it to.
  extend: constants.O_RDWR | constants.O_CREAT,
};

/** The disks of this machine. */
export const realFiles: Files = {
  async open(path, mode) {
    return new RealFile(await open(path, FLAGS[mode]));
  },

  async stat(path) {
    try {
      const found = await stat(path);
      return { bytes: found.size, modifiedMs: found.mtimeMs, isFolder: found.isDirectory(), identity: `${found.dev}:${found.ino}` };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  async list(folder) {
    return (await readdir(folder)).sort();
  },

  async makeFolder(path) {
    const first = await mkdir(path, { recursive: true }).catch(async (error: unknown) => {
      // On a disk that is full or read-only Node looks for the folder it could not make, and says ENOENT. Made by itself it says why.
      if (isMissing(error) && 'path' in error) await mkdir(String(error.path));
      throw error;
    });
    if (first === undefined) return;
    // Each new folder is an entry of the one above it, and only lasts when that one is synced.
    const above = dirname(first);
    for (let made = path; made.length > above.length && made !== dirname(made); made = dirname(made)) await syncFolder(dirname(made));
  },

  rename,

  async remove(path) {
    try {
      await unlink(path);
    } catch (error) {
      if (isMissing(error)) return;
      // Linux says EISDIR for a folder, macOS and Windows EPERM.
      if (!hasCode(error, 'EISDIR', 'EPERM')) throw error;
      await rmdir(path);
    }
  },

  syncFolder,
  lock: lockFile,
  watch: watchFile,
};

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; NTFS journals renames by itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class RealFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  get descriptor(): number {
    return this.#handle.fd;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    // A disk that becomes full takes a part first and says ENOSPC at the next call.
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  // fdatasync writes the length too. On macOS libuv asks the drive itself to write its cache.
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function isMissing(error: unknown): error is Error {
  return hasCode(error, 'ENOENT', 'ENOTDIR');
}
