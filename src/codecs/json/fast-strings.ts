import type { Column } from '../../core/columns.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { NumberingTrial } from '../numbering-trial.ts';
import { TextsColumn } from '../texts-column.ts';
import type { Cell } from './cells.ts';
import { COLUMN, type ColumnPlace } from './fast-layout.ts';
import type { FastCode, FastColumn, Views } from './fast-lines.ts';
import { nullsOf } from './row-store.ts';

const ESCAPED = 0x80000000;
const WIDE = 0x40000000;
const LENGTH = 0x3fffffff;
/** In the place of a length: the host has the string itself. */
const KEPT_BY_HOST = 0xffffffff;

export interface FastStringsParts {
  readonly spec: ColumnSpec;
  readonly place: ColumnPlace;
  readonly views: Views;
  readonly code: FastCode;
  /** Where strings of the host are put for the fast code, and how long one may be. */
  readonly scratch: number;
  readonly bytes: number;
  /** Where the strings of an answer are gathered. */
  readonly texts: number;
}

/**
 * A column of strings. The dictionary stands in the memory of the fast code; its strings are made once each.
 *
 * Invariant: an id that was answered names the same entry for ever; once the column is plain no answer has ids.
 */
export class FastStrings implements FastColumn {
  readonly #parts: FastStringsParts;
  readonly #entries: string[] = [];
  readonly #trial: NumberingTrial;
  /** Strings the host has, and those read before the column became plain. */
  #plain: (string | null)[] | undefined;

  constructor(parts: FastStringsParts) {
    this.#parts = parts;
    const { code, place, spec, views } = parts;
    const isThere = code.seed(place.at) !== 0;
    views.refresh();
    this.#trial = new NumberingTrial(views.words[(place.at >> 2) + COLUMN.mostEntries]!);
    if (!isThere) this.leaveDictionary(0);
    for (const entry of spec.oneOf ?? []) if (this.#intern(entry) < 0) this.leaveDictionary(0);
    // A string that is none of them is not taken in: the line goes to the walker, which refuses it.
    if (spec.oneOf !== undefined) views.words[(place.at >> 2) + COLUMN.isClosed] = 1;
  }

  put(row: number, cell: Cell): void {
    const { place, views } = this.#parts;
    views.bytes[place.nulls + row] = cell === null ? 1 : 0;
    if (this.#plain === undefined) {
      const id = cell === null ? 0 : this.#intern(cell as string);
      if (id >= 0) {
        views.words[(place.values >> 2) + row] = id;
        return;
      }
      this.leaveDictionary(row);
    }
    this.#plain![row] = cell as string | null;
    views.words[(place.values >> 2) + row * 2 + 1] = KEPT_BY_HOST;
  }

  take(rows: number): Column {
    const { place, spec, views } = this.#parts;
    if (this.#plain !== undefined) return this.#gathered(rows) ?? new TextsColumn(undefined, this.#takePlain(rows, this.#plain));
    this.#readEntries();
    const ids = new Int32Array(views.words.buffer, place.values, rows).slice();
    const nulls = spec.mayBeNull ? nullsOf(new Uint8Array(views.words.buffer, place.nulls, rows), rows) : undefined;
    if (this.#trial.isInVain(rows, this.#entries.length)) this.leaveDictionary(0);
    return { kind: 'dictionary', ids, entries: this.#entries, nulls };
  }

  leaveDictionary(row: number): void {
    const { place, views } = this.#parts;
    this.#readEntries();
    const ids = new Uint32Array(views.words.buffer, place.values, row).slice();
    const plain: (string | null)[] = [];
    for (let i = 0; i < row; i++) {
      plain.push(views.bytes[place.nulls + i] === 1 ? null : this.#entries[ids[i]!]!);
      views.words[(place.values >> 2) + i * 2 + 1] = KEPT_BY_HOST;
    }
    this.#plain = plain;
    views.words[(place.at >> 2) + COLUMN.isPlain] = 1;
  }

  /** The number of a string, or less than 0 where it has none. */
  #intern(text: string): number {
    const { bytes, code, place, scratch, views } = this.#parts;
    const encoded = text.isWellFormed() ? Buffer.from(text, 'utf8') : halvesToBytes(text);
    if (encoded.length > bytes) return -1;
    views.bytes.set(encoded, scratch);
    const id = code.intern(place.at, scratch, encoded.length);
    views.refresh();
    return id;
  }

  #readEntries(): void {
    const { place, views } = this.#parts;
    const column = place.at >> 2;
    const count = views.words[column + COLUMN.count]!;
    const list = views.words[column + COLUMN.list]! >> 2;
    for (let id = this.#entries.length; id < count; id++) {
      const from = views.words[list + id * 2]!;
      this.#entries.push(textAt(views.bytes, from, from + views.words[list + id * 2 + 1]!));
    }
  }

  /** Strings that are made when somebody looks at them; undefined where one of them has escapes or is here already. */
  #gathered(rows: number): TextsColumn | undefined {
    const { code, place, spec, texts, views } = this.#parts;
    const size = code.gather(place.at, rows, texts);
    if (size === 0) return undefined;
    const memory = (views.words.buffer as ArrayBuffer).slice(texts, texts + size);
    const marks = (rows + 1) * 4;
    const wide = new Uint8Array(memory, marks, rows);
    const nulls = spec.mayBeNull ? nullsOf(new Uint8Array(views.words.buffer, place.nulls, rows), rows) : undefined;
    const hasWide = wide.includes(1);
    return new TextsColumn({
      bytes: new Uint8Array(memory, marks + rows),
      ends: new Uint32Array(memory, 0, rows + 1),
      wide: hasWide ? wide : undefined,
      nulls,
    });
  }

  #takePlain(rows: number, plain: (string | null)[]): (string | null)[] {
    const { place, spec, views } = this.#parts;
    const { bytes, words } = views;
    const taken: (string | null)[] = [];
    for (let row = 0; row < rows; row++) {
      const cell = (place.values >> 2) + row * 2;
      const length = words[cell + 1]!;
      if (spec.mayBeNull && bytes[place.nulls + row] === 1) taken.push(null);
      else if (length === KEPT_BY_HOST) taken.push(plain[row]!);
      else taken.push(spanText(bytes, words[cell]!, length));
    }
    plain.length = 0;
    return taken;
  }
}

/** A string as it stands in a line, from behind its quote on. */
function spanText(bytes: Buffer, from: number, marked: number): string {
  const to = from + ((marked & LENGTH) >>> 0);
  if ((marked & ESCAPED) !== 0) return JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string;
  return bytes.toString((marked & WIDE) !== 0 ? 'utf8' : 'latin1', from, to);
}

/** UTF-8 in which half of a surrogate pair has the three bytes of a character. */
function textAt(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString('utf8', from, to);
  return text.includes('\ufffd') ? textWithHalves(bytes.subarray(from, to)) : text;
}

function textWithHalves(bytes: Buffer): string {
  let text = '';
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0xed || bytes[at + 1]! < 0xa0) continue;
    text += bytes.toString('utf8', from, at) + String.fromCharCode(0xd000 | ((bytes[at + 1]! & 63) << 6) | (bytes[at + 2]! & 63));
    at += 2;
    from = at + 1;
  }
  return text + bytes.toString('utf8', from);
}

function halvesToBytes(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const isHalf = code >= 0xd800 && code < 0xe000;
    parts.push(isHalf ? Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}
