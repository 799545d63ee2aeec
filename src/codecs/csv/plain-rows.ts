import type { Columns } from '../../core/columns.ts';
import { type Dialect, LF } from './dialect.ts';
import { isEmptyLine } from './blanks.ts';
import type { ByteWindow } from './byte-window.ts';
import { type Draft, emptyDraft, type StringIds } from './drafts.ts';
import type { Layout } from './layout.ts';
import { type PlaceValue, placeValue } from './place-value.ts';
import { Places } from './places.ts';
import { RowEnd } from './row-end.ts';
import { Wrong } from './wrong.ts';

/** Rows that were read, and those that were refused; `from` of the window has moved behind them. */
export interface ReadRows {
  readonly columns: Columns;
  /** The byte of the file at which each row begins. */
  readonly at: Float64Array;
  readonly refused: readonly WrongRow[];
}

export interface WrongRow {
  readonly before: number;
  /** In the file. */
  readonly begin: number;
  readonly end: number;
  readonly wrong: Wrong;
}

/** Reads rows of a window whose first row is there to its end. There is a fast form and this one, and they answer the same. */
export interface RowReader {
  read(window: ByteWindow, limit: number, isEnd: boolean): ReadRows;
  /** How many line feeds are in window.bytes[from, to), which was read just now. */
  linesIn(window: ByteWindow, from: number, to: number): number;
  /** The next read is of another place. */
  forget(): void;
}

/** The exact form: one byte after the other, and what each row means is what this says. */
export class PlainRows implements RowReader {
  readonly #dialect: Dialect;
  readonly #layout: Layout;
  readonly #longest: number;
  readonly #end: RowEnd;
  readonly #places = new Places();
  readonly #numbered: readonly (TextIds | undefined)[];

  constructor(dialect: Dialect, layout: Layout, longest: number) {
    this.#dialect = dialect;
    this.#layout = layout;
    this.#longest = longest;
    this.#end = new RowEnd(dialect);
    this.#numbered = layout.columns.map(({ spec }) => (spec.kind === 'string' ? new TextIds(dialect) : undefined));
  }

  read(window: ByteWindow, limit: number, isEnd: boolean): ReadRows {
    const { columns, names } = this.#layout;
    const drafts = columns.map(({ spec }, i) => emptyDraft(spec, limit, this.#numbered[i]?.open));
    const at: number[] = [];
    const refused: WrongRow[] = [];
    // Empty lines count as read only once a row behind them is: where a read ends depends on its last row alone.
    let begin = window.from;
    for (let end = 0; at.length + refused.length < limit; begin = end + 1) {
      end = this.rowEnd(window.bytes, begin, window.to, isEnd);
      // What is too long is left to whoever need not hold it.
      if (end < 0 || this.#end.isComment || end - begin > this.#longest) break;
      if (isEmptyLine(window.bytes, begin, end, this.#dialect)) continue;
      window.from = Math.min(end + 1, window.to);
      const wrong = this.readRow(window.bytes, begin, end, drafts, at.length);
      if (wrong === undefined) at.push(window.base + begin);
      else refused.push({ before: at.length, begin: window.base + begin, end: window.base + end, wrong });
    }
    const count = at.length;
    return { columns: { length: count, names, columns: drafts.map((draft) => draft.column(count)) }, at: Float64Array.from(at), refused };
  }

  /** Where a row that begins there ends; -1 where it does not. */
  rowEnd(bytes: Uint8Array, begin: number, to: number, isEnd: boolean): number {
    this.#end.begin();
    const end = this.#end.find(bytes, begin, to);
    return end < 0 && isEnd && begin < to ? to : end;
  }

  readonly #values: PlaceValue[] = [];

  /** One row into drafts; nothing of it stays where it is wrong. */
  readRow(bytes: Uint8Array, begin: number, end: number, drafts: readonly Draft[], row: number): Wrong | undefined {
    const { columns, fields } = this.#layout;
    const dialect = this.#dialect;
    const places = this.#places;
    const quotes = places.cut(bytes, begin, end, dialect);
    if (quotes !== undefined) return quotes;
    const ragged = places.count === fields ? undefined : this.#ragged(places, fields);
    if (ragged !== undefined) return ragged;
    const values = this.#values;
    for (let i = 0; i < columns.length; i++) {
      const { spec, field } = columns[i]!;
      const value = placeValue(spec, bytes, places, field, dialect);
      if (value instanceof Wrong) return value;
      values[i] = value;
    }
    for (let i = 0; i < columns.length; i++) drafts[i]!.set(row, values[i]!);
    return undefined;
  }

  #ragged(places: Places, fields: number): Wrong | undefined {
    const { count } = places;
    const allowed = count < fields ? 'pad' : 'cut';
    if (this.#dialect.ragged !== allowed)
      return new Wrong(
        'HR_CSV_RAGGED',
        `a row of ${count} places stands among rows of ${fields}`,
        count < fields
          ? "Correct the row, or take what is missing as empty by ragged: 'pad'."
          : "Quote what has a separator in it, or leave out what is too much by ragged: 'cut'.",
      );
    while (places.count < fields) places.pad();
    return undefined;
  }

  forget(): void {} // It keeps nothing between reads.

  linesIn({ bytes }: ByteWindow, from: number, to: number): number {
    return lineFeeds(bytes, from, to);
  }
}

export function lineFeeds(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (bytes[i] === LF) count++;
  return count;
}

/** The strings of one column and their numbers. Once it is full it stays closed. */
class TextIds implements StringIds {
  readonly entries: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #most: number;
  #bytesLeft: number;
  #isFull = false;

  constructor({ entries, entryBytes }: Dialect) {
    this.#most = entries;
    this.#bytesLeft = entryBytes;
  }

  /** Undefined once it is full. */
  get open(): StringIds | undefined {
    return this.#isFull ? undefined : this;
  }

  idOf(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.#bytesLeft -= Buffer.byteLength(text);
    if (this.entries.length >= this.#most || this.#bytesLeft < 0) {
      this.#isFull = true;
      return -1;
    }
    this.#ids.set(text, this.entries.length);
    return this.entries.push(text) - 1;
  }
}
