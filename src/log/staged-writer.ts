import { stableHash } from '../core/hash.ts';
import type { OpenFile, World } from '../core/world.ts';
import { BatchBuffer, batchLength, type LogEntry, recordBytes } from './batch-body.ts';
import { hex, MOST_SEGMENT_BYTES, segmentHeader, SEGMENT_HEADER_BYTES } from './format.ts';
import { closed, isFull, recordTooLarge, stagedFull, transactionTooLarge } from './log-errors.ts';
import { stagedName, stagedPath } from './staged-files.ts';

/** The parts of the world a log needs. */
export type LogWorld = Pick<World, 'files' | 'clock' | 'scheduler' | 'random'>;

/** What is needed to commit what was staged, from any process. It can be kept as JSON. */
export interface StagedToken {
  readonly file: string;
  readonly origin: string;
  readonly bytes: number;
  readonly batches: number;
  readonly records: number;
  readonly crc: number;
}

export interface StagedWriter {
  readonly records: number;
  readonly bytes: number;
  /** The arrays must stay as they are until this settles. Never called twice at once. */
  write(records: readonly LogEntry[]): Promise<void>;
  /** What was written survives a power cut; nobody reads it before its token is committed. */
  seal(): Promise<StagedToken>;
  /** Gives up: nothing of it stays. */
  discard(): Promise<void>;
}

/** A batch of this size fits the caches of a processor: it is summed and taken apart while it is there. */
export const TARGET_BYTES: number = 1 << 18;
/** A transaction stands in one segment, behind whatever is there. */
export const MOST_TRANSACTION_BYTES: number = MOST_SEGMENT_BYTES / 2;

/** Writes one transaction to a file beside the log. The file is made with the first record. */
export class StagedFile implements StagedWriter {
  readonly #world: LogWorld;
  readonly #folder: string;
  readonly #path: string;
  readonly #mostRecordBytes: number;
  readonly #origin: string;
  readonly #buffer = new BatchBuffer();
  #file: OpenFile | undefined;
  #waiting: LogEntry[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #batches = 0;
  #placed = 0;
  #crc = 0;
  #isDone = false;

  constructor(world: LogWorld, folder: string, by: string, n: number, mostRecordBytes: number) {
    this.#world = world;
    this.#folder = folder;
    this.#path = stagedPath(folder, by, n);
    this.#mostRecordBytes = mostRecordBytes;
    this.#origin = newOrigin(world, `${by}/${n}`);
  }

  get records(): number {
    return this.#placed + this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes + this.#waitingBytes;
  }

  async write(records: readonly LogEntry[]): Promise<void> {
    if (this.#isDone) throw closed(this.#path);
    for (const [i, record] of records.entries()) {
      const bytes = recordBytes(record);
      if (bytes > this.#mostRecordBytes) throw recordTooLarge(this.#path, i, bytes, this.#mostRecordBytes);
      if (this.bytes + bytes > MOST_TRANSACTION_BYTES) throw transactionTooLarge(this.#path, this.bytes + bytes, MOST_TRANSACTION_BYTES);
      this.#waiting.push(copyOf(record));
      this.#waitingBytes += bytes;
      if (this.#waitingBytes >= 4 * TARGET_BYTES) await this.#write();
    }
  }

  async seal(): Promise<StagedToken> {
    if (this.#isDone) throw closed(this.#path);
    await this.#write();
    this.#isDone = true;
    const file = this.#file;
    if (file !== undefined) {
      try {
        await file.sync();
      } catch (error) {
        throw this.#explained(error);
      } finally {
        await file.close();
      }
      await this.#world.files.syncFolder(`${this.#folder}/staged`);
    }
    const { file: name, origin } = { file: stagedName(this.#path), origin: this.#origin };
    return { file: name, origin, bytes: this.#bytes, batches: this.#batches, records: this.#placed, crc: this.#crc };
  }

  async discard(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#file === undefined) return;
    await this.#file.close();
    await this.#world.files.remove(this.#path);
  }

  /** What a failed write left is of no use to anybody: nothing of this transaction will be committed. */
  async #write(): Promise<void> {
    try {
      await this.#writeWaiting();
    } catch (error) {
      await this.discard().catch(() => {}); // What went wrong first is what counts; the next start removes it.
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    return isFull(error) ? stagedFull(this.#path, error) : error;
  }

  async #writeWaiting(): Promise<void> {
    const { files, clock } = this.#world;
    const records = this.#waiting;
    if (records.length === 0) return;
    if (this.#file === undefined) {
      await files.makeFolder(`${this.#folder}/staged`);
      this.#file = await files.open(this.#path, 'create');
      await this.#file.write(segmentHeader(0, clock.now()), 0);
      this.#bytes = SEGMENT_HEADER_BYTES;
    }
    this.#buffer.clear();
    for (let from = 0; from < records.length; ) {
      const to = from + batchLength(records, from, TARGET_BYTES);
      const place = { first: this.#placed, ordinal: this.#batches, origin: this.#origin, appendedAt: clock.now(), safe: 0 };
      const { bodyCrc } = this.#buffer.add(records, from, to, place);
      this.#crc = (Math.imul(this.#crc, 31) + bodyCrc) >>> 0;
      this.#batches++;
      this.#placed += to - from;
      from = to;
    }
    await this.#file.write(this.#buffer.written, this.#bytes);
    this.#bytes += this.#buffer.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

/** The caller has his arrays back when `write` settles, and the batch may not be full by then. */
function copyOf(entry: LogEntry): LogEntry {
  if (entry instanceof Uint8Array) return entry.slice();
  const { value, key, headers, time } = entry;
  return { value: value.slice(), key: key?.slice(), headers, ...(time === undefined ? {} : { time }) };
}

/**
 * Names a transaction. Not only by who and which checkpoint: when somebody clears the checkpoints away and keeps the
 * topic, the numbers begin anew, and the new first transaction must not pass for the old one.
 */
function newOrigin({ clock, random }: LogWorld, name: string): string {
  const bytes = new TextEncoder().encode(`${name} ${clock.now()} ${clock.monotonic()}`);
  return hex(stableHash(bytes)) + hex((Math.floor(random.next() * 2 ** 32) | 1) >>> 0);
}
