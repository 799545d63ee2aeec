import type { OwnedLock } from '../base/owned-lock.ts';
import { assert, hasCode } from '../core/error.ts';
import type { OpenFile, Timer } from '../core/world.ts';
import { ActiveSegment } from './active-segment.ts';
import { encodeGroup } from './append-group.ts';
import { AppendQueue, type Task, type Waiting } from './append-queue.ts';
import { BatchBuffer, type LogEntry, recordBytes } from './batch-body.ts';
import { type Channel, joinChannel, leaveChannel } from './channel.ts';
import { EndPublisher } from './end-publisher.ts';
import type { VisibleEnd } from './end-file.ts';
import { closed, diskFull, isFull, recordTooLarge, writeFailed } from './log-errors.ts';
import { lockToWrite } from './partition-lock.ts';
import { recover, type Recovered, type RecoveredLog } from './recovery.ts';
import { type Keep, removeExpired } from './retention.ts';
import { copyStaged, openStaged, removeStaged, removeToken, syncStaged } from './staged-files.ts';
import { type LogWorld, MOST_TRANSACTION_BYTES, StagedFile, type StagedToken, type StagedWriter } from './staged-writer.ts';

export interface WriterOptions {
  /**
   * When an append has settled its records survive a power cut (`each`, the default); they do at most so many milliseconds
   * later, and are not seen before; or nobody ever asks the disk. A process that is killed loses none of them either way.
   */
  readonly sync?: 'each' | { readonly every: number } | 'never';
  /** Nothing is removed without it. */
  readonly keep?: Keep;
  /** A segment is left when it has so many bytes; 64 MiB. What is kept is counted in whole segments. */
  readonly segmentBytes?: number;
  /** And when it is so old; no bound. */
  readonly segmentForMs?: number;
  /** What may wait to be written before `room` makes one wait; 16 MiB. */
  readonly waitingBytes?: number;
  /** The largest record; 64 MiB. */
  readonly recordBytes?: number;
}

/** What is written by one call at most, about. */
const GROUP_BYTES = 4 << 20;

/**
 * The one writer of a partition. Everything that changes the log goes through one queue, a group of appends or one task
 * at a time. While a group is written and synced the next one gathers, so a sync serves all who wait for it.
 *
 * `end.position` is what readers may see, `end` the position that the next record gets. A failed write or sync ends the
 * writer for good: the kernel may since take for clean what the disk does not have, so a second sync would prove nothing.
 */
export class PartitionWriter {
  readonly recovered: Recovered;
  readonly #world: LogWorld;
  readonly #folder: string;
  readonly #options: Required<WriterOptions>;
  readonly #lock: OwnedLock;
  readonly #channel: Channel;
  readonly #publisher: EndPublisher;
  readonly #endFile: OpenFile;
  readonly #queue = new AppendQueue();
  readonly #buffer = new BatchBuffer();
  #active: ActiveSegment;
  #segments: readonly number[];
  #broken: unknown;
  #running: Promise<void> | undefined;
  #roomers: (() => void)[] = [];
  #timer: Timer | undefined;
  #mayHaveRemovedStaged = true;
  #isClosed = false;

  private constructor(world: LogWorld, folder: string, options: WriterOptions, lock: OwnedLock, found: RecoveredLog) {
    const { sync = 'each', keep = {}, segmentBytes = 64 << 20, segmentForMs = Number.POSITIVE_INFINITY } = options;
    const { waitingBytes = 16 << 20, recordBytes: most = 64 << 20 } = options;
    assert(segmentBytes <= MOST_TRANSACTION_BYTES && most <= MOST_TRANSACTION_BYTES, 'places in a segment fit into 32 bits');
    this.#world = world;
    this.#folder = folder;
    this.#options = { sync, keep, segmentBytes, waitingBytes, recordBytes: most, segmentForMs };
    this.#lock = lock;
    this.#active = found.active;
    this.#segments = found.segments;
    this.#endFile = found.endFile;
    this.recovered = { cut: found.cut, damage: found.damage };
    this.#channel = joinChannel(world.files, folder);
    this.#publisher = new EndPublisher(found.endFile, found.end, this.#channel);
  }

  static async open(world: LogWorld, folder: string, options: WriterOptions = {}): Promise<PartitionWriter> {
    const lock = await lockToWrite(world, folder);
    try {
      return new PartitionWriter(world, folder, options, lock, await recover(world.files, world.clock, folder));
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
  }

  /** The oldest position that is kept. */
  get first(): number {
    return this.#segments[0]!;
  }

  /** The position of the next record that is written; what waits comes there. */
  get end(): number {
    return this.#active.base + this.#active.next;
  }

  /**
   * Settles with the first position when the records are as safe as `sync` says. The arrays must stay as they are until
   * then. A record that is too large is refused; those before it were taken.
   */
  append(records: readonly LogEntry[]): Promise<number> {
    const most = this.#options.recordBytes;
    let bytes = 0;
    for (let i = 0; i < records.length; i++) {
      const size = recordBytes(records[i]!);
      if (size > most) {
        const error = recordTooLarge(this.#folder, i, size, most);
        return this.append(records.slice(0, i)).then(() => Promise.reject(error));
      }
      bytes += size;
    }
    return new Promise((resolve, reject) => this.#enter({ records, bytes, resolve, reject }));
  }

  /** Undefined while less than `waitingBytes` wait; else it settles when that is so again. */
  room(): Promise<void> | undefined {
    if (this.#broken !== undefined || this.#queue.bytes < this.#options.waitingBytes) return undefined;
    return new Promise((resolve) => this.#roomers.push(resolve));
  }

  /** Everything appended so far is safe and can be read. */
  flush(): Promise<void> {
    return this.#task(() => this.#syncAndPublish());
  }

  /** Begins what becomes visible at once, with the commit of its token. `by` and `n` name it: who, and which checkpoint. */
  stage(by: string, n: number): StagedWriter {
    return new StagedFile(this.#world, this.#folder, by, n, this.#options.recordBytes);
  }

  /** Makes what was staged visible, at once and for ever. Again and again is as good as once, also from a later process. */
  commit(token: StagedToken): Promise<void> {
    if (token.batches === 0) return Promise.resolve();
    return this.#task(async () => {
      const { files, clock } = this.#world;
      const staged = await openStaged(files, this.#folder, token);
      if (staged === undefined) return;
      try {
        await this.#rollIfDue(token.bytes);
        await this.#orTakeBack(() => copyStaged(staged, token, this.#active, clock.now()));
      } finally {
        await staged.close();
      }
      await this.#syncAndPublish();
      this.#mayHaveRemovedStaged = true;
      await removeToken(files, this.#folder, token);
    });
  }

  /** Removes everything staged by somebody but the files of these tokens. */
  discardStaged(by: string, keep: readonly StagedToken[] = []): Promise<void> {
    return this.#task(() => removeStaged(this.#world.files, this.#folder, by, keep));
  }

  /** Removes what is not to be kept any more; the same happens whenever a segment is left. */
  retain(): Promise<void> {
    return this.#task(() => this.#retain());
  }

  /** Writes what waits and gives the partition free. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const last = this.#broken === undefined ? this.flush() : Promise.resolve();
    this.#isClosed = true;
    try {
      await last;
    } finally {
      await this.#running;
      this.#timer?.cancel();
      this.#channel.publish(undefined);
      leaveChannel(this.#world.files, this.#folder, this.#channel);
      await this.#publisher.settled().catch(() => {}); // The flush has told it.
      await this.#active.close().catch(() => {});
      await this.#endFile.close().catch(() => {});
      await this.#lock.release();
    }
  }

  #task(run: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => this.#enter({ run: () => run().then(resolve), reject }));
  }

  #enter(entry: Waiting | Task): void {
    if (this.#isClosed) return entry.reject(closed(this.#folder));
    if (this.#broken !== undefined) return entry.reject(this.#broken);
    this.#queue.add(entry);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#queue.isEmpty) {
      // Who was just answered may append again: a few turns of the microtasks, and they are in this group too.
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
      const next = this.#queue.take(GROUP_BYTES);
      try {
        if (!Array.isArray(next)) await next.run();
        else await this.#write(next);
      } catch (error) {
        this.#failed(next, error);
      }
      if (Array.isArray(next)) for (const { bytes } of next) this.#queue.bytes -= bytes;
      if (this.#queue.bytes < this.#options.waitingBytes || this.#broken !== undefined) for (const go of this.#roomers.splice(0)) go();
    }
    this.#running = undefined;
  }

  /** Writes a group of appends as one piece, and answers each. */
  async #write(group: readonly Waiting[]): Promise<void> {
    await this.#rollIfDue(0);
    const first = this.end;
    const { bytes, next, safe } = this.#active;
    const found = encodeGroup(this.#buffer, group, { bytes, next, safe, appendedAt: this.#world.clock.now() });
    if (found.length > 0) {
      await this.#orTakeBack(() => this.#active.write(this.#buffer.written, found));
      await this.#settle();
    }
    let position = first;
    for (const { records: own, resolve } of group) {
      resolve(position);
      position += own.length;
    }
  }

  async #settle(): Promise<void> {
    const { sync } = this.#options;
    if (sync === 'each') {
      await this.#active.sync();
      this.#publisher.publish(this.#visible(true));
    } else if (sync === 'never') {
      this.#publisher.publish(this.#visible(false));
    } else {
      this.#timer ??= this.#world.scheduler.after(sync.every, () => {
        this.#timer = undefined;
        this.flush().catch(() => {}); // Who appends next is told.
      });
    }
  }

  async #syncAndPublish(): Promise<void> {
    if (this.#active.safe < this.#active.bytes) await this.#active.sync();
    this.#publisher.publish(this.#visible(true));
    await this.#publisher.settled();
  }

  #visible(synced: boolean): VisibleEnd {
    return { position: this.end, segment: this.#active.base, byte: this.#active.bytes, synced };
  }

  async #rollIfDue(coming: number): Promise<void> {
    const { segmentBytes, segmentForMs } = this.#options;
    const { bytes, madeAt, isEmpty } = this.#active;
    const isOld = this.#world.clock.now() - madeAt >= segmentForMs;
    if (isEmpty || (bytes + coming < segmentBytes && !isOld)) return;
    const { files, clock } = this.#world;
    if (this.#mayHaveRemovedStaged) await syncStaged(files, this.#folder);
    this.#mayHaveRemovedStaged = false;
    if (this.#active.safe < bytes) await this.#active.sync();
    const next = await this.#unlessFull(async () => {
      await this.#active.seal();
      return ActiveSegment.create(files, this.#folder, this.end, clock.now());
    });
    await this.#active.close();
    this.#active = next;
    this.#segments = [...this.#segments, next.base];
    await this.#retain();
  }

  async #retain(): Promise<void> {
    const { files, clock } = this.#world;
    this.#segments = await removeExpired(files, this.#folder, this.#segments, this.#options.keep, clock.now());
  }

  /** What a full disk took of a write is cut off again: nothing of it was synced, so nothing is in doubt. */
  async #orTakeBack(write: () => Promise<void>): Promise<void> {
    const { bytes, next } = this.#active;
    await this.#unlessFull(write, () => this.#active.cutBack(bytes, next));
  }

  /** Only for what can be done anew from its beginning; a sync of the log that fails is never tried again. */
  async #unlessFull<T>(step: () => Promise<T>, undo?: () => Promise<void>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!isFull(error)) throw error;
      await undo?.();
      throw diskFull(this.#folder, error);
    }
  }

  /** A full disk and a staged file that is not sound concern one call; anything else ends the writer. */
  #failed(next: Task | readonly Waiting[], error: unknown): void {
    if (!hasCode(error, 'HR_LOG_DISK_FULL', 'HR_LOG_DAMAGED', 'HR_LOG_VERSION')) this.#broken = writeFailed(this.#folder, error);
    for (const entry of 'run' in next ? [next] : next) entry.reject(this.#broken ?? error);
    if (this.#broken !== undefined) this.#queue.rejectAll(this.#broken);
  }
}
