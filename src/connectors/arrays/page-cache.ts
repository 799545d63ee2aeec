import type { ByteOrder, Elements, ElementKind } from '../../codecs/arrays/dtype.ts';
import type { ArrayFile } from './array-file.ts';

export interface PageCacheOptions {
  readonly kind: ElementKind;
  readonly order: ByteOrder;
  /** The byte of the file at which the elements begin, and how many there are. */
  readonly from: number;
  readonly length: number;
  readonly pageBytes: number;
  readonly cacheBytes: number;
}

/** The most pages that are read at once. */
const LONGEST = 8;

/**
 * Pages of a file in one piece of memory that never grows. It is made of frames, each of which holds a page; when all
 * are taken a hand goes round over them, as that of a clock: a page that was used since the hand came by last is spared
 * once, the first one that was not gives up its frame. That is close to giving up the one that was unused for longest,
 * and a hit costs the setting of one byte.
 *
 * A page comes in when it is touched for the second time, or behind the page that came in last. What is touched once is
 * read by itself: of rows of 512 bytes, drawn at random from a file eight times the memory, one costs 4 µs so, and 8 when
 * each brings its 64 KiB along. A walk through neighbours brings in two pages at a time, then four and eight: that costs a
 * copy, and a file that the system does not have in memory is read four times as
 * fast (a walk over 512 MB: 1.2 s in place of 4.8).
 *
 * Invariant: `#frameOf` has exactly the pages that stand in frames, so a page that could not be read is in none.
 */
export class PageCache {
  /** The elements of all frames, in the order of this machine. */
  readonly elements: Elements;
  readonly pageLength: number;
  readonly #file: ArrayFile;
  readonly #options: PageCacheOptions;
  readonly #bytes: Uint8Array;
  readonly #frameOf = new Map<number, number>();
  readonly #pageIn: Float64Array;
  readonly #isUsed: Uint8Array;
  readonly #pages: number;
  /** What is read ahead; the most pages of it, and how many the last ones were. */
  #run: Uint8Array = new Uint8Array(0);
  readonly #longest: number;
  #walked = 1;
  #hand = 0;
  #taken = 0;
  /** -2: page 0 follows nothing. */
  #lastLoaded = -2;
  /** Pages that were touched once, each where its number says: a later one takes the place of an earlier one. */
  readonly #touched: Float64Array;
  /** The page that was asked for last: neighbours mostly lie in it. */
  #lastPage = -1;
  #lastFrame = 0;

  constructor(file: ArrayFile, options: PageCacheOptions) {
    const { kind, length, pageBytes, cacheBytes } = options;
    this.#file = file;
    this.#options = options;
    this.pageLength = pageBytes / kind.bytes;
    this.#pages = Math.ceil(length / this.pageLength);
    const most = Math.max(1, Math.floor(cacheBytes / pageBytes));
    // What is read ahead passes through memory of its own, which is taken from that of the frames where there are many.
    this.#longest = Math.min(LONGEST, Math.floor(Math.min(most, this.#pages) / 8));
    const frames = Math.max(1, Math.min(this.#longest > 1 ? most - this.#longest : most, this.#pages));
    if (this.#longest > 1) this.#run = new Uint8Array(this.#longest * pageBytes);
    // The system gives memory to what has been written to, so a cache that is never filled takes no more than its pages.
    const memory = new ArrayBuffer(frames * pageBytes);
    this.#bytes = new Uint8Array(memory);
    this.elements = new kind.stored(memory, 0, frames * this.pageLength);
    this.#pageIn = new Float64Array(frames).fill(-1);
    this.#isUsed = new Uint8Array(frames);
    this.#touched = new Float64Array(frames).fill(-1);
  }

  /** All memory it has taken. */
  get bytes(): number {
    return this.#bytes.length + this.#run.length;
  }

  /** Pages that stand in memory. */
  get pages(): number {
    return this.#frameOf.size;
  }

  /** Where in `elements` the element of the file stands, until the next call; -1 where its page is not worth the memory. */
  find(element: number): number {
    const page = Math.floor(element / this.pageLength);
    const frame = page === this.#lastPage ? this.#lastFrame : this.#frame(page);
    return frame < 0 ? -1 : frame * this.pageLength + (element - page * this.pageLength);
  }

  #frame(page: number): number {
    const frame = this.#frameOf.get(page) ?? (this.#isWorthIt(page) ? this.#load(page) : -1);
    if (frame < 0) return -1;
    this.#isUsed[frame] = 1;
    this.#lastPage = page;
    this.#lastFrame = frame;
    return frame;
  }

  #isWorthIt(page: number): boolean {
    const place = page % this.#touched.length;
    if (page === this.#lastLoaded + 1 || this.#touched[place] === page) return true;
    this.#touched[place] = page;
    return false;
  }

  #load(page: number): number {
    const { pageBytes } = this.#options;
    const count = this.#countFrom(page);
    if (count === 1) {
      const frame = this.#free();
      this.#fill(this.#bytes.subarray(frame * pageBytes), page, 1);
      return this.#put(page, frame);
    }
    this.#fill(this.#run, page, count);
    const [first] = Array.from({ length: count }, (_, i) => {
      const frame = this.#free();
      this.#bytes.set(this.#run.subarray(i * pageBytes, (i + 1) * pageBytes), frame * pageBytes);
      this.#isUsed[frame] = 1; // The hand must not take it for the next one of the run.
      return this.#put(page + i, frame);
    });
    return first!;
  }

  /** How many pages to bring in: more with each one that follows the last, up to one that is there already. */
  #countFrom(page: number): number {
    this.#walked = page === this.#lastLoaded + 1 ? Math.min(this.#walked * 2, this.#longest) : 1;
    let count = 1;
    while (count < this.#walked && page + count < this.#pages && !this.#frameOf.has(page + count)) count++;
    return count;
  }

  #fill(into: Uint8Array, page: number, count: number): void {
    const { kind, order, from, length } = this.#options;
    const first = page * this.pageLength;
    const bytes = Math.min(count * this.pageLength, length - first) * kind.bytes;
    this.#file.fillElements(into.subarray(0, bytes), from + first * kind.bytes, order, kind.bytes);
  }

  #put(page: number, frame: number): number {
    this.#frameOf.set(page, frame);
    this.#pageIn[frame] = page;
    this.#lastLoaded = page;
    return frame;
  }

  /** A frame that holds no page. */
  #free(): number {
    const frames = this.#isUsed.length;
    if (this.#taken < frames) return this.#taken++;
    for (; this.#isUsed[this.#hand] === 1; this.#hand = (this.#hand + 1) % frames) this.#isUsed[this.#hand] = 0;
    const frame = this.#hand;
    this.#hand = (frame + 1) % frames;
    this.#frameOf.delete(this.#pageIn[frame]!);
    this.#pageIn[frame] = -1;
    this.#lastPage = -1;
    return frame;
  }
}
