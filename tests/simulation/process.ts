import type { Dying } from '../../src/base/dying-files.ts';
import type { FileLock, Files, FileWatch, OpenFile, Random, World } from '../../src/core/world.ts';
import { never } from '../../src/testing/simulate-files.ts';
import { MortalTimers } from '../../src/testing/simulate-timers.ts';
import type { Trace } from './trace.ts';

/** What a process needs to live on a machine. */
export interface Birth {
  readonly name: string;
  readonly world: World;
  /** The disk, with all that goes wrong on it. */
  readonly disk: Files;
  readonly random: Random;
  readonly trace: Trace;
}

/**
 * One process. Invariant: from its death on nothing of it has an effect outside, whatever promises it has under way: its
 * calls never answer, its timers are gone, its locks and files are free as the kernel frees them.
 */
export class Process {
  readonly world: World;
  readonly death: Promise<void>;
  readonly #name: string;
  readonly #disk: Files;
  readonly #trace: Trace;
  readonly #timers: MortalTimers;
  readonly #aborting = new AbortController();
  readonly #died = Promise.withResolvers<void>();
  readonly #held = new Map<OpenFile, string>();
  readonly #locks = new Map<FileLock, string>();
  readonly #watches = new Map<FileWatch, string>();
  #doom: { left: number; readonly dying: Dying } | undefined;
  #isDead = false;

  constructor({ name, world, disk, random, trace }: Birth) {
    this.#name = name;
    this.#disk = disk;
    this.#trace = trace;
    this.#timers = new MortalTimers(world.scheduler);
    this.death = this.#died.promise;
    // Reading without a promise has no faults of its own, and the dead ask for nothing.
    const { clock, syncFiles } = world;
    this.world = { clock, scheduler: this.#timers, random, files: this.#files(), ...(syncFiles === undefined ? {} : { syncFiles }) };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** It dies in the n-th call from now on that changes the disk, counted from 0. */
  dieAtChange(n: number, dying: Dying): void {
    this.#doom = { left: n, dying };
  }

  spare(): void {
    this.#doom = undefined;
  }

  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#trace.add(`${this.#name} dies`);
    this.#timers.die();
    // So that it does not go on in memory for ever.
    this.#aborting.abort(new DOMException('the process is dead', 'AbortError'));
    for (const watch of this.#watches.keys()) watch.close();
    // What fails here was closed by the power cut already.
    for (const lock of this.#locks.keys()) void lock.release().catch(() => {});
    for (const file of this.#held.keys()) void file.close().catch(() => {});
    this.#died.resolve();
  }

  /** What it has not given back. */
  held(): readonly string[] {
    const kinds = [['open', this.#held] as const, ['locked', this.#locks] as const, ['watched', this.#watches] as const];
    return kinds.flatMap(([kind, things]) => [...things.values()].map((path) => `${path} is ${kind}`));
  }

  #files(): Files {
    const disk = this.#disk;
    const look = <T>(what: string, path: string, whole: () => Promise<T>): Promise<T> => this.#call({ what, path, whole });
    const change = <T>(what: string, path: string, whole: () => Promise<T>): Promise<T> =>
      this.#call({ what, path, whole, isChange: true });
    return {
      open: async (path, mode) => {
        const isChange = mode !== 'read';
        const undo = (file: OpenFile): void => void file.close().catch(() => {});
        const kept = (file: OpenFile): void => void this.#held.set(file, path);
        const file = await this.#call({ what: `open to ${mode}`, path, isChange, whole: () => disk.open(path, mode), kept, undo });
        return this.#over(file, path);
      },
      stat: (path) => look('stat', path, () => disk.stat(path)),
      list: (path) => look('list', path, () => disk.list(path)),
      makeFolder: (path) => change('makeFolder', path, () => disk.makeFolder(path)),
      rename: (from, to) => change('rename', `${from} ${to}`, () => disk.rename(from, to)),
      remove: (path) => change('remove', path, () => disk.remove(path)),
      syncFolder: (path) => change('syncFolder', path, () => disk.syncFolder(path)),
      lock: async (path) => {
        const undo = (lock: FileLock | undefined): void => void lock?.release();
        const kept = (lock: FileLock | undefined): void => void (lock === undefined || this.#locks.set(lock, path));
        const lock = await this.#call({ what: 'lock', path, isChange: true, whole: () => disk.lock(path), kept, undo });
        if (lock === undefined) return undefined;
        return { release: () => look('release', path, () => lock.release()).then(() => void this.#locks.delete(lock)) };
      },
      watch: async (path, changed) => {
        const whole = (): Promise<FileWatch> => disk.watch(path, () => void (this.#isDead || changed()));
        const kept = (watch: FileWatch): void => void this.#watches.set(watch, path);
        const watch = await this.#call({ what: 'watch', path, whole, kept, undo: (unheard) => unheard.close() });
        return {
          close: () => {
            this.#watches.delete(watch);
            watch.close();
          },
        };
      },
    };
  }

  #over(file: OpenFile, path: string): OpenFile {
    return {
      read: (into, position) => this.#call({ what: 'read', path, whole: () => file.read(into, position) }),
      size: () => this.#call({ what: 'size', path, whole: () => file.size() }),
      write: (bytes, position) =>
        this.#call({
          // Who holds a lock is written with the number of a process that is none of ours.
          what: path.endsWith('.owner') ? 'write' : `write ${bytes.length} at ${position}`,
          path,
          isChange: true,
          whole: () => file.write(bytes, position),
          half: () => file.write(bytes.subarray(0, bytes.length >> 1), position),
        }),
      truncate: (bytes) => this.#call({ what: 'truncate', path, isChange: true, whole: () => file.truncate(bytes) }),
      sync: () => this.#call({ what: 'sync', path, isChange: true, whole: () => file.sync() }),
      close: () => {
        this.#held.delete(file);
        return this.#call({ what: 'close', path, whole: () => file.close() });
      },
    };
  }

  async #call<T>({ what, path, isChange, whole, half, kept, undo }: Call<T>): Promise<T> {
    if (this.#isDead) return await never();
    this.#trace.add(`${this.#name} ${what} ${path}`);
    const doom = isChange ? this.#doom : undefined;
    if (doom !== undefined && doom.left-- === 0) {
      // Not awaited: what a slow disk does to a call whose caller is gone is no part of the death.
      if (doom.dying === 'half') half?.().catch(() => {});
      if (doom.dying === 'after') whole().then(undo, () => {});
      this.die();
      return await never();
    }
    try {
      const answer = await whole();
      if (!this.#isDead) {
        // Before anybody else runs: death must find it among what the process has.
        kept?.(answer);
        return answer;
      }
      undo?.(answer);
    } catch (error) {
      if (!this.#isDead) throw error;
    }
    return await never();
  }
}

interface Call<T> {
  readonly what: string;
  readonly path: string;
  readonly isChange?: boolean;
  readonly whole: () => Promise<T>;
  readonly half?: () => Promise<unknown>;
  /** Notes what the process has from now on. */
  readonly kept?: (answer: T) => void;
  /** Gives back what came when nobody was left to take it. */
  readonly undo?: (answer: T) => void;
}
