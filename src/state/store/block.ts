import { crc32c } from '../../base/crc32c.ts';
import { recordBytes, writeRecord } from './record.ts';
import type { StateChange } from './state-store.ts';
import { readDouble, readHalf, readWord, writeDouble, writeHalf, writeWord } from './words.ts';

/**
 * A transaction is one block or several, one behind the other in one segment:
 *
 *     header    0 'HRSB' | 4 checksum of what follows in the header, and of the directory | 8 version | 12 segment
 *               16 where the block stands | 20 which block of the transaction | 24 stamp, as a double
 *               32 first segment that still counts | 36 entries | 40 bytes of records | 44 1 in the last block, else 0
 *     records   each with a checksum of its own
 *     directory for each entry: 0 hash | 4 segment and 8 offset of the record it replaces, 0 for none
 *               12 bytes of its record, 0 when the entry is taken away | 16 space | 18 group | 20 expiry in seconds, 0 for none
 *
 * The directory names what a record replaces, so that opening the store reads directories alone and never a key. Who
 * reads a block from another place than it was written for finds that out.
 */
export const HEADER_BYTES = 48;
export const ENTRY_BYTES = 24;
export const VERSION = 1;
const MAGIC = 0x42535248;
/** So far a block is filled: some five hundred records, which take 1 ms to gather, while nothing else runs. */
const BLOCK_BYTES = 1 << 16;
const BLOCK_ENTRIES = 512;

export interface BlockHead {
  readonly version: number;
  readonly segment: number;
  readonly offset: number;
  /** Counted from 0 in its transaction. */
  readonly number: number;
  readonly stamp: number;
  /** Segments before this one do not count any more. */
  readonly first: number;
  readonly entries: number;
  readonly recordBytes: number;
  readonly isLast: boolean;
}

/** A block without its records: enough to enter it into the index. */
export interface Block extends BlockHead {
  readonly directory: Uint8Array;
}

export interface DirectoryEntry {
  readonly hash: number;
  /** Segment 0 when it replaces nothing. */
  readonly replaces: { readonly segment: number; readonly offset: number };
  readonly bytes: number;
  readonly space: number;
  readonly group: number;
  readonly expirySeconds: number;
}

/** A byte of the log as one number, larger further behind. */
export function positionOf(segment: number, byte: number): number {
  return segment * 2 ** 32 + byte;
}

export function placeAt(position: number): { readonly segment: number; readonly byte: number } {
  const segment = Math.floor(position / 2 ** 32);
  return { segment, byte: position - segment * 2 ** 32 };
}

export function blockBytes({ recordBytes, entries }: Pick<BlockHead, 'recordBytes' | 'entries'>): number {
  return HEADER_BYTES + recordBytes + entries * ENTRY_BYTES;
}

/** What the header says, before its checksum is looked at; undefined when no block can begin like this. */
export function readHead(bytes: Uint8Array): BlockHead | undefined {
  if (bytes.length < HEADER_BYTES || readWord(bytes, 0) !== MAGIC) return undefined;
  return {
    version: readWord(bytes, 8),
    segment: readWord(bytes, 12),
    offset: readWord(bytes, 16),
    number: readWord(bytes, 20),
    stamp: readDouble(bytes, 24),
    first: readWord(bytes, 32),
    entries: readWord(bytes, 36),
    recordBytes: readWord(bytes, 40),
    isLast: readWord(bytes, 44) === 1,
  };
}

export function isWhole(header: Uint8Array, directory: Uint8Array): boolean {
  return crc32c(directory, crc32c(header.subarray(8, HEADER_BYTES))) === readWord(header, 4);
}

export function entryAt(directory: Uint8Array, number: number): DirectoryEntry {
  const at = number * ENTRY_BYTES;
  return {
    hash: readWord(directory, at),
    replaces: { segment: readWord(directory, at + 4), offset: readWord(directory, at + 8) },
    bytes: readWord(directory, at + 12),
    space: readHalf(directory, at + 16),
    group: readHalf(directory, at + 18),
    expirySeconds: readWord(directory, at + 20),
  };
}

function secondsOf(expires: number | undefined): number {
  return expires === undefined ? 0 : Math.min(Math.max(Math.ceil(expires / 1000), 1), 0xffffffff);
}

/** Gathers one block after the other in the same memory. */
export class BlockWriter {
  #bytes = new Uint8Array(1 << 12);
  #used = HEADER_BYTES;
  #directory = new Uint8Array(64 * ENTRY_BYTES);
  #entries = 0;

  /** Nothing more should go in, or not so many entries, of which none is more than a block can hold. */
  isFullFor(entries: number): boolean {
    return this.#entries + entries > BLOCK_ENTRIES || this.#used >= BLOCK_BYTES;
  }

  /** Where the next record will stand, from the begin of the block. */
  get used(): number {
    return this.#used;
  }

  put(change: StateChange, value: Uint8Array, hash: number, replaces: DirectoryEntry['replaces']): number {
    const bytes = recordBytes(change, value);
    this.#reserve(bytes);
    this.#used = writeRecord(this.#bytes, this.#used, change, value);
    this.#enter({ hash, replaces, bytes, space: change.space, group: change.group, expirySeconds: secondsOf(change.expires) });
    return bytes;
  }

  /** A record as it is. */
  copy(record: Uint8Array, entry: DirectoryEntry): void {
    this.#reserve(record.length);
    this.#bytes.set(record, this.#used);
    this.#used += record.length;
    this.#enter(entry);
  }

  remove(entry: Omit<DirectoryEntry, 'bytes' | 'expirySeconds'>): void {
    this.#enter({ ...entry, bytes: 0, expirySeconds: 0 });
  }

  /** The block, and its bytes, which are good until the next call. */
  take(head: Pick<Block, 'segment' | 'offset' | 'number' | 'stamp' | 'first' | 'isLast'>): { block: Block; bytes: Uint8Array } {
    const directory = this.#directory.slice(0, this.#entries * ENTRY_BYTES);
    const block: Block = { ...head, version: VERSION, entries: this.#entries, recordBytes: this.#used - HEADER_BYTES, directory };
    this.#reserve(directory.length);
    this.#bytes.set(directory, this.#used);
    writeHead(this.#bytes, block);
    const bytes = this.#bytes.subarray(0, this.#used + directory.length);
    this.drop();
    return { block, bytes };
  }

  drop(): void {
    this.#used = HEADER_BYTES;
    this.#entries = 0;
  }

  #enter({ hash, replaces, bytes, space, group, expirySeconds }: DirectoryEntry): void {
    const at = this.#entries++ * ENTRY_BYTES;
    if (at === this.#directory.length) this.#directory = grown(this.#directory, at, at * 2);
    writeWord(this.#directory, at, hash);
    writeWord(this.#directory, at + 4, replaces.segment);
    writeWord(this.#directory, at + 8, replaces.offset);
    writeWord(this.#directory, at + 12, bytes);
    writeHalf(this.#directory, at + 16, space);
    writeHalf(this.#directory, at + 18, group);
    writeWord(this.#directory, at + 20, expirySeconds);
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    this.#bytes = grown(this.#bytes, this.#used, Math.max(this.#used + bytes, this.#bytes.length * 2));
  }
}

export function grown(bytes: Uint8Array, used: number, room: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(room);
  larger.set(bytes.subarray(0, used));
  return larger;
}

function writeHead(bytes: Uint8Array, block: Block): void {
  writeWord(bytes, 0, MAGIC);
  writeWord(bytes, 8, block.version);
  writeWord(bytes, 12, block.segment);
  writeWord(bytes, 16, block.offset);
  writeWord(bytes, 20, block.number);
  writeDouble(bytes, 24, block.stamp);
  writeWord(bytes, 32, block.first);
  writeWord(bytes, 36, block.entries);
  writeWord(bytes, 40, block.recordBytes);
  writeWord(bytes, 44, block.isLast ? 1 : 0);
  writeWord(bytes, 4, crc32c(block.directory, crc32c(bytes.subarray(8, HEADER_BYTES))));
}
