import { crc32 } from 'node:zlib';
import { isHeadraceError } from '../../core/error.ts';
import type { PageFile } from '../../core/format.ts';
import { broken, type Spot } from './errors.ts';
import type { ColumnChunk } from './groups.ts';
import { type PageHeader, readPageHeader } from './page-header.ts';
import { Holding, type PieceBudget } from './piece-budget.ts';

/** Headers are some 30 bytes; with the bounds of long strings in them they may be longer. */
const LIKELY_HEADER = 4096;
const MOST_HEADER = 1024 * 1024;

export interface WalkOptions {
  readonly file: PageFile;
  readonly chunk: ColumnChunk;
  readonly spot: Spot;
  readonly budget: PieceBudget;
  /** How much is read at once, where a page does not want more. */
  readonly windowBytes: number;
}

/** Goes through the pages of one column of one row group, front to back; of pages passed over only the headers are read. */
export class PageWalk {
  readonly #options: WalkOptions;
  readonly #holding: Holding;
  /** Bytes of the file from `#from` on. */
  #window: Uint8Array = new Uint8Array();
  #from: number;
  #at: number;
  #header: PageHeader | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#holding = new Holding(options.budget);
    this.#from = this.#at = options.chunk.begin;
  }

  /** Where the next header or body begins. */
  get spot(): Spot {
    return { ...this.#options.spot, byte: this.#at };
  }

  /** The header of the page that follows; undefined behind the last. A body nobody asked for is passed over. */
  async next(): Promise<PageHeader | undefined> {
    if (this.#header !== undefined) this.#at += this.#header.packedBytes;
    this.#header = undefined;
    const left = this.#options.chunk.end - this.#at;
    if (left === 0) return undefined;
    const header = await this.#readHeader(left);
    this.#at += header.headerBytes;
    if (header.packedBytes > this.#options.chunk.end - this.#at)
      throw broken(this.spot, `a page of ${header.packedBytes} bytes goes beyond the end of its column`);
    this.#header = header;
    return header;
  }

  /** The packed bytes of the page whose header was read last. */
  async body(header: PageHeader): Promise<Uint8Array> {
    await this.#fill(header.packedBytes);
    const start = this.#at - this.#from;
    const body = this.#window.subarray(start, start + header.packedBytes);
    if (header.crc !== undefined && crc32(body) !== header.crc) throw broken(this.spot, 'the checksum of a page is wrong');
    return body;
  }

  close(): void {
    this.#window = new Uint8Array();
    this.#holding.release();
  }

  async #readHeader(left: number): Promise<PageHeader> {
    for (let wanted = Math.min(left, LIKELY_HEADER); ; wanted = Math.min(left, MOST_HEADER)) {
      await this.#fill(wanted);
      try {
        return readPageHeader(this.#window.subarray(this.#at - this.#from, this.#options.chunk.end - this.#from), this.spot);
      } catch (error) {
        if (!isHeadraceError(error) || wanted === left || wanted === MOST_HEADER) throw error;
      }
    }
  }

  /** Makes sure of so many bytes from here on. */
  async #fill(count: number): Promise<void> {
    const { file, chunk, windowBytes } = this.#options;
    const start = this.#at - this.#from;
    const has = Math.max(0, this.#window.length - start);
    if (has >= count) return;
    const length = Math.min(chunk.end - this.#at, Math.max(count, windowBytes));
    const rest = this.#window.subarray(start);
    this.#holding.release();
    this.#holding.take(length, 'the pages of a column', this.spot);
    const read = await file.read(this.#at + has, length - has);
    if (has === 0) this.#window = read;
    else {
      const window = new Uint8Array(length);
      window.set(rest);
      window.set(read, has);
      this.#window = window;
    }
    this.#from = this.#at;
  }
}
