import type { Files } from '../core/world.ts';
import type { VisibleEnd } from './end-file.ts';

/** The meeting point of the writer and the readers of one partition within a process: no file and no watch between them. */
export class Channel {
  /** What the writer has published; undefined while no writer of this process has the partition. */
  end: VisibleEnd | undefined;
  /** While a reader of this process has the lock to find out where the log ends. */
  recovering: Promise<void> | undefined;
  users = 0;
  readonly #waiters = new Set<() => void>();

  publish(end: VisibleEnd | undefined): void {
    this.end = end;
    this.wake();
  }

  wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }

  /** Calls `fn` once, at the next publication. The answer takes it back. */
  next(fn: () => void): () => void {
    this.#waiters.add(fn);
    return () => this.#waiters.delete(fn);
  }
}

// By Files first: the same path on two simulated disks is two partitions.
const channels = new WeakMap<Files, Map<string, Channel>>();

/** The channel of a partition; give it back with `leaveChannel`. */
export function joinChannel(files: Files, folder: string): Channel {
  let byFolder = channels.get(files);
  if (byFolder === undefined) channels.set(files, (byFolder = new Map<string, Channel>()));
  let channel = byFolder.get(folder);
  if (channel === undefined) byFolder.set(folder, (channel = new Channel()));
  channel.users++;
  return channel;
}

export function leaveChannel(files: Files, folder: string, channel: Channel): void {
  if (--channel.users === 0) channels.get(files)?.delete(folder);
}
