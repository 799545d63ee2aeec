import type { BlockAnswer, BlockMark, PartReader } from '../../core/format.ts';
import type { OpenFile } from '../../core/world.ts';
import { type QuotedBytes, quotedBytes } from './threads-quotes.ts';

/** What is read behind the end of a stretch for its last record, first. */
const BEHIND_BYTES = 4096;

interface StretchOptions<T> {
  /** How much is read at once. */
  readonly blockBytes: number;
  open(from: BlockMark | undefined): PartReader<T>;
  explain(error: unknown): unknown;
}

/** Reads stretches of a file here, in the main thread, with one reader. */
export class Stretches<T> {
  readonly #file: OpenFile;
  readonly #open: (from: BlockMark | undefined) => PartReader<T>;
  readonly #explain: (error: unknown) => unknown;
  #reader: PartReader<T> | undefined;
  /** What is behind the last byte fed, and up to where it is read: to the first record that begins there or later. */
  #fed = 0;
  #until = 0;
  #behind = BEHIND_BYTES;
  readonly #blockBytes: number;
  /** Two blocks, in turn: a reader is done with the one before when it is fed the next. */
  readonly #blocks: QuotedBytes[] = [];
  #block = 0;
  #isEnd = false;
  #isOver = false;

  constructor(file: OpenFile, { blockBytes, open, explain }: StretchOptions<T>) {
    this.#file = file;
    this.#blockBytes = blockBytes;
    this.#open = open;
    this.#explain = explain;
  }

  /** The file was read to its end, and all of it told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Behind all that was looked at; undefined in the midst of something. */
  get place(): BlockMark | undefined {
    return this.#reader?.place;
  }

  /** Goes on at `from`, at the beginning of the file where it is undefined. */
  begin(from: BlockMark | undefined, until: number): void {
    if (this.#reader === undefined || from === undefined) this.#reader = this.#open(from);
    else this.#reader.goTo(from);
    this.#fed = from?.byte ?? 0;
    this.#until = until;
    this.#behind = BEHIND_BYTES;
    this.#isEnd = false;
  }

  /** The next records; 'done' behind the last of the stretch, and undefined where bytes are wanted. */
  next(limit: number): BlockAnswer<T> | 'done' | undefined {
    const reader = this.#reader!;
    const isBehind = this.#fed >= this.#until;
    if (isBehind && this.#isThere()) return 'done';
    // Behind the end not one record more than needed.
    const answer = reader.next(this.#fed > this.#until ? 1 : limit);
    if (answer !== undefined) return answer;
    this.#isOver = this.#isEnd;
    return this.#isEnd || (isBehind && this.#isThere()) ? 'done' : undefined;
  }

  #isThere(): boolean {
    const { place } = this.#reader!;
    return place !== undefined && place.byte >= this.#until;
  }

  /** Reads the next bytes, which may be all of the stretch; answers whether an odd number of them are quotes. */
  async fill(quote: number): Promise<boolean> {
    const wanted = Math.min(this.#blockBytes, this.#until - this.#fed);
    const room = wanted > 0 ? wanted : this.#behind;
    if (wanted <= 0) this.#behind = Math.min(Math.max(this.#blockBytes, BEHIND_BYTES), this.#behind * 2);
    const block = this.#room(room);
    let length: number;
    try {
      length = await this.#file.read(block.bytes.subarray(0, room), this.#fed);
    } catch (error) {
      throw this.#explain(error);
    }
    this.#fed += length;
    if (length > 0) this.#reader!.feed(new Uint8Array(block.bytes.buffer, block.bytes.byteOffset, length));
    else {
      this.#isEnd = true;
      this.#reader!.end();
    }
    return quote >= 0 && block.isOdd(0, length, quote);
  }

  #room(bytes: number): QuotedBytes {
    this.#block ^= 1;
    const block = this.#blocks[this.#block];
    if (block !== undefined && block.bytes.length >= bytes) return block;
    return (this.#blocks[this.#block] = quotedBytes(bytes));
  }
}
