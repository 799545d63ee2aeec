import { ByteWriter } from '../../codecs/parquet/byte-writer.ts';
import type { ThriftField, ThriftValue } from '../../codecs/parquet/thrift-writer.ts';
import { encodeUtf8 } from '../../codecs/utf8.ts';
import { type Physical, putValue, type StoredValue } from './written-column.ts';

type Bound = Exclude<StoredValue, null>;

/** Longer texts are not told to their end. */
const MOST_BYTES = 64;

/** The least and the greatest value of a column in a row group. */
export class WrittenBounds {
  readonly #type: Physical;
  #least: Bound | undefined;
  #greatest: Bound | undefined;

  constructor(type: Physical) {
    this.#type = type;
  }

  see(value: Bound): void {
    if (value !== value) return; // NaN is before and behind nothing.
    if (this.#least === undefined) this.#least = this.#greatest = value;
    else if (isBefore(value, this.#least)) this.#least = value;
    else if (isBefore(this.#greatest!, value)) this.#greatest = value;
  }

  /** What the footer says, with the number of empty places. */
  fields(nulls: number): readonly ThriftField[] {
    const least = this.#least === undefined ? undefined : lowerBound(this.#type, this.#least);
    const greatest = this.#greatest === undefined ? undefined : upperBound(this.#type, this.#greatest);
    return [
      [3, { i64: nulls }],
      [5, greatest && { text: greatest.bytes }],
      [6, least && { text: least.bytes }],
      [7, greatest && exactly(greatest)],
      [8, least && exactly(least)],
    ];
  }
}

interface BoundBytes {
  readonly bytes: Uint8Array;
  readonly isExact: boolean;
}

function exactly({ isExact }: BoundBytes): ThriftValue {
  return { flag: isExact };
}

/** Zero has two signs, and a reader may look for either. */
function lowerBound(type: Physical, value: Bound): BoundBytes {
  if (typeof value !== 'string') return { bytes: bytesOf(type, value === 0 ? -0 : value), isExact: true };
  const cut = cutText(value);
  return { bytes: encodeUtf8(cut), isExact: cut === value };
}

function upperBound(type: Physical, value: Bound): BoundBytes | undefined {
  if (typeof value !== 'string') return { bytes: bytesOf(type, value === 0 ? 0 : value), isExact: true };
  const cut = cutText(value);
  if (cut === value) return { bytes: encodeUtf8(value), isExact: true };
  const above = textAbove(cut);
  return above === undefined ? undefined : { bytes: encodeUtf8(above), isExact: false };
}

function bytesOf(type: Physical, value: Exclude<Bound, string>): Uint8Array {
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0);
  const out = new ByteWriter(8);
  putValue(out, type, value);
  return out.copy();
}

/** As many whole characters as fit. */
function cutText(text: string): string {
  if (text.length * 3 <= MOST_BYTES) return text;
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > MOST_BYTES) return text.slice(0, length);
    length += character.length;
  }
  return text;
}

/** The least text that is greater than all that begin with this one; undefined where there is none. */
function textAbove(text: string): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  // Between them lie the halves of pairs, which are no characters.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

/** Texts in the order of their bytes, which is that of their characters. */
function isBefore(a: Bound, b: Bound): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a < b;
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at === length ? a.length < b.length : rank(a.charCodeAt(at)) < rank(b.charCodeAt(at));
}

/** Halves of pairs, which stand for characters behind all others, are not the last letters that JavaScript has. */
function rank(letter: number): number {
  return letter < 0xd800 ? letter : letter < 0xe000 ? letter + 0x2000 : letter - 0x800;
}
