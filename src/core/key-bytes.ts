import { assert, HeadraceError } from './error.ts';
import { stableHash } from './hash.ts';
import type { Key, KeyPart } from './keys.ts';

// The canonical bytes of a key. They decide the key's group and stand in files and on wires, so they never change:
//
//   false 0x01 · true 0x02
//   number   0x03, IEEE 754 double, big-endian; -0 is written as 0
//   bigint   0x04 (>= 0) or 0x05 (< 0), length, magnitude in big-endian bytes without leading zeros
//   string   0x06, length in bytes, WTF-8: UTF-8 in which a lone surrogate is three bytes of its own
//   tuple    0x07, number of parts, the parts
//
// A length is a varint: seven bits a byte, lowest first, 0x80 meaning "more". Each form ends by itself, so the bytes of
// a tuple's parts can stand next to each other, and each key has exactly one form, so equal keys are equal bytes.
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const BIGINT = 4;
const NEGATIVE_BIGINT = 5;
export const STRING = 6;
const TUPLE = 7;

/**
 * The bytes of a key: the same on every machine for ever, and different for different keys.
 *
 * @example
 * ```ts
 * console.log(canonicalBytes('ab').join(' ')); // 6 2 97 98
 * console.log(canonicalBytes(['eu', 7n]).join(' ')); // 7 2 6 2 101 117 4 1 7
 * ```
 */
export function canonicalBytes(key: Key): Uint8Array {
  const short = typeof key === 'string' ? shortAscii(key) : undefined;
  return short ?? encoded(key).slice();
}

/** `stableHash(canonicalBytes(key))` without making the bytes. */
export function keyHash(key: Key): number {
  return stableHash(encoded(key));
}

/** The bytes of a key until the next call of anything here: for those who look at them at once. */
export function canonicalView(key: Key): Uint8Array {
  return encoded(key);
}

/**
 * Where the key ends that begins at `from`; like `keyOf` it refuses what `canonicalBytes` would not have written, and it
 * makes no key of it: 15 ns for sixteen characters, where `keyOf` takes 200.
 */
export function canonicalEnd(bytes: Uint8Array, from: number): number {
  const reader: Reader = { bytes, at: from };
  let parts = 1;
  if (bytes[from] === TUPLE) {
    reader.at++;
    parts = decodeLength(reader);
    if (reader.at - from !== 1 + varintBytes(parts)) throw corrupt();
  }
  let isPlain = true;
  for (; parts > 0; parts--) isPlain = isPlainPart(reader) && isPlain;
  // What is seldom is compared with what would have been written.
  if (!isPlain) keyOf(bytes.subarray(from, reader.at));
  return reader.at;
}

/** Goes behind a part; false where it has to be looked at more closely. */
function isPlainPart(reader: Reader): boolean {
  const { bytes } = reader;
  const tag = bytes[reader.at];
  if (tag === STRING) {
    const length = bytes[reader.at + 1]!;
    // The length of most strings is one byte; NaN, where there is none, is no length.
    if (length < 0x80 && reader.at + 2 + length <= bytes.length) {
      const from = reader.at + 2;
      reader.at = from + length;
      let seen = 0;
      for (let i = from; i < reader.at; i++) seen |= bytes[i]!;
      return seen < 0x80;
    }
  } else if (tag === FALSE || tag === TRUE) {
    reader.at++;
    return true;
  }
  decodePart(reader);
  return false;
}

/**
 * The key of canonical bytes. Bytes that `canonicalBytes` would not have written are refused.
 *
 * @example
 * ```ts
 * console.log(keyOf(canonicalBytes(['eu', 7n]))); // [ 'eu', 7n ]
 * ```
 */
export function keyOf(bytes: Uint8Array): Key {
  const reader = { bytes, at: 0 };
  const key = bytes[0] === TUPLE ? decodeTuple(reader) : decodePart(reader);
  // One comparison instead of a rule for every way of not being canonical: overlong lengths, -0, leading zeros, and
  // surrogates that should have been a pair, or bytes left over, all come back different.
  const canonical = encoded(key);
  if (canonical.length !== bytes.length) throw corrupt();
  for (let i = 0; i < bytes.length; i++) if (canonical[i] !== bytes[i]) throw corrupt();
  return key;
}

// Encoding writes here, and `at` says how far it has come. Everything is synchronous and each thread has a copy of this
// module, so nobody else writes in between.
let scratch = new Uint8Array(256);
let at = 0;
const double = new DataView(new ArrayBuffer(8));
const utf8 = new TextEncoder();

// Most keys are short ASCII strings: no scratch, no second pass. 28 ns for eight characters, 97 ns by the general way.
function shortAscii(key: string): Uint8Array | undefined {
  const length = key.length;
  if (length > 64) return undefined;
  const out = new Uint8Array(length + 2);
  out[0] = STRING;
  out[1] = length;
  for (let i = 0; i < length; i++) {
    const unit = key.charCodeAt(i);
    if (unit > 0x7f) return undefined;
    out[i + 2] = unit;
  }
  return out;
}

/** A view of the scratch, until the next call. */
function encoded(key: Key): Uint8Array {
  at = 0;
  if (scratch.length > 65_536) scratch = new Uint8Array(256); // One huge key must not hold its size for ever.
  if (typeof key !== 'object') {
    encodePart(key);
    return scratch.subarray(0, at);
  }
  room(16);
  scratch[at++] = TUPLE;
  varint(key.length);
  for (let i = 0; i < key.length; i++) encodePart(key[i]!);
  return scratch.subarray(0, at);
}

function encodePart(part: KeyPart): void {
  room(16);
  if (typeof part === 'string') encodeString(part);
  else if (typeof part === 'number') encodeNumber(part);
  else if (typeof part === 'bigint') encodeBigint(part);
  else if (typeof part === 'boolean') scratch[at++] = part ? TRUE : FALSE;
  else assert(false, 'a key is checked before it is encoded');
}

function encodeNumber(part: number): void {
  assert(Number.isFinite(part), 'a key is checked before it is encoded');
  double.setFloat64(0, part === 0 ? 0 : part);
  scratch[at++] = NUMBER;
  for (let i = 0; i < 8; i++) scratch[at++] = double.getUint8(i);
}

function encodeBigint(part: bigint): void {
  const negative = part < 0n;
  let digits = part === 0n ? '' : (negative ? -part : part).toString(16);
  if (digits.length % 2 === 1) digits = `0${digits}`;
  room(digits.length / 2 + 16);
  scratch[at++] = negative ? NEGATIVE_BIGINT : BIGINT;
  varint(digits.length / 2);
  for (let i = 0; i < digits.length; i += 2) scratch[at++] = Number.parseInt(digits.slice(i, i + 2), 16);
}

function encodeString(part: string): void {
  const most = part.length * 3;
  room(most + 16);
  scratch[at++] = STRING;
  // The length stands in front and is known only afterwards: guess one byte a character, which is right for ASCII.
  const start = at;
  varint(part.length);
  const from = at;
  if (part.length > 64 && part.isWellFormed()) at += utf8.encodeInto(part, scratch.subarray(at)).written;
  else wtf8(part);
  const length = at - from;
  if (length === part.length) return;
  // Move the body first: the true length may take more bytes than the guess.
  at = start;
  const to = start + varintBytes(length);
  scratch.copyWithin(to, from, from + length);
  varint(length);
  at = to + length;
}

function wtf8(part: string): void {
  for (let i = 0; i < part.length; i++) {
    const point = part.codePointAt(i)!; // A pair is one point; a surrogate that stands alone is itself.
    if (point < 0x80) {
      scratch[at++] = point;
    } else if (point < 0x800) {
      scratch[at++] = 0xc0 | (point >> 6);
      scratch[at++] = 0x80 | (point & 0x3f);
    } else {
      if (point < 0x10000) {
        scratch[at++] = 0xe0 | (point >> 12);
      } else {
        scratch[at++] = 0xf0 | (point >> 18);
        scratch[at++] = 0x80 | ((point >> 12) & 0x3f);
        i++;
      }
      scratch[at++] = 0x80 | ((point >> 6) & 0x3f);
      scratch[at++] = 0x80 | (point & 0x3f);
    }
  }
}

function varint(value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    scratch[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  scratch[at++] = rest;
}

function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) count++;
  return count;
}

function room(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = new Uint8Array(Math.max(scratch.length * 2, at + bytes));
  larger.set(scratch.subarray(0, at));
  scratch = larger;
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function decodeTuple(reader: Reader): Key {
  reader.at = 1;
  const count = decodeLength(reader);
  return Array.from({ length: count }, () => decodePart(reader));
}

function decodePart(reader: Reader): KeyPart {
  const tag = reader.bytes[reader.at++];
  switch (tag) {
    case FALSE:
      return false;
    case TRUE:
      return true;
    case NUMBER: {
      const [from, to] = run(reader, 8);
      const number = new DataView(reader.bytes.buffer, reader.bytes.byteOffset + from, to - from).getFloat64(0);
      if (!Number.isFinite(number)) throw corrupt();
      return number;
    }
    case BIGINT:
    case NEGATIVE_BIGINT: {
      const [from, to] = run(reader, decodeLength(reader));
      let digits = '0x0';
      for (let i = from; i < to; i++) digits += reader.bytes[i]!.toString(16).padStart(2, '0');
      return tag === BIGINT ? BigInt(digits) : -BigInt(digits);
    }
    case STRING: {
      const [from, to] = run(reader, decodeLength(reader));
      return decodeString(reader.bytes, from, to);
    }
    default:
      throw corrupt();
  }
}

// Takes anything; what was not canonical is found by the comparison in `keyOf`.
function decodeString(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; ) {
    const first = bytes[i++]!;
    const more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = more === 0 ? first : first & (0x3f >> more);
    for (let k = 0; k < more; k++) point = (point << 6) | ((bytes[i++] ?? 0) & 0x3f);
    if (point > 0x10ffff) throw corrupt();
    text += String.fromCodePoint(point);
  }
  return text;
}

function decodeLength(reader: Reader): number {
  let length = 0;
  for (let scale = 1; scale < 2 ** 36; scale *= 128) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw corrupt();
    length += (byte & 0x7f) * scale;
    if (byte > 0x7f) continue;
    // Each part and each byte of a body takes a byte at least, so a length beyond the end is a lie: allocate nothing for it.
    if (length > reader.bytes.length - reader.at) break;
    return length;
  }
  throw corrupt();
}

function run(reader: Reader, length: number): readonly [number, number] {
  const from = reader.at;
  reader.at += length;
  if (reader.at > reader.bytes.length) throw corrupt();
  return [from, reader.at];
}

function corrupt(): HeadraceError {
  const todo = 'They are damaged, or were written by a version that knows other keys: restore from an older checkpoint.';
  return new HeadraceError({ code: 'HR_KEY_CORRUPT', what: 'These bytes are not the canonical bytes of a key', todo });
}
