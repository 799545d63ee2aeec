import { type LockOwner, type OwnedLock, takeLock } from '../base/owned-lock.ts';
import type { Files } from '../core/world.ts';
import { joinChannel, leaveChannel } from './channel.ts';
import { inUse } from './log-errors.ts';
import { recover } from './recovery.ts';
import type { LogWorld } from './staged-writer.ts';

/** How long a writer waits for a reader of another process that finds out where the log ends, and how often it looks. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 20;
const READS = ', which reads';
/**
 * Who has the lock says so a moment after he took it and no more a moment before he lets it go, and the text of a
 * process that was killed stands until then: only a writer who is named this often is one.
 */
const LOOKS = 10;

/** The lock of a writer. One whose owner only reads is free again in a moment, so that one is waited for. */
export async function lockToWrite(world: LogWorld, folder: string): Promise<OwnedLock> {
  await world.files.makeFolder(folder);
  const channel = joinChannel(world.files, folder);
  try {
    const until = world.clock.monotonic() + PATIENCE_MS;
    for (let named = 0; ; ) {
      await channel.recovering;
      const lock = await takeLock(world.files, lockPath(folder), `process ${process.pid}`);
      if (!('owner' in lock)) return lock;
      if (channel.recovering === undefined) {
        named = lock.owner.endsWith(READS) ? 0 : named + 1;
        if (named === LOOKS || world.clock.monotonic() >= until) throw inUse(folder, lock);
        await new Promise<void>((resolve) => world.scheduler.after(LOOK_MS, resolve));
      }
    }
  } finally {
    leaveChannel(world.files, folder, channel);
  }
}

/** Who writes a partition now, as he says himself. The lock decides, and is only tried where somebody has left a name. */
export async function writerOf(files: Files, folder: string): Promise<string | undefined> {
  if ((await files.stat(`${lockPath(folder)}.owner`)) === undefined) return undefined;
  try {
    const lock = await takeLock(files, lockPath(folder), `process ${process.pid}${READS}`);
    if ('owner' in lock) return lock.owner.endsWith(READS) ? undefined : lock.owner === '' ? 'somebody' : lock.owner;
    await lock.release();
    return undefined;
  } catch {
    return undefined; // A folder that cannot be written has no writer here.
  }
}

/** The lock of a repair, which waits for nobody. */
export async function lockToRepair(world: Pick<LogWorld, 'files'>, folder: string): Promise<OwnedLock> {
  const lock: OwnedLock | LockOwner = await takeLock(world.files, lockPath(folder), `process ${process.pid}, which repairs it`);
  if ('owner' in lock) throw inUse(folder, lock);
  return lock;
}

/** Where nobody writes, a stale end file may hide what is there: whoever comes first finds out. False when somebody has it. */
export async function recoverIfFree(world: LogWorld, folder: string): Promise<boolean> {
  const channel = joinChannel(world.files, folder);
  try {
    if (channel.end !== undefined) return false;
    if (channel.recovering !== undefined) {
      await channel.recovering;
      return true;
    }
    let done = (): void => {};
    channel.recovering = new Promise((resolve) => (done = resolve));
    try {
      return await lockAndRecover(world, folder);
    } finally {
      channel.recovering = undefined;
      done();
    }
  } finally {
    leaveChannel(world.files, folder, channel);
  }
}

async function lockAndRecover({ files, clock }: LogWorld, folder: string): Promise<boolean> {
  await files.makeFolder(folder);
  const lock = await takeLock(files, lockPath(folder), `process ${process.pid}${READS}`);
  if ('owner' in lock) {
    // Whoever has it makes the file before anything else; so there it is, whichever of us is first.
    await (await files.open(`${folder}/end`, 'extend')).close();
    return false;
  }
  try {
    const { active, endFile } = await recover(files, clock, folder);
    await active.close();
    await endFile.close();
  } finally {
    await lock.release();
  }
  return true;
}

function lockPath(folder: string): string {
  return `${folder}/writer.lock`;
}
