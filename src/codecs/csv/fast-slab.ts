import { CSV_WASM } from '../wasm/csv-wasm.ts';
import { WASM_BASE, wasmInstance } from '../wasm/host.ts';
import { WasmSpace } from '../wasm/space.ts';
import type { ByteWindow } from './byte-window.ts';
import type { CsvExports } from './csv-exports.ts';
import { type Dialect, LF } from './dialect.ts';
import type { PlainRows } from './plain-rows.ts';

/** How many bytes are looked at at once, and how many places and rows they may have: what has more is taken in pieces. */
export const SLAB_BYTES = 131_072;
const ENTRIES = 32_768;
const SLAB_ROWS = 8192;
/** Rows with more places are read one by one. */
const MOST_FIELDS = 4096;
/** A row that the scan has not cut. */
const ODD = 0xffff_ffff;
const MOST_TEXT = 0x7fff_ffff;

const AT_END = 0;
const IS_FULL = 1;
const AT_ODD_QUOTE = 2;
const AT_COMMENT = 3;

/** A copy of the next bytes, in which the rows and the ends of their places are known. */
export class FastSlab {
  readonly exports: CsvExports;
  readonly space: WasmSpace;
  readonly #dialect: Dialect;
  readonly #fields: number;
  readonly #longest: number;
  readonly #plain: PlainRows;
  readonly #results: number;
  readonly buf: number;
  readonly idx: number;
  readonly #good: number;
  readonly #odd: number;
  /** The byte of the file that its first byte is, and how many it has. */
  base = 0;
  length = 0;
  /** How many rows were found, and how many of them were taken. */
  rows = 0;
  taken = 0;
  #odds = 0;
  #oddsTaken = 0;

  private constructor(exports: CsvExports, space: WasmSpace, dialect: Dialect, fields: number, longest: number, plain: PlainRows) {
    this.exports = exports;
    this.space = space;
    this.#dialect = dialect;
    this.#fields = fields;
    this.#longest = Math.min(longest, MOST_TEXT);
    this.#plain = plain;
    this.#results = exports.results() >> 2;
    exports.configure(dialect.trims, dialect.separator, dialect.decimal, dialect.thousands);
    this.buf = space.take(SLAB_BYTES + 64);
    this.idx = space.take(ENTRIES * 4);
    this.#good = space.take(SLAB_ROWS * 4);
    this.#odd = space.take(SLAB_ROWS * 12);
  }

  static open(dialect: Dialect, fields: number, longest: number, plain: PlainRows): FastSlab | undefined {
    const instance = fields > MOST_FIELDS ? undefined : wasmInstance<CsvExports>(CSV_WASM, WASM_BASE);
    return instance && new FastSlab(instance.exports, new WasmSpace(instance.memory), dialect, fields, longest, plain);
  }

  result(word: number): number {
    return this.space.words[this.#results + word]!;
  }

  /** The address from which the rows that are not taken yet are told. */
  get good(): number {
    return this.#good + this.taken * 4;
  }

  /** Rows that were found and not taken are not asked for any more. */
  forget(): void {
    this.rows = this.taken = this.length = 0;
  }

  /** Takes the unread bytes of a window, as many as have room, and finds their rows. */
  fill(window: ByteWindow, isEnd: boolean): void {
    const { bytes } = this.space;
    const room = SLAB_BYTES - 1;
    const count = Math.min(window.to - window.from, room);
    bytes.set(window.bytes.subarray(window.from, window.from + count), this.buf);
    this.base = window.position;
    this.length = count;
    // The last line need not have an end: it is given one.
    if (isEnd && window.from + count === window.to && bytes[this.buf + count - 1] !== LF) bytes[this.buf + this.length++] = LF;
    this.rows = this.taken = this.#odds = this.#oddsTaken = 0;
    this.#scan(window, isEnd && window.from + count === window.to);
  }

  #scan(window: ByteWindow, isEnd: boolean): void {
    const { separator, quote, comment } = this.#dialect;
    for (let from = 0, entry = 0; from < this.length && entry < ENTRIES - 66 && this.rows < SLAB_ROWS; ) {
      const why = this.exports.scan(
        this.buf,
        from,
        this.length,
        separator,
        quote,
        comment,
        this.#fields,
        this.#longest,
        this.idx,
        entry,
        ENTRIES,
        this.#good,
        this.rows,
        SLAB_ROWS,
        this.#odd,
        this.#odds,
      );
      from = this.result(0);
      entry = this.result(1);
      this.rows = this.result(2);
      this.#odds = this.result(3);
      if (why === AT_END || why === IS_FULL || this.rows === SLAB_ROWS) return;
      const end = this.#beyond(window, from, why, isEnd);
      if (end < 0) return;
      from = end + 1;
    }
  }

  /** The end of a comment, or of a row that only the exact reader cuts; -1 where the slab ends with it. */
  #beyond({ bytes, from: offset, to }: ByteWindow, from: number, why: number, isEnd: boolean): number {
    const stop = Math.min(offset + this.length, to);
    if (why === AT_COMMENT) {
      const at = bytes.subarray(offset + from, stop).indexOf(LF);
      return at < 0 ? -1 : from + at;
    }
    if (why !== AT_ODD_QUOTE) return -1; // Too long: whoever looks for the ends of rows finds that too.
    const end = this.#plain.rowEnd(bytes, offset + from, stop, isEnd) - offset;
    if (end < from || end - from > this.#longest) return -1;
    const { words } = this.space;
    const odd = (this.#odd >> 2) + this.#odds++ * 3;
    words[odd] = this.rows;
    words[odd + 1] = from;
    words[odd + 2] = end;
    words[(this.#good >> 2) + this.rows++] = ODD;
    return end;
  }

  /** Where one of the rows begins and ends in the slab; counted from those not taken yet. */
  beginOf(row: number): number {
    const entry = this.#entryOf(row);
    return entry === ODD ? this.#oddWord(row, 1) : this.#place(entry - 1) + 1;
  }

  endOf(row: number): number {
    const entry = this.#entryOf(row);
    return entry === ODD ? this.#oddWord(row, 2) : this.#place(entry + this.#fields - 1);
  }

  isOdd(row: number): boolean {
    return this.#entryOf(row) === ODD;
  }

  /** Where a place of a row begins, with its quotes if it has some. */
  placeBegin(row: number, field: number): number {
    return this.#place(this.#entryOf(row) + field - 1) + 1;
  }

  placeEnd(row: number, field: number): number {
    return this.#place(this.#entryOf(row) + field);
  }

  #place(entry: number): number {
    return this.space.words[(this.idx >> 2) + entry]! | 0;
  }

  #entryOf(row: number): number {
    return this.space.words[(this.#good >> 2) + this.taken + row]!;
  }

  /** Odd rows are asked for in order, each as often as one likes. */
  #oddWord(row: number, word: number): number {
    const { words } = this.space;
    const wanted = this.taken + row;
    let odd = (this.#odd >> 2) + this.#oddsTaken * 3;
    if (words[odd]! > wanted) odd = this.#odd >> 2;
    while (words[odd] !== wanted) odd += 3;
    this.#oddsTaken = (odd - (this.#odd >> 2)) / 3;
    return words[odd + word]!;
  }

  /** Rows, before `limit`, that are odd. */
  oddRows(limit: number): readonly number[] {
    const { words } = this.space;
    const found: number[] = [];
    for (let i = this.#oddsTaken; i < this.#odds; i++) {
      const row = words[(this.#odd >> 2) + i * 3]! - this.taken;
      if (row >= limit) break;
      if (row >= 0) found.push(row);
    }
    return found;
  }

  take(rows: number): void {
    this.taken += rows;
  }
}
