import { hasCode } from '../core/error.ts';
import type { VisibleEnd } from './end-file.ts';
import { EndWatcher } from './end-watcher.ts';
import { IS_HOLE } from './format.ts';
import { closed, damaged, expired, type LogDamage, notOpened, unknownPosition } from './log-errors.ts';
import { columnsOf, type Columns, countWithin, LogBatch } from './log-batch.ts';
import { recoverIfFree } from './partition-lock.ts';
import { readIndex } from './segment-index.ts';
import { SegmentReader } from './segment-reader.ts';
import type { FoundBatch } from './segment-scan.ts';
import { listSegments } from './segments.ts';
import type { LogWorld } from './staged-writer.ts';

/** A position, the oldest record that is kept, or the first one that is not there yet. */
export type ReadFrom = number | 'start' | 'end';

export interface ReaderOptions {
  /** Goes on behind damage, telling it to `onDamage`, where a read would throw otherwise. */
  readonly skipDamage?: boolean;
  readonly onDamage?: (damage: LogDamage) => void;
  /** So much is read at once; 1 MiB. */
  readonly blockBytes?: number;
}

export interface ReadLimit {
  readonly records?: number;
  readonly bytes?: number;
}

/** How long a process that just took the partition may be about finding its end. */
const RECOVERY_MS = 10_000;
const NOTHING: VisibleEnd = { position: 0, segment: 0, byte: 0, synced: false };

/**
 * Reads a partition from front to back, while it is written, also by another process. What it gives are views of the
 * block that was read; they stay good for as long as somebody keeps them.
 */
export class PartitionReader {
  readonly #world: LogWorld;
  readonly #folder: string;
  readonly #options: ReaderOptions;
  readonly #watcher: EndWatcher;
  #segment: SegmentReader | undefined;
  /** Where the open segment ends, once nothing is written to it any more. */
  #sealedAt: number | undefined;
  /** The batch that was read last: its columns, its first position, and how many of it. */
  #batch: { readonly columns: Columns; readonly first: number; readonly count: number } | undefined;
  #position = 0;
  /** As it was seen last. */
  #end = NOTHING;
  #isClosed = false;

  private constructor(world: LogWorld, folder: string, options: ReaderOptions, watcher: EndWatcher) {
    this.#world = world;
    this.#folder = folder;
    this.#options = options;
    this.#watcher = watcher;
  }

  static async open(world: LogWorld, folder: string, from: ReadFrom, options: ReaderOptions = {}): Promise<PartitionReader> {
    await recoverIfFree(world, folder);
    const watcher = await EndWatcher.open(world.files, folder);
    const reader = new PartitionReader(world, folder, options, watcher);
    try {
      await reader.#goTo(from);
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** Of the next record. */
  get position(): number {
    return this.#position;
  }

  /** The oldest position that is kept now. */
  async first(): Promise<number> {
    return (await listSegments(this.#world.files, this.#folder))[0] ?? 0;
  }

  /** The position behind the last record that can be read now. */
  async end(): Promise<number> {
    return (await this.#look()).position;
  }

  /** The next records, at least one unless the end is reached: then undefined. */
  async read({ records = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY }: ReadLimit = {}): Promise<LogBatch | undefined> {
    if (this.#isClosed) throw closed(this.#folder);
    while (this.#batch === undefined || this.#position >= this.#batch.first + this.#batch.count) {
      if (!(await this.#nextBatch())) return undefined;
    }
    const { columns, first, count } = this.#batch;
    const skip = this.#position - first;
    const most = Math.min(count - skip, Math.max(1, records));
    const given = bytes === Number.POSITIVE_INFINITY ? most : countWithin(columns, skip, most, bytes);
    const batch = new LogBatch(columns, this.#position, skip, given);
    this.#position += given;
    return batch;
  }

  /** Settles when there is a record behind `position`; rejects with the reason of the signal. */
  async more(signal: AbortSignal): Promise<void> {
    await this.#watcher.until((end) => end !== undefined && end.position !== this.#position, signal);
  }

  /** Goes to the first record whose event time is `ms` or later, or to the end; answers its position. */
  async seekTime(ms: number): Promise<number> {
    const end = await this.#look();
    const segments = (await listSegments(this.#world.files, this.#folder)).filter((base) => base <= end.segment);
    for (const base of segments) {
      const index = base === end.segment ? undefined : await readIndex(this.#world.files, this.#folder, base);
      if (index !== undefined && !(index.maxTime >= ms)) continue;
      await this.#enter(base);
      const segment = this.#segment!;
      await segment.seekTime(ms, index, await this.#limit(segment, end));
      this.#position = base + segment.next;
      for (let batch = await this.read(); batch !== undefined; batch = await this.read()) {
        const row = batch.times.findIndex((time) => time >= ms);
        if (row !== -1) return (this.#position = batch.first + row);
      }
    }
    await this.#goTo('end');
    return this.#position;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#segment?.close();
    await this.#watcher.close();
  }

  async #goTo(from: ReadFrom): Promise<void> {
    const files = this.#world.files;
    let end = await this.#look();
    if (typeof from === 'number' && from > end.position) end = await this.#look((now) => now.position >= from);
    const segments = await listSegments(files, this.#folder);
    const first = segments[0] ?? 0;
    const position = from === 'start' ? first : from === 'end' ? end.position : from;
    if (position < first) throw expired(this.#folder, position, first);
    if (position > end.position) throw unknownPosition(this.#folder, position, end.position);
    const base = segments.findLast((candidate) => candidate <= position && candidate <= end.segment) ?? end.segment;
    await this.#enter(base);
    const segment = this.#segment!;
    const index = base === end.segment ? undefined : await readIndex(files, this.#folder, base);
    await segment.seek(position - base, index, await this.#limit(segment, end));
    this.#position = position;
  }

  async #enter(base: number): Promise<void> {
    const next = await SegmentReader.open(this.#world.files, this.#folder, base, this.#options.blockBytes ?? 1 << 20).catch(
      async (error: unknown) => {
        if (hasCode(error, 'ENOENT')) throw expired(this.#folder, base, await this.first());
        throw error;
      },
    );
    await this.#segment?.close();
    this.#segment = next;
    this.#sealedAt = undefined;
    this.#batch = undefined;
  }

  /** Readers go so far in a segment: to its end, or to the visible one. */
  async #limit(segment: SegmentReader, end: VisibleEnd): Promise<number> {
    if (segment.base === end.segment) return end.byte;
    return (this.#sealedAt ??= await segment.size());
  }

  /** Makes the batch behind the position the current one; false at the visible end. */
  async #nextBatch(): Promise<boolean> {
    for (;;) {
      const end = this.#position < this.#end.position ? this.#end : (this.#watcher.known ?? (await this.#look()));
      if (this.#position > end.position) throw unknownPosition(this.#folder, this.#position, end.position);
      if (this.#position === end.position) return false;
      const segment = this.#segment!;
      const limit = await this.#limit(segment, end);
      if (segment.at >= limit) {
        await this.#leave(segment, end);
        continue;
      }
      const found = await segment.take(limit);
      const first = segment.base + (typeof found === 'string' ? 0 : found.header.first);
      if (typeof found === 'string') await this.#passDamage(segment, limit, end, found);
      else if (first > this.#position && found.header.first > segment.next) this.#tell(segment, 0, first, 'records are missing here');
      else if (this.#open(segment, found)) return true;
    }
  }

  #open(segment: SegmentReader, found: FoundBatch): boolean {
    const { bytes, at } = segment.blocks.here(found.at);
    segment.passed(found);
    const first = segment.base + found.header.first;
    const isHole = (found.header.flags & IS_HOLE) !== 0;
    if (isHole) this.#position = Math.max(this.#position, segment.base + segment.next);
    if (isHole || this.#position >= first + found.header.records) return false;
    this.#batch = { columns: columnsOf(bytes, at, found.header)!, first, count: found.header.records };
    return true;
  }

  async #passDamage(segment: SegmentReader, limit: number, end: VisibleEnd, why: string): Promise<void> {
    const behind = await segment.behindDamage(limit);
    const next = behind === undefined ? await this.#baseBehind(segment, end) : segment.base + behind.header.first;
    this.#tell(segment, (behind?.at ?? limit) - segment.at, next, why);
    segment.at = behind?.at ?? limit;
  }

  /** Goes from the end of a segment to the next one. */
  async #leave(segment: SegmentReader, end: VisibleEnd): Promise<void> {
    const next = await this.#baseBehind(segment, end);
    if (next > this.#position) this.#tell(segment, 0, next, 'the end of the segment is missing');
    if (segment.base !== end.segment) await this.#enter(next);
  }

  /** The position at which the log goes on behind a segment. */
  async #baseBehind(segment: SegmentReader, end: VisibleEnd): Promise<number> {
    if (segment.base === end.segment) return end.position;
    const segments = await listSegments(this.#world.files, this.#folder);
    const next = segments.find((base) => base > segment.base);
    if (segments[0] !== undefined && segments[0] > this.#position && next === segments[0])
      throw expired(this.#folder, this.#position, next);
    return next ?? end.position;
  }

  /** Throws the damage, or goes on behind it. */
  #tell(segment: SegmentReader, bytes: number, next: number, why: string): void {
    const damage: LogDamage = {
      file: segment.path,
      at: segment.at,
      bytes,
      first: this.#position,
      next: Math.max(next, this.#position),
      why,
    };
    if (this.#options.skipDamage !== true) throw damaged(damage);
    this.#options.onDamage?.(damage);
    this.#position = damage.next;
    segment.next = Math.max(segment.next, next - segment.base);
  }

  /** The visible end; waits for one while another process finds it out, a while also for one that `suits`. */
  async #look(suits: (end: VisibleEnd) => boolean = () => true): Promise<VisibleEnd> {
    const end = await this.#watcher.look();
    if (end !== undefined && (suits(end) || this.#watcher.hasWriter)) return (this.#end = end);
    if (!(await recoverIfFree(this.#world, this.#folder))) {
      const patience = new AbortController();
      const timer = this.#world.scheduler.after(RECOVERY_MS, () => patience.abort());
      await this.#watcher.until((now) => now !== undefined && suits(now), patience.signal).catch(() => {});
      timer.cancel();
    }
    const found = await this.#watcher.look();
    // To take it for an empty log would give records twice to whoever reads from its end.
    if (found === undefined) throw notOpened(this.#folder, RECOVERY_MS);
    return (this.#end = found);
  }
}
