import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { SyncFiles } from '../core/world.ts';

/** The disks of this machine, read without a promise: 1 µs for what the system has in memory, where a promise takes 17. */
export const realSyncFiles: SyncFiles = {
  openSync(path) {
    const file = openSync(path, 'r');
    return {
      readSync(into, position) {
        let done = 0;
        while (done < into.length) {
          const got = readSync(file, into, done, into.length - done, position + done);
          if (got === 0) break;
          done += got;
        }
        return done;
      },
      statSync() {
        const found = fstatSync(file);
        return { bytes: found.size, modifiedMs: found.mtimeMs, isFolder: found.isDirectory(), identity: `${found.dev}:${found.ino}` };
      },
      closeSync: () => closeSync(file),
    };
  },
};
