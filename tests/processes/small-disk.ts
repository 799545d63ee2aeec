import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, statfsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs of Linux, not of a package. */
const [MOUNT, UNMOUNT] = ['mount', 'umount'] as const;

/** A disk of a few megabytes that is full but for a little, until room is made. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills it but for so many bytes. */
  leave(bytes: number): void;
  makeRoom(): void;
  /** Everything can be read, nothing written. */
  readOnly(isReadOnly: boolean): void;
  unmount(): void;
}

/** Undefined where this user may not mount one. */
export function smallDisk(mebibytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-disk-'));
  if (!mount('-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'headrace-test', folder)) {
    rmdirSync(folder);
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
    folder,
    leave(bytes) {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, new Uint8Array(bavail * bsize - bytes));
    },
    makeRoom: () => rmSync(ballast),
    readOnly(isReadOnly) {
      if (!mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder)) throw new Error(`${folder} could not be mounted anew`);
    },
    unmount() {
      spawnSync(UNMOUNT, ['-l', folder]);
      rmdirSync(folder);
    },
  };
}

function mount(...args: readonly string[]): boolean {
  return process.platform === 'linux' && spawnSync(MOUNT, args, { stdio: 'ignore' }).status === 0;
}

/** Said in the names of tests that cannot run here. */
export function mayMount(): boolean {
  const disk = smallDisk(1);
  disk?.unmount();
  return disk !== undefined;
}
