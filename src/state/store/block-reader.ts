import type { OpenFile } from '../../core/world.ts';
import { type Block, type BlockHead, blockBytes, ENTRY_BYTES, entryAt, HEADER_BYTES, isWhole, readHead, VERSION } from './block.ts';
import { tooNew } from './store-errors.ts';

export interface Extent {
  readonly path: string;
  readonly number: number;
  /** Where a block begins, to start with. */
  readonly from?: number;
  /** How many bytes the segment has. */
  readonly end: number;
}

const SEARCH_BYTES = 1 << 20;

/** Reads the blocks of a segment without their records: one read for the directory of a block and the header of the next. */
export class BlockReader {
  /** Where the next block begins, or where none can be read. */
  position: number;
  readonly end: number;
  readonly #file: OpenFile;
  readonly #extent: Extent;
  #header: Uint8Array | undefined;
  #buffer = new Uint8Array(1 << 15);

  constructor(file: OpenFile, extent: Extent) {
    this.#file = file;
    this.#extent = extent;
    this.position = extent.from ?? 0;
    this.end = extent.end;
  }

  static recordsOf(block: Block): number {
    return block.offset + HEADER_BYTES;
  }

  static *lengthsOf(block: Block): Iterable<number> {
    for (let i = 0; i < block.entries; i++) yield entryAt(block.directory, i).bytes;
  }

  /** Undefined at the end, and where no whole block stands. */
  async next(): Promise<Block | undefined> {
    const header = this.#header ?? (await this.#read(this.position, HEADER_BYTES)).slice();
    this.#header = undefined;
    const head = headAt(header, this.position, this.#extent);
    if (head === undefined) return undefined;
    const directoryBytes = head.entries * ENTRY_BYTES;
    const tail = await this.#read(this.position + HEADER_BYTES + head.recordBytes, directoryBytes + HEADER_BYTES);
    const directory = tail.slice(0, directoryBytes);
    if (directory.length < directoryBytes || !isWhole(header, directory)) return undefined;
    if (head.version > VERSION) throw tooNew(this.#extent.path, head.version);
    this.#header = tail.slice(directoryBytes);
    this.position += blockBytes(head);
    return { ...head, directory };
  }

  async #read(from: number, bytes: number): Promise<Uint8Array> {
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
    const got = await this.#file.read(this.#buffer.subarray(0, bytes), from);
    return this.#buffer.subarray(0, got);
  }
}

/** Where, from a byte on, the first block of a transaction begins; undefined when none does. Reads every byte. */
export async function findStart(file: OpenFile, extent: Extent, from: number): Promise<number | undefined> {
  const bytes = new Uint8Array(SEARCH_BYTES);
  for (let at = from; at + HEADER_BYTES <= extent.end; at += SEARCH_BYTES - HEADER_BYTES + 1) {
    const got = await file.read(bytes, at);
    for (let i = bytes.indexOf(0x48); i >= 0 && i + HEADER_BYTES <= got; i = bytes.indexOf(0x48, i + 1)) {
      const header = bytes.subarray(i, i + HEADER_BYTES);
      const head = headAt(header, at + i, extent);
      if (head === undefined || head.number !== 0) continue;
      const directory = new Uint8Array(head.entries * ENTRY_BYTES);
      await file.read(directory, at + i + HEADER_BYTES + head.recordBytes);
      if (isWhole(header, directory)) return at + i;
    }
  }
  return undefined;
}

/** What a block's header says if it can be one of this place. */
function headAt(header: Uint8Array, offset: number, { number, end }: Extent): BlockHead | undefined {
  const head = readHead(header);
  return head !== undefined && head.segment === number && head.offset === offset && offset + blockBytes(head) <= end ? head : undefined;
}
