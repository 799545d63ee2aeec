/**
 * The four doors to the outside. Everything that asks the time, waits, rolls dice or touches a disk gets one of
 * these handed in, so that a test can put a virtual world in its place and replay it from a seed.
 */
export interface World {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly files: Files;
  /** For what must be read within a call: state on a disk. */
  readonly syncFiles?: SyncFiles;
}

export interface Clock {
  /** Milliseconds since 1970; may jump when the system's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start, with fractions; never goes back. All waits are measured with this one. */
  monotonic(): number;
}

export interface Timer {
  cancel(): void;
}

export interface Scheduler {
  /** Calls `fn` once, at least `ms` from now; the process stays alive for it. */
  after(ms: number, fn: () => void): Timer;
  /** Calls `fn` after the event loop has looked at sockets, timers and signals. */
  soon(fn: () => void): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A stream of its own, the same for the same seed and name whatever else was drawn. */
  fork(name: string): Random;
}

export interface FileStat {
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly isFolder: boolean;
  /** Stays with a file whatever it is called, and differs from that of every other file there is at the time. */
  readonly identity?: string;
}

export interface OpenFile {
  /** The number by which all threads of this process may read the file while it is open; none where it is on no disk of the machine. */
  readonly descriptor?: number;
  /** Reads up to `into.length` bytes from `position`; answers how many, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all bytes at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  size(): Promise<number>;
  truncate(bytes: number): Promise<void>;
  /** Resolves when the content would survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Errors keep the code of Node (`ENOENT`, `ENOSPC`, …) in `code`. */
export interface Files {
  /** `read` wants the file to exist, `create` makes it or cuts it to nothing, `extend` makes it or keeps what is there. */
  open(path: string, mode: 'read' | 'create' | 'extend'): Promise<OpenFile>;
  stat(path: string): Promise<FileStat | undefined>;
  /** Names inside a folder, sorted. */
  list(folder: string): Promise<readonly string[]>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or an empty folder; no error when it is not there. */
  remove(path: string): Promise<void>;
  /** Makes renames and removals inside a folder survive a power cut. */
  syncFolder(path: string): Promise<void>;
  /**
   * Takes the one lock that goes by this path, or answers undefined when somebody holds it: another process, or this
   * one. A process that dies lets go of its locks, however it dies. The file stays when the lock is released.
   */
  lock(path: string): Promise<FileLock | undefined>;
  /**
   * Calls `changed` soon after the content of the file was changed by anybody, this process or another; never within the
   * call. Of a folder: after a name in it was added, taken away or given to another file, and perhaps more often.
   */
  watch(path: string, changed: () => void): Promise<FileWatch>;
}

export interface FileLock {
  release(): Promise<void>;
}

export interface FileWatch {
  close(): void;
}

/** Reading without a promise, beside `Files` and of the same disk. */
export interface SyncFiles {
  /** Of a file that exists; an error has the code of Node. */
  openSync(path: string): SyncFile;
}

export interface SyncFile {
  /** As `OpenFile.read`. It holds up everything else, so it is for small pieces. */
  readSync(into: Uint8Array, position: number): number;
  /** Of the file that was opened, also when another one has its name by now. */
  statSync(): FileStat;
  closeSync(): void;
}
