import type { Files, Random, Scheduler } from '../core/world.ts';
import { type CallFault, type Fault, FaultDraw } from './fault-draw.ts';
import { passing } from './files-passing.ts';
import type { PowerCut, VirtualFile, VirtualFiles } from './virtual-files.ts';
import { failed } from './virtual-paths.ts';

export interface FaultOptions {
  readonly random: Random;
  /** For `slow`. */
  readonly scheduler: Pick<Scheduler, 'after'>;
  /**
   * How likely each call that could meet a fault meets it, from 0, as unless told, to 1. `lost` is the share of power
   * cuts that keep nothing; the others keep what chance decides, and `torn` and `reordered` count what came of it.
   */
  readonly rates?: Partial<Record<CallFault | 'lost', number>>;
  /** The longest a slow call takes, in virtual milliseconds; 1000 unless told. */
  readonly slowMs?: number;
  /** For how many calls that want room a full disk stays full at most; 8 unless told. */
  readonly fullCalls?: number;
  /** Called with each fault, before the call that meets it settles. */
  readonly on?: (fault: Fault, path: string) => void;
}

export interface FaultyFiles extends Files {
  /** How often each fault happened. */
  readonly counts: Readonly<Record<Fault, number>>;
  /** From here on nothing goes wrong, and a power cut takes exactly what was not synced. */
  calm(): void;
  /**
   * In place of chance: the one fault at the k-th call that could meet it, counted from 0 and from now. A loop over k
   * that ends when `counts` says it no longer happened has tried every call.
   */
  only(fault: CallFault, at: number): void;
  /** Cuts the power of the disk, as the options say. A call that was still slow then rejects. */
  powerCut(): PowerCut;
}

/**
 * A disk that goes wrong as disks do, by a seed: it becomes full in the middle of a write and stays so for a while or
 * until something is removed; a read, a write or a sync fails once, and what a failed sync was to save is gone although
 * the next one succeeds; calls take their time; and a power cut keeps any part of what was not synced.
 *
 * @example
 * ```ts
 * const { random, scheduler, files: disk } = virtualWorld({ seed: 7 });
 * const files = faultyFiles(disk, { random, scheduler });
 * files.only('ENOSPC', 1);
 * const file = await files.open('/a', 'create'); // This call could have met it, too.
 * const full = await file.write(new Uint8Array(100), 0).catch((error: unknown) => String(error));
 * console.log(full, files.counts.ENOSPC); // Error: ENOSPC: no space left on device, write '/a' 1
 * ```
 */
export function faultyFiles(disk: VirtualFiles, options: FaultOptions): FaultyFiles {
  const { random, scheduler, rates = {}, slowMs = 1000, fullCalls = 8, on } = options;
  const draw = new FaultDraw(random, rates, on);
  let fullFor = 0;

  function fail(code: 'ENOSPC' | 'EIO', call: string, path: string): never {
    draw.count(code, path);
    throw failed(code, call, path);
  }

  function isFull(): boolean {
    if (fullFor > 0) {
      fullFor--;
      return true;
    }
    if (!draw.meets('ENOSPC')) return false;
    fullFor = draw.isOne ? 0 : draw.number('ENOSPC', fullCalls);
    return true;
  }

  /** The call does its work at once and says so late. A sync may also do its work late: until then it saved nothing. */
  async function timed<T>(path: string, work: () => Promise<T>, mayBeginLate = false): Promise<T> {
    if (!draw.meets('slow')) return await work();
    draw.count('slow', path);
    const waitMs = 1 + draw.number('slow', slowMs);
    const cuts = disk.powerCuts;
    const wait = async (): Promise<void> => {
      await new Promise<void>((resolve) => void scheduler.after(waitMs, resolve));
      // Whoever called is of a time before the power cut, and must not reach into the one after it.
      if (cuts !== disk.powerCuts) throw failed('EIO', 'wait', path);
    };
    if (mayBeginLate && draw.number('slow', 2) === 0) {
      await wait();
      return await work();
    }
    // What went wrong is told late, too.
    const done = work();
    done.catch(() => {});
    await wait();
    return await done;
  }

  async function write(file: VirtualFile, path: string, bytes: Uint8Array, position: number): Promise<void> {
    const code = isFull() ? 'ENOSPC' : draw.meets('EIO') ? 'EIO' : undefined;
    if (code === undefined) return await file.write(bytes, position);
    // A part is there before the error is.
    await file.write(bytes.subarray(0, draw.number(code, bytes.length)), position);
    fail(code, 'write', path);
  }

  const over = (file: VirtualFile, path: string): VirtualFile => ({
    ...file,
    read: (into, position) => timed(path, async () => (draw.meets('EIO') ? fail('EIO', 'read', path) : await file.read(into, position))),
    write: (bytes, position) => timed(path, () => write(file, path, bytes, position)),
    truncate: async (bytes) => {
      const before = await file.size();
      await file.truncate(bytes);
      if (bytes < before) fullFor = 0;
    },
    sync: () =>
      timed(
        path,
        async () => {
          if (!draw.meets('EIO')) return await file.sync();
          file.failSync();
          return fail('EIO', 'fdatasync', path);
        },
        true,
      ),
  });

  return {
    ...passing(disk),
    counts: draw.counts,
    open: (path, mode) =>
      timed(path, async () => {
        if (mode !== 'read' && (await disk.stat(path)) === undefined && isFull()) fail('ENOSPC', 'open', path);
        return over(await disk.open(path, mode), path);
      }),
    makeFolder: async (path) => {
      if ((await disk.stat(path)) === undefined && isFull()) fail('ENOSPC', 'mkdir', path);
      await disk.makeFolder(path);
    },
    rename: (from, to) => timed(from, () => disk.rename(from, to)),
    remove: (path) =>
      timed(path, async () => {
        if ((await disk.stat(path)) !== undefined) fullFor = 0;
        await disk.remove(path);
      }),
    syncFolder: (path) => timed(path, async () => (draw.meets('EIO') ? fail('EIO', 'fsync', path) : await disk.syncFolder(path)), true),
    calm() {
      draw.calm();
      fullFor = 0;
    },
    only: (fault, at) => {
      fullFor = 0;
      draw.only(fault, at);
    },
    powerCut() {
      fullFor = 0;
      const keep = draw.cut();
      const cut = disk.powerCut(keep === undefined ? {} : { keep });
      for (let i = 0; i < cut.torn; i++) draw.count('torn', '/');
      if (cut.isReordered) draw.count('reordered', '/');
      if (cut.isLost) draw.count('lost', '/');
      return cut;
    },
  };
}
