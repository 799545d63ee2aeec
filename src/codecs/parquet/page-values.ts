import { type Spot, unsupported } from './errors.ts';
import { readDeltas } from './delta.ts';
import { type PageBytes, wordAt } from './page-bytes.ts';
import { ENCODING } from './page-header.ts';
import type { Holding } from './piece-budget.ts';
import { readRuns, unpackBits } from './runs.ts';
import type { Leaf } from './schema.ts';

/** The values of a page as they are stored, without the empty places. */
export type Stored = StoredNumbers | StoredLongs | StoredBooleans | StoredBytes;

export interface StoredNumbers {
  readonly is: 'numbers';
  readonly values: Int32Array | Float32Array | Float64Array;
}

export interface StoredLongs {
  readonly is: 'longs';
  readonly values: BigInt64Array;
}

export interface StoredBooleans {
  readonly is: 'booleans';
  readonly values: Uint8Array;
}

/** Pieces of `bytes`, from a start to an end. INT96 is one of 12 bytes. */
export interface StoredBytes {
  readonly is: 'bytes';
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** `count` values in the encoding; those of a dictionary are read elsewhere. */
export function readValues(page: PageBytes, encoding: number, leaf: Leaf, count: number, holding: Holding): Stored {
  const { physical } = leaf;
  if (encoding !== ENCODING.plain) return readEncoded(page, encoding, leaf, count, holding);
  if (physical === 'BOOLEAN') {
    const values = new Uint8Array(count);
    unpackBits(page.bytes, page.pass(Math.ceil(count / 8)), 1, values, 0, count);
    return { is: 'booleans', values };
  }
  if (physical === 'BYTE_ARRAY') return byLengths(page, count);
  const width = widthOf(leaf);
  return typed(leaf, page.bytes, page.pass(count * width), count);
}

/** Bytes a value takes where all take the same. */
export function widthOf({ physical, typeLength }: Leaf): number {
  if (physical === 'INT64' || physical === 'DOUBLE') return 8;
  if (physical === 'INT96') return 12;
  return physical === 'FIXED_LEN_BYTE_ARRAY' ? typeLength : 4;
}

/** What a value takes once it is read, in bytes. */
export function footprint({ physical }: Leaf): number {
  return physical === 'BOOLEAN' ? 1 : physical === 'INT32' || physical === 'FLOAT' ? 4 : 8;
}

function readEncoded(page: PageBytes, encoding: number, leaf: Leaf, count: number, holding: Holding): Stored {
  const { physical } = leaf;
  const isText = physical === 'BYTE_ARRAY';
  if (encoding === ENCODING.runs && physical === 'BOOLEAN') {
    const values = new Uint8Array(count);
    const length = page.word();
    readRuns(page.part(length), 1, values);
    return { is: 'booleans', values };
  }
  if (encoding === ENCODING.deltas && physical === 'INT32') return { is: 'numbers', values: readDeltas(page, new Int32Array(count)) };
  if (encoding === ENCODING.deltas && physical === 'INT64') return { is: 'longs', values: readDeltas(page, new BigInt64Array(count)) };
  if (encoding === ENCODING.deltaLengths && isText) return byDeltaLengths(page, count);
  if (encoding === ENCODING.deltaBytes && (isText || physical === 'FIXED_LEN_BYTE_ARRAY')) return byPrefixes(page, leaf, count, holding);
  if (encoding === ENCODING.split && physical !== 'BOOLEAN' && !isText && physical !== 'INT96') return bySplit(page, leaf, count);
  throw unsupported(page.spot satisfies Spot, `a page of ${physical} has the encoding ${encoding}, which Headrace does not read`);
}

function typed(leaf: Leaf, bytes: Uint8Array, from: number, count: number): Stored {
  const { physical } = leaf;
  const width = widthOf(leaf);
  const part = bytes.subarray(from, from + count * width);
  if (physical === 'FIXED_LEN_BYTE_ARRAY' || physical === 'INT96') {
    const starts = Int32Array.from({ length: count }, (_, i) => from + i * width);
    return { is: 'bytes', bytes, starts, ends: starts.map((start) => start + width) };
  }
  // Copied, as a page need not begin where an array of numbers may.
  const { buffer } = new Uint8Array(part);
  if (physical === 'INT64') return { is: 'longs', values: new BigInt64Array(buffer) };
  if (physical === 'DOUBLE') return { is: 'numbers', values: new Float64Array(buffer) };
  return { is: 'numbers', values: physical === 'FLOAT' ? new Float32Array(buffer) : new Int32Array(buffer) };
}

function byLengths(page: PageBytes, count: number): StoredBytes {
  const { bytes } = page;
  const starts = new Int32Array(count);
  const ends = new Int32Array(count);
  let at = page.at;
  for (let i = 0; i < count; i++) {
    const length = wordAt(bytes, at);
    starts[i] = at += 4;
    at += length;
    if (!(at <= bytes.length)) throw page.fail('a text goes beyond the end of its page');
    ends[i] = at;
  }
  page.at = at;
  return { is: 'bytes', bytes, starts, ends };
}

/** All lengths, then all texts. */
function byDeltaLengths(page: PageBytes, count: number): StoredBytes {
  const lengths = readDeltas(page, new Int32Array(count));
  const starts = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    starts[i] = page.pass(lengths[i]!);
    lengths[i]! += starts[i]!;
  }
  return { is: 'bytes', bytes: page.bytes, starts, ends: lengths };
}

/** What each text has in common with the one before it, then what is its own. */
function byPrefixes(page: PageBytes, leaf: Leaf, count: number, holding: Holding): StoredBytes {
  const prefixes = readDeltas(page, new Int32Array(count));
  const own = byDeltaLengths(page, count);
  const { starts, ends } = own;
  let total = 0;
  for (let i = 0, before = 0; i < count; i++) {
    const prefix = prefixes[i]!;
    if (prefix < 0 || prefix > before) throw page.fail('a text shares more than there is with the one before it');
    before = prefix + ends[i]! - starts[i]!;
    if (leaf.physical === 'FIXED_LEN_BYTE_ARRAY' && before !== leaf.typeLength)
      throw page.fail(`a value of ${before} bytes instead of ${leaf.typeLength}`);
    total += before;
  }
  // Texts that share much are far longer than their page.
  holding.take(total, 'the texts of a page', page.spot);
  const bytes = new Uint8Array(total);
  for (let i = 0, at = 0, before = 0; i < count; i++) {
    const [start, end] = [starts[i]!, ends[i]!];
    bytes.copyWithin(at, before, before + prefixes[i]!);
    bytes.set(page.bytes.subarray(start, end), at + prefixes[i]!);
    before = starts[i] = at;
    at += prefixes[i]! + end - start;
    ends[i] = at;
  }
  return { is: 'bytes', bytes, starts, ends };
}

/** First the first byte of all values, then the second. */
function bySplit(page: PageBytes, leaf: Leaf, count: number): Stored {
  const width = widthOf(leaf);
  const from = page.pass(count * width);
  const joined = new Uint8Array(count * width);
  for (let b = 0; b < width; b++) for (let i = 0; i < count; i++) joined[i * width + b] = page.bytes[from + b * count + i]!;
  return typed(leaf, joined, 0, count);
}
