import type { BlockAnswer, BlockMark, BlockOpening, PartReader } from '../../core/format.ts';
import { HeadraceError } from '../../core/error.ts';
import type { RefusedRecord } from '../../core/source.ts';
import { isEmptyLine } from './blanks.ts';
import { ByteWindow } from './byte-window.ts';
import { type Dialect, LF } from './dialect.ts';
import { fastRows } from './fast-rows.ts';
import { namesLine } from './row-text.ts';
import { type Layout, layoutAt, layoutByNames, layoutByOrder } from './layout.ts';
import { PlainRows, type RowReader, type WrongRow } from './plain-rows.ts';
import { namesIn } from './row-bytes.ts';
import { RowEnd } from './row-end.ts';
import { shown, Wrong } from './wrong.ts';

/** How much of a refused row is kept for its dead letter. */
const LETTER_BYTES = 65_536;
/** More rows than that are not answered at once, whatever is asked for: their places are kept twice for a moment. */
const MOST_ROWS = 4096;

/**
 * Reads CSV from the front. It looks for the end of the next row itself, so that a row that is too long is never held;
 * once one row is there, a row reader takes it and whatever whole rows follow.
 */
export class CsvReader implements PartReader<never> {
  readonly #dialect: Dialect;
  readonly #opening: BlockOpening;
  readonly #isPlain: boolean;
  readonly #window: ByteWindow;
  readonly #end: RowEnd;
  /** How far #end has looked into the window. */
  #looked = 0;
  #isEnd = false;
  #layout: Layout | undefined;
  #rows: RowReader | undefined;
  #plain: PlainRows | undefined;
  /** Stands in front of refused rows that could not be decoded without their names. */
  #names: Uint8Array = new Uint8Array(0);
  /** The line at which window.from stands, counted from 1. */
  #line = 1;
  /** Where the rows of the last answer began. */
  #read = { begin: 0, line: 1 };
  #isAtBom: boolean;
  /** A row that is too long, of which the rest is passed over. */
  #tooLong: { readonly begin: number; readonly bytes: Uint8Array; readonly line: number } | undefined;

  constructor(dialect: Dialect, opening: BlockOpening, isPlain: boolean) {
    this.#dialect = dialect;
    this.#opening = opening;
    this.#isPlain = isPlain;
    this.#window = new ByteWindow(opening.from?.byte ?? 0);
    this.#end = new RowEnd(dialect);
    this.#isAtBom = opening.from === undefined;
    if (opening.from !== undefined) this.#goOn(opening.from.state);
    else if (typeof dialect.header !== 'boolean') this.#lay(layoutByNames(dialect, dialect.header, dialect.kind));
  }

  feed(bytes: Uint8Array): void {
    const held = this.#looked - this.#window.from;
    this.#window.feed(bytes);
    this.#looked = this.#window.from + held;
  }

  end(): void {
    this.#isEnd = true;
  }

  get place(): BlockMark | undefined {
    const isWithin = this.#tooLong !== undefined || this.#end.isComment || this.#layout === undefined;
    return isWithin ? undefined : this.#mark();
  }

  goTo({ byte, state }: BlockMark): void {
    this.#window.begin(byte);
    this.#tooLong = undefined;
    this.#isEnd = false;
    this.#isAtBom = false;
    if (this.#layout === undefined) this.#goOn(state);
    else this.#line = lineOfMark(state);
    this.#rows?.forget();
    this.#begin();
  }

  next(limit: number): BlockAnswer<never> | undefined {
    if (this.#isAtBom && !this.#passBom()) return undefined;
    const window = this.#window;
    for (;;) {
      if (this.#tooLong !== undefined) return this.#passTooLong();
      const end = this.#rowEnd();
      if (end === undefined) return undefined;
      if (this.#tooLong !== undefined) continue;
      const begin = window.from;
      if (this.#end.isComment || isEmptyLine(window.bytes, begin, end, this.#dialect)) {
        this.#pass(end);
        continue;
      }
      if (this.#layout === undefined && this.#readHeader(begin, end)) continue;
      const read = this.#rows!.read(window, Math.min(limit, MOST_ROWS), this.#isEnd);
      const refused = this.#refused(read.refused, begin);
      this.#read = { begin: window.base + begin, line: this.#line };
      this.#line += this.#rows!.linesIn(window, begin, window.from);
      this.#begin();
      if (read.at.length + refused.length > 0)
        return { columns: read.columns, at: read.at, refused: refused.length === 0 ? undefined : refused, mark: this.#mark() };
    }
  }

  #passBom(): boolean {
    const { bytes, from, to } = this.#window;
    if (to - from < 3 && !this.#isEnd) return false;
    this.#isAtBom = false;
    if (to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) this.#window.from += 3;
    this.#begin();
    return true;
  }

  #begin(): void {
    this.#end.begin();
    this.#looked = this.#window.from;
  }

  /** Behind the line feed at `end`. */
  #pass(end: number): void {
    const window = this.#window;
    this.#line += this.#lines(window.from, Math.min(end + 1, window.to));
    window.from = Math.min(end + 1, window.to);
    this.#begin();
  }

  /** Where the row at window.from ends; undefined where that cannot be told yet, or there is none. */
  #rowEnd(): number | undefined {
    const window = this.#window;
    const longest = this.#opening.recordBytes;
    const end = this.#end.find(window.bytes, this.#looked, window.to);
    this.#looked = end < 0 ? window.to : end;
    const length = this.#looked - window.from;
    if (this.#end.isComment && end < 0) {
      // However long it is, nothing of a comment is held.
      window.from = window.to;
      if (!this.#isEnd) return undefined;
    }
    if (length > longest && !this.#end.isComment) {
      const { bytes, from } = window;
      this.#tooLong = {
        begin: window.position,
        bytes: new Uint8Array(bytes.subarray(from, from + Math.min(LETTER_BYTES, longest))),
        line: this.#line,
      };
      this.#line += this.#lines(from, from + longest);
      window.from += longest;
      return 0;
    }
    if (end >= 0) return end;
    return this.#isEnd && window.to > window.from ? window.to : undefined;
  }

  /** To the next line end; what is between was never a row by itself. */
  #passTooLong(): BlockAnswer<never> | undefined {
    const window = this.#window;
    const at = window.bytes.subarray(0, window.to).indexOf(LF, window.from);
    if (at < 0 && !this.#isEnd) {
      window.from = window.to;
      return undefined;
    }
    const { begin, bytes, line } = this.#tooLong!;
    this.#tooLong = undefined;
    window.from = at < 0 ? window.to : at + 1;
    this.#line += at < 0 ? 0 : 1;
    this.#begin();
    const { recordBytes } = this.#opening;
    const hint = this.#dialect.quote >= 0 && bytes.includes(this.#dialect.quote) ? ', perhaps for a quote that is never closed' : '';
    const tooLong = (what: string, todo: string): Wrong =>
      new Wrong('HR_RECORD_TOO_LARGE', `${what} of more than ${recordBytes} bytes${hint}`, todo);
    if (this.#layout === undefined)
      throw this.#error(
        tooLong('a first line', 'Look whether this is a CSV file at all, or raise the option recordBytes.'),
        begin,
        line,
        'stop',
      );
    const wrong = tooLong('a row', 'Raise the option recordBytes, or correct the file; reading goes on behind the next line end.');
    return {
      columns: { length: 0, names: this.#layout.names, columns: this.#layout.columns.map(() => ({ kind: 'plain', values: [] })) },
      at: [],
      refused: [{ before: 0, position: begin, error: this.#error(wrong, begin, line, 'deadLetter'), bytes, isCut: true }],
      mark: this.#mark(),
    };
  }

  #refused(rows: readonly WrongRow[], from: number): readonly RefusedRecord[] {
    let line = this.#line;
    let counted = from;
    return rows.map(({ before, begin, end, wrong }) => {
      line += this.#lines(counted, begin - this.#window.base);
      counted = begin - this.#window.base;
      return { before, position: begin, error: this.#error(wrong, begin, line, 'deadLetter'), ...this.#letter(begin, end) };
    });
  }

  /** A row of the last answer that somebody else has found wrong. */
  refuse(begin: number, wrong: Wrong): Omit<RefusedRecord, 'before'> {
    const { bytes, base, from } = this.#window;
    const line = this.#read.line + this.#lines(this.#read.begin - base, begin - base);
    const end = this.#plain!.rowEnd(bytes, begin - base, from, true) + base;
    return { position: begin, error: this.#error(wrong, begin, line, 'deadLetter'), ...this.#letter(begin, end) };
  }

  /** What a dead letter keeps of a row. */
  #letter(begin: number, end: number): Pick<RefusedRecord, 'bytes' | 'isCut'> {
    const { bytes, base } = this.#window;
    // A copy: `slice` of a Buffer is none, and a letter would keep the whole block.
    const row = new Uint8Array(bytes.subarray(begin - base, Math.min(end - base, begin - base + LETTER_BYTES)));
    // The beginning of a row could be decoded, as a row that nobody wrote.
    const isCut = end - begin > LETTER_BYTES ? true : undefined;
    return { bytes: this.#names.length === 0 ? row : Buffer.concat([this.#names, row]), isCut };
  }

  #error({ code, what, todo, cause }: Wrong, byte: number, line: number, action: 'deadLetter' | 'stop'): HeadraceError {
    return new HeadraceError({ code, action, what, todo, cause, where: `${this.#opening.where}, line ${line}, byte ${byte}` });
  }

  #lines(from: number, to: number): number {
    const { bytes } = this.#window;
    let count = 0;
    for (let i = from; i < to; i++) if (bytes[i] === LF) count++;
    return count;
  }

  // The header, and marks that tell what it said.

  /** Whether the row was the header; else it is the first of the rows. */
  #readHeader(begin: number, end: number): boolean {
    const dialect = this.#dialect;
    const { bytes } = this.#window;
    const names = namesIn(dialect, bytes, begin, end);
    if (dialect.header === false) {
      this.#lay(layoutByOrder(dialect, names instanceof Wrong ? 0 : names.length));
      return false;
    }
    if (names instanceof Wrong) throw this.#error(names, this.#window.position, this.#line, 'stop');
    this.#lay(layoutByNames(dialect, names, `${this.#opening.where}, line ${this.#line}`));
    this.#pass(end);
    return true;
  }

  #lay(layout: Layout): void {
    this.#layout = layout;
    this.#names = namesLine(this.#dialect, layout);
    const plain = new PlainRows(this.#dialect, layout, this.#opening.recordBytes);
    this.#plain = plain;
    this.#rows =
      (this.#isPlain ? undefined : fastRows({ dialect: this.#dialect, layout, longest: this.#opening.recordBytes, plain })) ?? plain;
  }

  #mark(): BlockMark {
    // The names where there are no wishes, else where they stand.
    const layout = this.#layout!;
    const columns = this.#dialect.specs === undefined ? layout.names : layout.columns.map(({ field }) => field);
    return { byte: this.#window.position, state: JSON.stringify([this.#line, layout.fields, columns]) };
  }

  #goOn(state: string): void {
    const [line, fields, columns] = JSON.parse(state) as [number, number, readonly (number | string)[]];
    this.#line = line;
    const dialect = this.#dialect;
    if (dialect.specs === undefined) this.#lay(layoutByNames(dialect, columns as readonly string[], this.#opening.where));
    else if (columns.length === dialect.specs.length) this.#lay(layoutAt(dialect, fields, columns as readonly number[]));
    else
      throw new HeadraceError({
        code: 'HR_CSV_COLUMN_MISSING',
        where: this.#opening.where,
        what: `the position that was kept knows ${columns.length} columns, and now ${dialect.specs.length} are asked for (${shown(state)})`,
        todo: 'Read the file from its beginning, or ask for the columns of before.',
      });
  }
}

/** The line that a mark of CSV stands at. */
export function lineOfMark(state: string): number {
  return (JSON.parse(state) as readonly [number])[0];
}

export function markAtLine(state: string, line: number): string {
  return JSON.stringify([line, ...(JSON.parse(state) as readonly unknown[]).slice(1)]);
}
