import { crc32 } from 'node:zlib';
import { crc32c } from '../../base/crc32c.ts';
import { assert } from '../../core/error.ts';
import type { Files, OpenFile } from '../../core/world.ts';
import { grown, HEADER_BYTES, placeAt, positionOf, readHead } from './block.ts';
import { SHARDS } from './key-index.ts';
import type { Segments } from './segments.ts';
import { readWord } from './words.ts';

/**
 * The index as it stood at some place of the log, so that opening reads this and only the log behind:
 *
 *     tables    the slots of each table that holds something, as they are in memory
 *     foot      doubles: 0 where the log ended | 1 stamp | 2 first segment that counts | 3 where the last block begins
 *               4 its checksum | 5 how many segments, then for each table: slots | entries | checksum | where the log
 *               ended when it was written, and for each segment what `Segment` says of it
 *     tail      words: 0 'HRSI' | 4 version | 8 bytes of the foot | 12 checksum of the foot and of the tail before it
 *
 * Checksums of tables are CRC-32 as in zlib, that of the tail is CRC-32C.
 *
 * All numbers are in the order of the machine: on another one the tail is none, and the file counts as damaged.
 *
 * The file is never needed. It is believed when all of it is whole and the log holds the very block it names as the
 * last one; else the log is read from its begin, as if there were none.
 */
export const DUMP_NAME = 'index';
export const PART_NAME = 'index.part';
export const DUMP_MAGIC = 0x49535248;
export const DUMP_VERSION = 2;
export const TAIL_WORDS = 4;
export const FOOT_HEAD = 6;
export const FOOT_TABLE = 4;
export const FOOT_SEGMENT = 6;

/** Small tables go to the disk together. */
const GATHERED_BYTES = 1 << 18;
/** What a checksum is taken of at once: 0.5 ms. */
const PIECE_BYTES = 1 << 20;

/** What the log ends with. */
export interface LogEnd {
  readonly stamp: number;
  /** The first segment that counts. */
  readonly first: number;
  /** Where its last block begins. */
  readonly block: number;
}

/**
 * Writes a dump, table by table. Between two steps the log may grow: each table says what it stands for. In a step
 * nothing may be entered.
 */
export class DumpWriter {
  readonly #file: OpenFile;
  readonly #tables = new Float64Array(SHARDS * FOOT_TABLE);
  #next = 0;
  #written = 0;
  #gathered = new Uint8Array(1 << 12);
  #used = 0;

  private constructor(file: OpenFile) {
    this.#file = file;
  }

  static async begin(files: Files, folder: string): Promise<DumpWriter> {
    return new DumpWriter(await files.open(`${folder}/${PART_NAME}`, 'create'));
  }

  get hasAll(): boolean {
    return this.#next === SHARDS;
  }

  /** Takes so many bytes of tables, and the rest of the last of them. */
  async step(segments: Segments, bytes: number): Promise<void> {
    const end = positionOf(segments.last.number, segments.last.end);
    for (let taken = 0; taken < bytes && this.#next < SHARDS; this.#next++) {
      const count = segments.index.countOf(this.#next);
      const table = segments.index.tableOf(this.#next);
      const at = this.#next * FOOT_TABLE;
      this.#tables[at + 3] = end;
      if (count === 0) continue;
      this.#tables[at] = table.byteLength;
      this.#tables[at + 1] = count;
      this.#tables[at + 2] = await this.#put(new Uint8Array(table.buffer, table.byteOffset, table.byteLength));
      taken += table.byteLength;
    }
  }

  /** Gives the dump its name. Nothing has been entered since the last step. */
  async finish(segments: Segments, { stamp, first, block }: LogEnd, files: Files, folder: string): Promise<void> {
    const end = positionOf(segments.last.number, segments.last.end);
    assert(this.hasAll && this.#tables.at(-1) === end, 'the last table stands for the end of the log');
    const { order } = segments;
    const foot = new Float64Array(FOOT_HEAD + this.#tables.length + order.length * FOOT_SEGMENT);
    foot.set([end, stamp, first, block, checksumAt(segments, block), order.length]);
    foot.set(this.#tables, FOOT_HEAD);
    for (const [i, { number, end: bytes, live, puts, expiring, expirySeconds }] of order.entries())
      foot.set([number, bytes, live, puts, expiring, expirySeconds], FOOT_HEAD + this.#tables.length + i * FOOT_SEGMENT);
    const tail = new Uint32Array([DUMP_MAGIC, DUMP_VERSION, foot.byteLength, 0]);
    tail[3] = checksumOfFoot(foot, tail);
    await this.#put(new Uint8Array(foot.buffer));
    await this.#put(new Uint8Array(tail.buffer));
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    await files.rename(`${folder}/${PART_NAME}`, `${folder}/${DUMP_NAME}`);
    await files.syncFolder(folder);
  }

  async drop(files: Files, folder: string): Promise<void> {
    await this.#file.close().catch(() => {});
    await files.remove(`${folder}/${PART_NAME}`);
  }

  /** Answers the checksum. */
  async #put(bytes: Uint8Array): Promise<number> {
    let sum = 0;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      sum = crc32(piece, sum);
      if (this.#used + piece.length > GATHERED_BYTES) await this.#flush();
      if (piece.length > GATHERED_BYTES) {
        await this.#file.write(piece, this.#written);
        this.#written += piece.length;
      } else {
        const room = this.#used + piece.length;
        if (room > this.#gathered.length) this.#gathered = grown(this.#gathered, this.#used, Math.max(room, this.#gathered.length * 4));
        this.#gathered.set(piece, this.#used);
        this.#used += piece.length;
      }
    }
    return sum;
  }

  async #flush(): Promise<void> {
    await this.#file.write(this.#gathered.subarray(0, this.#used), this.#written);
    this.#written += this.#used;
    this.#used = 0;
  }
}

/** The CRC-32 of zlib, which takes half the time of our CRC-32C: of what is read at a start these are nearly all. */
export function checksumOfTable({ buffer, byteOffset, byteLength }: Uint32Array): number {
  return crc32(new Uint8Array(buffer, byteOffset, byteLength));
}

export function checksumOfFoot(foot: Float64Array, tail: Uint32Array): number {
  const words = new Uint8Array(tail.buffer, tail.byteOffset, (TAIL_WORDS - 1) * 4);
  return crc32c(words, crc32c(new Uint8Array(foot.buffer, foot.byteOffset, foot.byteLength)));
}

/** The checksum in the header of the block that begins here: what tells this log from another. NaN when none begins. */
export function checksumAt(segments: Segments, block: number): number {
  const { segment: number, byte } = placeAt(block);
  const header = new Uint8Array(HEADER_BYTES);
  const segment = segments.order.find((each) => each.number === number);
  const got = segment?.file.readSync(header, byte) ?? 0;
  return got === HEADER_BYTES && readHead(header)?.offset === byte ? readWord(header, 4) : Number.NaN;
}
