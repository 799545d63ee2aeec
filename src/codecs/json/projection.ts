import type { BlockAnswer, BlockMark, BlockOpening, PartReader } from '../../core/format.ts';
import type { RefusedRecord } from '../../core/source.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { type Cell, readCell, WrongCell } from './cells.ts';
import { fastLines, type FastLines } from './fast-lines.ts';
import { AREA_PADDING, LineArea, type LongLine } from './line-area.ts';
import { LineWalker } from './line-walker.ts';
import type { WantedNode } from './member-paths.ts';
import { brokenLine, KEPT_OF_LONG, longLine, noObject, wrongCell } from './refusals.ts';
import { type DictionaryBound, plainStore, type RowStore } from './row-store.ts';

const LF = 10;
const CR = 13;
const OPEN_BRACE = 123;
/** A line that fits is read where it stands; a longer one is put together and read byte by byte. */
const AREA_BYTES = 256 * 1024;
/** A chunk of the runtime. */
const ROWS = 1024;

export interface Projection {
  readonly specs: readonly ColumnSpec[];
  readonly root: WantedNode;
  readonly depth: number;
  readonly dictionary: DictionaryBound;
  /** Only the plain code, as where WebAssembly is missing. */
  readonly isPlain?: boolean;
  /** How much is looked at at once; a line that is longer is put together elsewhere. */
  readonly areaBytes?: number;
  /** How many rows an answer has at most. */
  readonly rows?: number;
}

/**
 * Reads the wanted members of JSON lines. Regular lines are read by the fast code, many at once; whatever it does not take
 * (an odd line, a wrong one, a very long one) is read byte by byte by the walker, which decides.
 */
export class ProjectionReader<T> implements PartReader<T> {
  readonly #wish: Projection;
  readonly #where: string;
  readonly #recordBytes: number;
  readonly #names: readonly string[];
  readonly #lines: LineArea;
  readonly #fast: FastLines | undefined;
  readonly #store: RowStore;
  readonly #walker: LineWalker;
  readonly #capacity: number;
  readonly #cells: Cell[];
  #rows = 0;
  #refused: RefusedRecord[] = [];
  /** Line ends before the first byte that was not told. */
  #line: number;
  #mark: BlockMark;
  #mayHaveMark: boolean;

  constructor(wish: Projection, { where, recordBytes, from }: BlockOpening) {
    this.#wish = wish;
    this.#where = where;
    this.#recordBytes = recordBytes;
    this.#names = wish.specs.map((spec) => spec.name);
    const { areaBytes = AREA_BYTES, rows = ROWS } = wish;
    this.#cells = wish.specs.map(() => null);
    this.#capacity = rows;
    this.#fast = wish.isPlain ? undefined : fastLines({ ...wish, areaBytes, rows, recordBytes });
    this.#store = this.#fast?.store ?? plainStore(wish.specs, rows, wish.dictionary);
    const area = this.#fast?.area() ?? Buffer.alloc(areaBytes + AREA_PADDING);
    this.#lines = new LineArea(area, from?.byte ?? 0, recordBytes + MARK_BYTES, KEPT_OF_LONG + MARK_BYTES);
    this.#walker = new LineWalker(wish.root, wish.specs.length, wish.depth);
    this.#line = from === undefined ? 0 : Number(from.state);
    this.#mark = from ?? { byte: 0, state: '0' };
    this.#mayHaveMark = (from?.byte ?? 0) === 0;
  }

  get place(): BlockMark {
    return { byte: this.#lines.base + this.#lines.from, state: String(this.#line) };
  }

  goTo(mark: BlockMark): void {
    this.#lines.begin(mark.byte);
    this.#line = Number(mark.state);
    this.#mark = mark;
    this.#mayHaveMark = mark.byte === 0;
  }

  feed(bytes: Uint8Array): void {
    this.#lines.feed(bytes);
  }

  end(): void {
    this.#lines.end();
  }

  next(limit: number): BlockAnswer<T> | undefined {
    const most = Math.min(limit, this.#capacity);
    this.#rows = 0;
    this.#refused = [];
    const lines = this.#lines;
    do {
      const long = lines.takeLong();
      if (long !== undefined) this.#readLong(long);
      while (lines.from < lines.whole && this.#rows + this.#refused.length < most) {
        if (this.#mayHaveMark) this.#passMark();
        if (this.#fast !== undefined) this.#readFast(this.#fast, most - this.#refused.length);
        if (lines.from < lines.whole && this.#rows + this.#refused.length < most) this.#readOne();
      }
      if (this.#rows > 0 || this.#refused.length > 0) return this.#answer();
    } while (lines.refill());
    return undefined;
  }

  #answer(): BlockAnswer<T> {
    return {
      columns: { length: this.#rows, names: this.#names, columns: this.#store.take(this.#rows) },
      at: this.#store.takeAts(this.#rows),
      refused: this.#refused.length === 0 ? undefined : this.#refused,
      mark: this.#mark,
    };
  }

  /** A byte order mark at the very beginning of a file. */
  #passMark(): void {
    this.#mayHaveMark = false;
    if (isMark(this.#lines.area, this.#lines.from)) this.#lines.from += 3;
  }

  #readFast(fast: FastLines, most: number): void {
    const lines = this.#lines;
    fast.read(lines, this.#rows, most);
    // The area moves when the memory of the fast code grows.
    lines.area = fast.area();
    if (fast.rows > this.#rows) this.#told(fast.toldAt, this.#line + fast.toldLines);
    this.#rows = fast.rows;
    this.#line += fast.lines;
    lines.from = fast.at;
  }

  /** One line of the area, by the walker. */
  #readOne(): void {
    const lines = this.#lines;
    const lf = lines.area.indexOf(LF, lines.from);
    const to = lf > lines.from && lines.area[lf - 1] === CR ? lf - 1 : lf;
    const from = lines.from;
    const line = this.#line;
    lines.from = lf + 1;
    this.#line++;
    if (to === from) return;
    this.#readLine(lines.area, from, to, lines.base + from, line);
    this.#told(lines.from, this.#line);
  }

  #readLong(long: LongLine): void {
    const { kept, bytes, hasEnd } = long;
    const { base } = this.#lines;
    const from = this.#mayHaveMark && isMark(kept, 0) ? 3 : 0;
    this.#mayHaveMark = false;
    // Of a line that was cut it does not matter how it ends.
    const to = kept.length === bytes && kept[bytes - 1] === CR ? bytes - 1 : bytes;
    this.#readLine(kept, from, to, base + from, this.#line);
    if (hasEnd) this.#line++;
    this.#lines.passLong(long);
    this.#mark = { byte: this.#lines.base, state: String(this.#line) };
  }

  /** `to` is behind the last byte of the area that was told. */
  #told(to: number, line: number): void {
    const lines = this.#lines;
    const isBeyond = lines.isUnended && to === lines.whole;
    this.#mark = { byte: lines.base + to - (isBeyond ? 1 : 0), state: String(isBeyond ? line - 1 : line) };
  }

  #readLine(bytes: Buffer, from: number, to: number, position: number, line: number): void {
    if (to - from > this.#recordBytes) {
      const beginning = bytes.subarray(from, Math.min(to, from + KEPT_OF_LONG));
      const error = longLine(this.#where, this.#place(line, position), this.#recordBytes);
      this.#refuse(position, error, beginning, beginning.length < to - from);
      return;
    }
    const walker = this.#walker;
    if (!walker.walk(bytes, from, to)) {
      const at = position + walker.faultAt - from;
      this.#refuse(position, brokenLine(this.#where, this.#place(line, at), walker.fault), bytes.subarray(from, to));
      return;
    }
    if (bytes[walker.rootAt] !== OPEN_BRACE) {
      this.#refuse(position, noObject(this.#where, this.#place(line, position)), bytes.subarray(from, to));
      return;
    }
    for (let column = 0; column < this.#wish.specs.length; column++) {
      const spec = this.#wish.specs[column]!;
      const start = walker.starts[column]!;
      const cell = readCell(spec, bytes, start, walker.ends[column]!);
      if (cell instanceof WrongCell) {
        const at = position + (start < 0 ? 0 : start - from);
        this.#refuse(position, wrongCell(this.#where, this.#place(line, at), spec, cell), bytes.subarray(from, to));
        return;
      }
      this.#cells[column] = cell;
    }
    // Only now: the memory of the fast code may grow by it, and the bytes of the line move.
    for (let column = 0; column < this.#cells.length; column++) this.#store.put(this.#rows, column, this.#cells[column]!);
    if (this.#fast !== undefined) this.#lines.area = this.#fast.area();
    this.#store.putAt(this.#rows++, position);
  }

  #refuse(position: number, error: RefusedRecord['error'], bytes: Uint8Array, isCut = false): void {
    this.#refused.push({ before: this.#rows, position, error, bytes: new Uint8Array(bytes), isCut: isCut ? true : undefined });
  }

  #place(line: number, at: number): string {
    return `line ${line + 1}, byte ${at}`;
  }
}

const MARK_BYTES = 3;

function isMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
}
