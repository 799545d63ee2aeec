import { assert } from '../../core/error.ts';
import type { FileLock, OpenFile, SyncFiles, World } from '../../core/world.ts';
import { type Block, BlockWriter, positionOf } from './block.ts';
import { Compaction } from './compaction.ts';
import { Dumps } from './dumps.ts';
import type { LogEnd } from './index-dump.ts';
import { type Recovered, recoverLog, segmentPath } from './log-recovery.ts';
import type { Segments } from './segments.ts';
import type { OpenStore, StateChange, StateEntry, StateStore } from './state-store.ts';
import { broken, inUse } from './store-errors.ts';
import { Transaction } from './transaction.ts';

export interface LogStoreOptions {
  /** A segment takes no further transaction when it is as long as this: by default a 32nd of what counts, between 16 MiB and 1 GiB. */
  readonly segmentBytes?: number | undefined;
}

const BUDGET_BYTES = 1 << 24;
const SMALLEST_SEGMENT = 1 << 24;
const LARGEST_SEGMENT = 1 << 30;
/**
 * So many entries are entered into the index at once, in 1 to 2 ms. One that a table moves as it grows counts as a quarter:
 * the tables grow at nearly the same time, and at 6 M keys ten of them did within 4,000 entries, which took 10 ms.
 */
const ENTRIES_AT_ONCE = 4096;

/**
 * A log of transactions in segments, with an index in memory of where each key stands: 20 to 30 bytes a key, whatever
 * keys and values take on the disk. A read is one read of a file, without a promise.
 *
 * @example
 * ```ts
 * const store = await logStore()({ world: virtualWorld(), folder: '/store' });
 * const key = new TextEncoder().encode('eu');
 * await store.apply(1, [{ space: 0, group: 0, key, value: new Uint8Array([7]) }]);
 * console.log(store.stamp, store.get(0, key)); // 1 Uint8Array(1) [ 7 ]
 * await store.close();
 * ```
 */
export function logStore({ segmentBytes }: LogStoreOptions = {}): OpenStore {
  return async ({ world, folder, budget = BUDGET_BYTES }) => {
    const { files, syncFiles } = world;
    assert(syncFiles !== undefined, 'a store is opened where files can be read without a promise');
    await files.makeFolder(folder);
    const lock = await files.lock(`${folder}/lock`);
    if (lock === undefined) throw inUse(folder);
    try {
      return new LogStore({ world, syncFiles, folder, lock, segmentBytes, recovered: await recoverLog(files, syncFiles, folder, budget) });
    } catch (error) {
      await lock.release();
      throw error;
    }
  };
}

interface Parts {
  readonly world: World;
  readonly syncFiles: SyncFiles;
  readonly folder: string;
  readonly lock: FileLock;
  readonly segmentBytes: number | undefined;
  readonly recovered: Recovered;
}

class LogStore implements StateStore {
  readonly #parts: Parts;
  readonly #segments: Segments;
  readonly #compaction: Compaction;
  readonly #dumps: Dumps;
  readonly #writer = new BlockWriter();
  /** By space, the latest time anybody has asked with. */
  readonly #horizons: number[] = [];
  #file: OpenFile;
  #end: LogEnd;
  #isApplying = false;
  #broken: unknown;
  #applied = 0;

  constructor(parts: Parts) {
    const { world, folder, recovered } = parts;
    const { files } = world;
    this.#parts = parts;
    this.#segments = recovered.segments;
    this.#file = recovered.file;
    this.#end = recovered.end;
    this.#compaction = new Compaction(files, this.#segments);
    this.#dumps = new Dumps({ files, folder, segments: this.#segments, behind: recovered.behind });
  }

  get stamp(): number {
    return this.#end.stamp;
  }

  get count(): number {
    return this.#segments.index.count;
  }

  get(space: number, key: Uint8Array, nowMs?: number): Uint8Array | undefined {
    if (nowMs !== undefined && !(nowMs <= this.#horizons[space]!)) this.#horizons[space] = nowMs;
    const record = this.#segments.find(space, key, this.#segments.hashOf(space, key))?.record;
    if (record === undefined || (record.expires !== undefined && nowMs !== undefined && record.expires <= nowMs)) return undefined;
    return record.value.slice();
  }

  async apply(stamp: number, changes: Iterable<StateChange>): Promise<void> {
    assert(!this.#isApplying, 'one transaction at a time');
    assert(Number.isSafeInteger(stamp) && stamp > this.stamp, 'stamps grow');
    if (this.#broken !== undefined) throw broken(this.#parts.folder, this.#broken);
    this.#isApplying = true;
    try {
      await this.#apply(stamp, changes);
    } finally {
      this.#isApplying = false;
      this.#applied++;
    }
  }

  *entries(space: number, group?: number): Iterable<StateEntry> {
    const { index } = this.#segments;
    const applied = this.#applied;
    for (const entry of index.entries()) {
      if (index.spaceOf(entry) !== space || (group !== undefined && index.groupOf(entry) !== group)) continue;
      const { key, value, expires } = this.#segments.recordOf(entry);
      yield [key.slice(), value.slice(), expires];
      assert(applied === this.#applied && !this.#isApplying, 'nothing is applied while entries are gone through');
    }
  }

  async close(): Promise<void> {
    assert(!this.#isApplying, 'a store is closed when its last transaction has settled');
    try {
      // What is broken may not be what the log says.
      if (this.#broken === undefined) await this.#dumps.close(this.#end);
      else await this.#dumps.drop();
      this.#segments.close();
      await this.#compaction.restart();
      await this.#file.close();
    } finally {
      await this.#parts.lock.release();
    }
  }

  async #apply(stamp: number, changes: Iterable<StateChange>): Promise<void> {
    const segments = this.#segments;
    if (segments.last.end >= this.#segmentBytes()) await this.#roll();
    const transaction = new Transaction(segments, this.#file, this.#writer, stamp);
    try {
      await transaction.put(changes);
      await this.#compact(transaction);
      await transaction.finish(this.#compaction.isDone ? segments.order[1]!.number : segments.first.number);
    } catch (error) {
      await this.#takeBack();
      throw error;
    }
    // After a sync that failed, Linux may call the pages clean that never reached the disk; only reading them anew tells.
    await this.#orBroken(() => this.#file.sync());
    const bytes = transaction.end - segments.last.end;
    segments.last.end = transaction.end;
    await this.#orBroken(() => this.#enter(transaction.blocks));
    const { first, offset } = transaction.blocks.at(-1)!;
    this.#end = { stamp, first, block: positionOf(segments.last.number, offset) };
    if (this.#compaction.isDone) await this.#removeFirst();
    await this.#dumps.follow(this.#end, bytes, this.#segmentBytes() / 4);
  }

  async #enter(blocks: readonly Block[]): Promise<void> {
    const { index } = this.#segments;
    let movedBefore = index.moved;
    let entered = 0;
    for (const block of blocks) {
      this.#segments.enter(block);
      entered += block.entries + (index.moved - movedBefore) / 4;
      movedBefore = index.moved;
      if (entered < ENTRIES_AT_ONCE) continue;
      entered = 0;
      await new Promise<void>((resolve) => this.#parts.world.scheduler.soon(resolve));
    }
  }

  async #compact(transaction: Transaction): Promise<void> {
    const horizonMs = this.#horizons.reduce((latest, horizon) => Math.max(latest, horizon), 0);
    const writes = transaction.end - this.#segments.last.end + this.#writer.used;
    const into = {
      room: (entries: number) => transaction.room(entries),
      isReplaced: (offset: number) => transaction.isReplaced(offset),
      isOver: (space: number, expires: number | undefined) => expires !== undefined && expires <= this.#horizons[space]!,
    };
    let left = this.#compaction.share(writes, horizonMs / 1000, this.#segmentBytes() * 2);
    while (left > 0) {
      const bytes = await this.#compaction.step(into);
      if (bytes === 0) break;
      left -= bytes;
    }
  }

  /** The last block has said already that the segment does not count: should it stay, the next opening removes it. */
  async #removeFirst(): Promise<void> {
    const { path } = this.#segments.removeFirst();
    await this.#compaction.restart().catch(() => {});
    await this.#parts.world.files.remove(path).catch(() => {});
  }

  /** Synced, so that no block of this attempt can be taken for one of the next. */
  async #takeBack(): Promise<void> {
    await this.#orBroken(async () => {
      await this.#compaction.restart();
      await this.#file.truncate(this.#segments.last.end);
      await this.#file.sync();
    });
  }

  async #orBroken(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#broken = error;
      throw broken(this.#parts.folder, error);
    }
  }

  async #roll(): Promise<void> {
    const { folder, syncFiles, world } = this.#parts;
    const number = this.#segments.last.number + 1;
    const path = segmentPath(folder, number);
    const file = await world.files.open(path, 'create');
    try {
      // Before anything is in it: a transaction whose file has no name would be lost.
      await world.files.syncFolder(folder);
      this.#segments.add(number, path, syncFiles.openSync(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    const old = this.#file;
    this.#file = file;
    await old.close();
  }

  #segmentBytes(): number {
    const live = this.#segments.order.reduce((sum, segment) => sum + segment.live, 0);
    return this.#parts.segmentBytes ?? Math.min(Math.max(live / 32, SMALLEST_SEGMENT), LARGEST_SEGMENT);
  }
}
