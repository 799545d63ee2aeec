import type { Files } from '../core/world.ts';

export interface OwnedLock {
  release(): Promise<void>;
}

export interface LockOwner {
  /** What the owner wrote about itself; '' when there is nothing to read. */
  readonly owner: string;
  /** When it wrote that, in milliseconds since 1970. */
  readonly sinceMs: number | undefined;
}

/**
 * Takes the lock at `path`, or answers who has it. The owner writes who it is into `<path>.owner`, for people to read:
 * the lock alone decides. So a text left by a process that was killed keeps nobody out, and one read in the instant
 * between two owners may still name the former.
 *
 * @example
 * ```ts
 * const files = new VirtualFiles({ now: () => 0, monotonic: () => 0 });
 * await takeLock(files, '/run.lock', 'process 7');
 * const second = await takeLock(files, '/run.lock', 'process 8');
 * console.log('owner' in second ? second.owner : 'taken'); // process 7
 * ```
 */
export async function takeLock(files: Files, path: string, ownerText: string): Promise<OwnedLock | LockOwner> {
  const lock = await files.lock(path);
  const text = `${path}.owner`;
  if (lock === undefined) return await ownerOf(files, text);
  try {
    const file = await files.open(text, 'create');
    try {
      await file.write(new TextEncoder().encode(`${ownerText}\n`), 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    // What went wrong first is what the caller has to know.
    await lock.release().catch(() => {});
    throw error;
  }
  return {
    async release() {
      try {
        await files.remove(text);
      } finally {
        await lock.release();
      }
    },
  };
}

/** Only for a message, so whatever stands in the way of reading it is no error. */
async function ownerOf(files: Files, text: string): Promise<LockOwner> {
  try {
    const file = await files.open(text, 'read');
    try {
      const bytes = new Uint8Array(500);
      const owner = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0))).trim();
      return { owner, sinceMs: (await files.stat(text))?.modifiedMs };
    } finally {
      await file.close();
    }
  } catch {
    return { owner: '', sinceMs: undefined };
  }
}
