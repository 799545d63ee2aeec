import { onAbort } from '../../base/abort.ts';
import { HeadraceError } from '../../core/error.ts';
import type { RefusedRecord, Resume } from '../../core/source.ts';
import type { FileStat, Timer, World } from '../../core/world.ts';
import { Bell } from './bell.ts';
import { gone } from './file-set.ts';
import { type FoundFile, findFiles } from './find-files.ts';
import { openOf } from './open-of-many.ts';
import { BEGINNING, foreign, type KeptPlace, placeOf } from './place.ts';
import { SeenNames, stampOf } from './seen-names.ts';
import type { Looking, Settings } from './source-options.ts';
import { inPartition } from './spread.ts';
import type { Notice, Turn, Turns } from './turns.ts';

export interface WatchedOptions<T> {
  readonly world: World;
  readonly id: string;
  readonly paths: string | readonly string[];
  readonly settings: Settings<T>;
  readonly looking: Looking;
  readonly partition: number;
  readonly kept: unknown;
}

/** The least time between two looks: a folder that changes all the time is not listed all the time. */
const LEAST_LOOK_MS = 50;
/** Nor does listing it take more than one part in so many of the time. */
const LOOK_SHARE = 4;

type Known = FoundFile & { readonly stat: FileStat; readonly stamp: string };

/** A file that was seen and may still be written. */
interface Settling {
  readonly stamp: string;
  readonly sinceMs: number;
}

/**
 * Files that come to be. A name is read once: it is remembered with its size and time, and what changes behind that is
 * told and not read. A file counts once it has not changed for as long as `settle` says, by its own time or by ours.
 *
 * Invariant: a file is in `#seen`, or is being read, or is in `#ready` or `#settling`; never in two of them.
 */
export class WatchedFiles<T> implements Turns<T> {
  readonly isOver = false;
  readonly #options: WatchedOptions<T>;
  readonly #bell: Bell;
  readonly #seen: SeenNames;
  #settling = new Map<string, Settling>();
  #ready: Known[] = [];
  #notices: Notice[] = [];
  /** The file a checkpoint stands in; it comes first. */
  #begun: { readonly name: string; readonly stamp: string; readonly place: KeptPlace } | undefined;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  #lookTookMs = 0;

  constructor(options: WatchedOptions<T>) {
    this.#options = options;
    this.#bell = new Bell(options.world);
    const { seen, file, stamp } = (options.kept ?? { seen: '' }) as Record<string, unknown>;
    if (typeof seen !== 'string') throw foreign(options.id);
    this.#seen = new SeenNames(seen);
    if (typeof file === 'string' && typeof stamp === 'string')
      this.#begun = { name: file, stamp, place: placeOf(options.kept, options.id) };
  }

  get isReady(): boolean {
    return this.#ready.length + this.#notices.length > 0;
  }

  async next(signal: AbortSignal): Promise<Turn<T> | Notice | undefined> {
    for (;;) {
      if (this.#begun !== undefined) return await this.#goOn(this.#begun);
      const notice = this.#notices.shift();
      if (notice !== undefined) return notice;
      const file = this.#ready.shift();
      if (file !== undefined) return this.#turn(file, file.path, BEGINNING);
      if (signal.aborted) return undefined;
      const waitMs = await this.#look();
      if (!this.isReady) await this.#bell.wait(signal, waitMs);
      if (!this.isReady) await this.#rest(signal);
    }
  }

  close(): void {
    this.#bell.close();
  }

  /** The file the checkpoint stands in. */
  async #goOn({ name, stamp, place }: { readonly name: string; readonly stamp: string; readonly place: KeptPlace }): Promise<Turn<T>> {
    this.#begun = undefined;
    const found = (await this.#find()).find((file) => file.name === name);
    // Gone behind its end, it was read: there is nothing to open and nothing to tell.
    if (found === undefined && place.isEnd === true)
      return { ...this.#turn({ name, stamp }, undefined, place), open: async () => undefined };
    return this.#turn({ name, stamp }, found?.path, place);
  }

  #turn({ name, stamp }: { readonly name: string; readonly stamp: string }, path: string | undefined, from: KeptPlace): Turn<T> {
    const { world, settings } = this.#options;
    // The text is added as it is: what it is made of needs no escapes, and a long one is not copied for each read.
    const before = this.#seen.text;
    return {
      prefix: `${name}:`,
      from,
      open: path === undefined ? () => Promise.reject(gone(name)) : openOf(world.files, { path, where: `file:${path}`, settings, from }),
      kept: (place): Resume => `${JSON.stringify({ file: name, stamp, ...place }).slice(0, -1)},"seen":"${before}"}`,
      done: (): Resume => {
        this.#seen.add(name, stamp);
        return this.#kept();
      },
    };
  }

  #kept(): Resume {
    return `{"seen":"${this.#seen.text}"}`;
  }

  /** Looks what there is; answers how long it may take until there is more. */
  async #look(): Promise<number> {
    const { clock } = this.#options.world;
    const { order, settleMs, lookEveryMs, remember } = this.#options.looking;
    const started = clock.monotonic();
    const files = await this.#find();
    const settling = new Map<string, Settling>();
    let waitMs = lookEveryMs;
    const changed: Known[] = [];
    for (const found of files) {
      const file = { ...found, stamp: stampOf(found.stat) };
      const look = this.#seen.look(file.name, file.stamp);
      if (look === 'same') continue;
      // What has changed is told once it stands still, too: once, and not with every write.
      const leftMs = this.#leftMs(file, settleMs, settling);
      if (leftMs > 0) waitMs = Math.min(waitMs, leftMs);
      else if (look === 'changed') changed.push(file);
      else this.#ready.push(file);
    }
    this.#settling = settling;
    if (order === 'time') this.#ready.sort((a, b) => a.stat.modifiedMs - b.stat.modifiedMs || (a.name < b.name ? -1 : 1));
    for (const file of changed) this.#tellChanged(file);
    this.#seen.forget(
      remember,
      files.map(({ name }) => name),
    );
    if (this.#seen.size > remember) throw tooMany(this.#options.id, remember);
    this.#lastLookMs = clock.monotonic();
    this.#lookTookMs = this.#lastLookMs - started;
    return waitMs;
  }

  /** How long a file must still stand still. */
  #leftMs({ name, stamp, stat }: Known, settleMs: number, settling: Map<string, Settling>): number {
    const { clock } = this.#options.world;
    const known = this.#settling.get(name);
    const since = known?.stamp === stamp ? known : { stamp, sinceMs: clock.monotonic() };
    // By its own time it may have stood still for long; a time that lies ahead, from a clock that is wrong, says nothing.
    const stoodMs = Math.max(clock.monotonic() - since.sinceMs, clock.now() - stat.modifiedMs);
    if (stoodMs < settleMs) settling.set(name, since);
    return settleMs - stoodMs;
  }

  async #find(): Promise<readonly (FoundFile & { readonly stat: FileStat })[]> {
    const { world, paths, partition, looking } = this.#options;
    const { files, folders } = await findFiles(world.files, { paths, withStats: true, isPassedOver: isUnfinished });
    await this.#bell.watch(folders.map((path) => ({ path })));
    return files.filter((file): file is FoundFile & { readonly stat: FileStat } => inPartition(file.name, partition, looking.partitions));
  }

  #tellChanged({ name, path, stamp }: Known): void {
    const error = new HeadraceError({
      code: 'HR_FILE_CHANGED',
      action: 'deadLetter',
      where: `file:${path}`,
      what: 'the file was changed after it had been read',
      todo: 'What is in it now was not read. Give what is new a name of its own.',
    });
    const refused: RefusedRecord[] = [{ before: 0, position: `${name}:changed ${stamp}`, error }];
    this.#seen.add(name, stamp);
    this.#notices.push({ refused, resume: this.#kept() });
  }

  /** After a bell, until it is time for another look. */
  async #rest(signal: AbortSignal): Promise<void> {
    const { clock, scheduler } = this.#options.world;
    const leastMs = Math.max(LEAST_LOOK_MS, this.#lookTookMs * LOOK_SHARE);
    const leftMs = this.#lastLookMs + leastMs - clock.monotonic();
    if (leftMs <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer: Timer = scheduler.after(leftMs, () => {
        off();
        resolve();
      });
      const off = onAbort(signal, () => {
        timer.cancel();
        resolve();
      });
    });
  }
}

/** What programs call a file they are still writing. */
function isUnfinished(name: string): boolean {
  return name.endsWith('.part') || name.endsWith('.tmp');
}

function tooMany(id: string, remember: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILES_REMEMBERED',
    where: id,
    what: `more than ${remember} files that were read still lie where it looks`,
    todo: 'Move or remove files that were read, which are then forgotten, or raise the option remember; each costs 22 bytes of every checkpoint.',
  });
}
