import { access, stat, truncate } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { FileLock } from '../core/world.ts';

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/**
 * Two takers at the same instant see each other's first step and would both go away; SQLite lets one of them try again.
 * Its wait holds up the thread, so whoever finds a real owner pays this once.
 */
const SETTLE_MS = 20;

/**
 * Node has no file locks, but its SQLite does: an exclusive transaction on an empty database is a lock of the kernel,
 * taken in 0.5 ms, and freed by the kernel when the process dies, however it dies. Nothing is ever written.
 *
 * Such a lock belongs to the process, and the kernel drops it when this process closes the file through any other handle:
 * never open a lock's file except through here. SQLite itself knows all takers of this process, on all its threads.
 */
export async function lockFile(path: string): Promise<FileLock | undefined> {
  // Only who locks loads SQLite; it is 2 ms of a start.
  const { DatabaseSync } = await import('node:sqlite');
  for (let isCleared = false; ; isCleared = true) {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { timeout: SETTLE_MS });
      // A journal on the disk would stay beside the file when the process is killed; OFF is refused by Node's SQLite.
      database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
      // SQLite opens what it may not write to read it, and then excludes nobody.
      await access(path, constants.W_OK);
      return hold(database);
    } catch (error) {
      database?.close();
      const code = errcodeOf(error);
      if (code === undefined) throw error;
      if (code === SQLITE_BUSY) return undefined;
      if (code !== SQLITE_NOTADB || isCleared) throw await explain(error, path);
      // The file of a lock is empty. One with text in it was a lock of before, by process number, and keeps nobody out.
      await truncate(path, 0);
    }
  }
}

/** A database that nobody refers to is closed by the garbage collector, and its lock would be gone with it. */
const held = new Set<DatabaseSync>();

function hold(database: DatabaseSync): FileLock {
  held.add(database);
  return {
    // The file stays: were it removed, one process could hold the lock of the removed file, which another had just
    // opened to try, while a third takes the lock of a new file under the same name.
    async release() {
      if (held.delete(database)) database.close();
    },
  };
}

function errcodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
}

/** SQLite says 'unable to open' for whatever is wrong; the file system says what it is, with the code of Node. */
async function explain(error: unknown, path: string): Promise<unknown> {
  try {
    await access(dirname(path), constants.W_OK);
    if ((await stat(path)).isDirectory()) return directory(path, error);
    await access(path, constants.R_OK | constants.W_OK);
    return error;
  } catch (reason) {
    return reason;
  }
}

function directory(path: string, cause: unknown): Error {
  const error = new Error(`EISDIR: illegal operation on a directory, lock '${path}'`, { cause });
  return Object.assign(error, { code: 'EISDIR', syscall: 'lock', path });
}
