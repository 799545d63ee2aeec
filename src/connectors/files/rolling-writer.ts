import type { Chunk } from '../../core/chunk.ts';
import type { Timer, World } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';
import type { Route } from './folders.ts';
import type { RecordWriter } from './record-writer.ts';

/** Files that are being brought to their ends at once, beside the writing of others. */
const FINISHING = 4;

/** A file that is being written. */
export interface Draft<T> {
  readonly number: number;
  /** Below that of the output; '' for that one itself. */
  readonly folder: string;
  readonly writer: RecordWriter<T>;
}

/** A file that has its end and is safe, but for its name. */
export interface FinishedFile {
  readonly number: number;
  readonly folder: string;
  readonly bytes: number;
}

export interface Rolling<T> {
  readonly id: string;
  readonly world: Pick<World, 'clock' | 'scheduler'>;
  /** Where records go; absent for one folder. */
  readonly route?: Route<T> | undefined;
  /** How many files are open at once. */
  readonly openFiles: number;
  /** How long a file is open at most. */
  readonly everyMs?: number | undefined;
  begin(folder: string): Promise<Draft<T>>;
  /** The last that was begun has got no record and never will. */
  giveBack(draft: Draft<T>): Promise<void>;
  /** Called with each file that has its end. */
  finished(file: FinishedFile): Promise<void>;
}

interface OpenDraft<T> extends Draft<T> {
  usedAt: number;
  readonly dueMs: number;
}

/** The files of one checkpoint. */
interface Share {
  readonly finished: FinishedFile[];
  readonly finishing: Set<Promise<void>>;
}

/**
 * Divides records among files: by folder, and by how full or old a file is. Files that are done with get their ends
 * beside the writing of others.
 *
 * Invariants: a file is begun for a record that is there, so none is empty; `begin` is called in the order of records,
 * one call at a time. After a failure every call says it.
 */
export class RollingWriter<T> {
  readonly #rolling: Rolling<T>;
  readonly #open = new Map<string, OpenDraft<T>>();
  #share: Share = { finished: [], finishing: new Set() };
  /** Each is the end of a row of files that are finished one behind the other. */
  readonly #lanes: Promise<void>[] = [];
  #lane = 0;
  #last: OpenDraft<T> | undefined;
  #uses = 0;
  #isBusy = false;
  #timer: Timer | undefined;
  #isClosed = false;
  #failure: unknown;

  constructor(rolling: Rolling<T>) {
    this.#rolling = rolling;
  }

  get failure(): unknown {
    if (this.#failure !== undefined) return this.#failure;
    for (const { writer } of this.#open.values()) if (writer.failure !== undefined) return writer.failure;
    return undefined;
  }

  /** Nothing was written since the last share was taken. */
  get isEmpty(): boolean {
    const { finished, finishing } = this.#share;
    return this.#open.size === 0 && finished.length === 0 && finishing.size === 0;
  }

  write(chunk: Chunk<T>): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const count = chunk.values.length;
    for (let at = 0; at < count; ) {
      const next = this.#step(chunk, at);
      if (typeof next !== 'number') return this.#writeRest(chunk, next);
      at = next;
    }
  }

  /** Brings what was gathered into the files; with `all`, so that a reader of unfinished files finds it. */
  async flush(all: boolean): Promise<void> {
    await this.#busily(async () => {
      for (const { writer } of this.#open.values()) await writer.flush(all);
      if (this.#failure !== undefined) throw this.#failure;
    });
  }

  /** Ends every file; what is written from now on is another share. Settles when all of them are safe, by their numbers. */
  async takeShare(): Promise<readonly FinishedFile[]> {
    const share = this.#share;
    this.#share = { finished: [], finishing: new Set() };
    const drafts = [...this.#open.values()];
    this.#open.clear();
    this.#last = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const draft of drafts) void this.#finish(draft, share);
    await Promise.all(share.finishing);
    if (this.#failure !== undefined) throw this.#failure;
    return share.finished.sort((a, b) => a.number - b.number);
  }

  /** Gives up the files that have no end yet; answers all of this share. */
  async abandon(): Promise<readonly Pick<FinishedFile, 'number' | 'folder'>[]> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const { finished } = this.#share;
    const drafts = [...this.#open.values()];
    this.#open.clear();
    for (const { writer } of drafts) await writer.abandon();
    await Promise.allSettled(this.#lanes);
    return [...finished, ...drafts];
  }

  /** Takes the values from one index on, as far as one file goes; answers where it stopped. */
  #step(chunk: Chunk<T>, at: number): number | Promise<number> {
    const { route } = this.#rolling;
    const folder = route === undefined ? '' : route(chunk, at);
    const draft = this.#last?.folder === folder ? this.#last : this.#open.get(folder);
    if (draft === undefined) return this.#beginWith(chunk, at, folder);
    draft.usedAt = ++this.#uses;
    this.#last = draft;
    const next = draft.writer.take(chunk.values, at, this.#endOf(chunk, at));
    if (typeof next !== 'number') return next.then((end) => this.#taken(draft, end));
    return draft.writer.isFull ? this.#taken(draft, next) : next;
  }

  #endOf(chunk: Chunk<T>, at: number): number {
    return this.#rolling.route === undefined ? chunk.values.length : at + 1;
  }

  async #taken(draft: OpenDraft<T>, next: number): Promise<number> {
    if (draft.writer.isFull) await this.#roll(draft);
    return next;
  }

  async #writeRest(chunk: Chunk<T>, first: Promise<number>): Promise<void> {
    await this.#busily(async () => {
      for (let at = await first; at < chunk.values.length; ) at = await this.#step(chunk, at);
    });
  }

  async #beginWith(chunk: Chunk<T>, at: number, folder: string): Promise<number> {
    const { world, everyMs, openFiles } = this.#rolling;
    if (this.#open.size >= openFiles) await this.#roll(this.#leastUsed());
    const begun = await this.#attempt(() => this.#rolling.begin(folder));
    const dueMs = world.clock.monotonic() + (everyMs ?? 0);
    const draft: OpenDraft<T> = { ...begun, dueMs, usedAt: ++this.#uses };
    let next: number;
    try {
      next = await draft.writer.take(chunk.values, at, this.#endOf(chunk, at));
    } catch (error) {
      if (draft.writer.records === 0) await this.#attempt(() => this.#rolling.giveBack(draft));
      else this.#keep(draft);
      throw error;
    }
    this.#keep(draft);
    return this.#taken(draft, next);
  }

  #keep(draft: OpenDraft<T>): void {
    this.#open.set(draft.folder, draft);
    this.#last = draft;
    this.#wind();
  }

  #leastUsed(): OpenDraft<T> {
    return [...this.#open.values()].reduce((least, draft) => (draft.usedAt < least.usedAt ? draft : least));
  }

  /** The file gets its end beside what is written next; a writer that is faster than the disk waits. */
  async #roll(draft: OpenDraft<T>): Promise<void> {
    this.#open.delete(draft.folder);
    if (this.#last === draft) this.#last = undefined;
    await this.#finish(draft, this.#share);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** It is under way when this returns; the answer settles when there is room for another. */
  #finish({ number, folder, writer }: Draft<T>, share: Share): Promise<void> {
    const lane = this.#lane++ % FINISHING;
    const before = this.#lanes[lane] ?? Promise.resolve();
    const finishing: Promise<void> = before.then(async () => {
      try {
        const file = { number, folder, bytes: await writer.finish() };
        await this.#rolling.finished(file);
        share.finished.push(file);
      } catch (error) {
        this.#failure ??= explain(error, this.#rolling.id);
        await writer.abandon().catch(() => {});
      } finally {
        share.finishing.delete(finishing);
      }
    });
    share.finishing.add(finishing);
    this.#lanes[lane] = finishing;
    return before;
  }

  /** Only while files are open, so that an idle run has nothing to wake up for. */
  #wind(): void {
    const { everyMs, world } = this.#rolling;
    if (everyMs === undefined || this.#timer !== undefined || this.#isClosed || this.#open.size === 0) return;
    const dueMs = Math.min(...[...this.#open.values()].map((draft) => draft.dueMs));
    this.#timer = world.scheduler.after(Math.max(0, dueMs - world.clock.monotonic()), () => {
      this.#timer = undefined;
      if (!this.#isBusy) this.#rollDue();
    });
  }

  #rollDue(): void {
    const now = this.#rolling.world.clock.monotonic();
    if (this.#rolling.everyMs === undefined || this.#isClosed) return;
    for (const draft of [...this.#open.values()]) if (draft.dueMs <= now) this.#roll(draft).catch(() => {}); // Told by the next call.
    this.#wind();
  }

  /** Nothing else touches the files meanwhile; what fell due is seen to behind it. */
  async #busily(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await work();
    } finally {
      this.#isBusy = false;
      if (this.#timer === undefined) this.#rollDue();
    }
  }

  async #attempt<R>(call: () => Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (error) {
      this.#failure ??= explain(error, this.#rolling.id);
      throw this.#failure;
    }
  }
}
