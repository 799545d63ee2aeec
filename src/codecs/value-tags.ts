// The format `value/1`. It stands in checkpoints and on wires, so what is here never changes; new kinds get new tags.
//
//   0x00 null · 0x01 undefined · 0x02 false · 0x03 true
//   0x04 whole number within 32 bits: zigzag varint
//   0x05 any other number, -0, NaN and the infinities: double
//   0x06 bigint within 64 bits: 8 bytes · 0x07 any other: 0 or 1 for the sign, length, magnitude in big-endian bytes
//   0x08 Date: its time as a double, NaN for an invalid one
//   0x09 text in Latin-1: length, bytes · 0x0a in UTF-8: length in bytes, bytes
//   0x0b text with half of a surrogate pair: number of UTF-16 units, the units
//   0x0c array: count, the members
//   0x0d object, 0x0e object without prototype: name (as text) and value by turns, then 0x12
//   0x0f Map: count, key and value by turns · 0x10 Set: count, the members
//   0x11 typed array: which one, length in bytes, bytes
//   0x40 to 0x7f the whole numbers 0 to 63 · 0x80 to 0xff text in Latin-1 of 0 to 127 characters, the bytes
//
// A length or count is a varint: seven bits a byte, lowest first, 0x80 meaning "more". Everything else is little-endian.
// Latin-1 is written for ASCII only, since that is what can be found out for nothing.
export const NULL = 0x00;
export const UNDEFINED = 0x01;
export const FALSE = 0x02;
export const TRUE = 0x03;
export const WHOLE = 0x04;
export const DOUBLE = 0x05;
export const BIGINT_64 = 0x06;
export const BIGINT = 0x07;
export const DATE = 0x08;
export const LATIN = 0x09;
export const UTF_8 = 0x0a;
export const UTF_16 = 0x0b;
export const ARRAY = 0x0c;
export const OBJECT = 0x0d;
export const BARE_OBJECT = 0x0e;
export const MAP = 0x0f;
export const SET = 0x10;
export const TYPED_ARRAY = 0x11;
export const END = 0x12;
export const SMALL = 0x40;
export const SHORT = 0x80;

/** How deep arrays, objects, maps and sets may be nested. */
export const MAX_DEPTH = 256;

interface TypedArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: object;
  new (buffer: ArrayBuffer): object;
}

/** By the number that stands for each in the format. */
export const typedArrays: readonly TypedArrayClass[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
];

/** What is neither plain nor an array, by its prototype. A Buffer is bytes like any other. */
export const typedArrayOf: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ...typedArrays.map((each, i): [unknown, number] => [each.prototype, i]),
  [Buffer.prototype, 0],
]);

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of a typed array in the order of the format, in place where this machine has the other one. */
export function inFormatOrder(bytes: Uint8Array, width: number): Uint8Array {
  if (isLittleEndian || width === 1) return bytes;
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
  return bytes;
}
