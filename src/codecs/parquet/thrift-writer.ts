import type { ByteWriter } from './byte-writer.ts';

/** A field of a struct in Thrift's compact form, with its number. Numbers have the width that the format says. */
export type ThriftField = readonly [id: number, value: ThriftValue | undefined];

export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly flag: boolean }
  | { readonly text: string | Uint8Array }
  | { readonly list: readonly ThriftValue[] }
  | { readonly struct: readonly ThriftField[] }
  /** A struct that is written already. */
  | { readonly written: Uint8Array };

const TRUE = 1;
const FALSE = 2;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Fields in the order of their numbers; those that are undefined are left out. */
export function writeStruct(out: ByteWriter, fields: readonly ThriftField[]): void {
  let before = 0;
  for (const [id, value] of fields) {
    if (value === undefined) continue;
    const type = typeOf(value);
    // All our numbers are near enough: at most fifteen behind the one before.
    out.byte(((id - before) << 4) | type);
    before = id;
    if (!('flag' in value)) writeValue(out, value);
  }
  out.byte(0);
}

function typeOf(value: ThriftValue): number {
  if ('i32' in value) return I32;
  if ('i64' in value) return I64;
  if ('flag' in value) return value.flag ? TRUE : FALSE;
  if ('text' in value) return BINARY;
  return 'list' in value ? LIST : STRUCT;
}

function writeValue(out: ByteWriter, value: Exclude<ThriftValue, { readonly flag: boolean }>): void {
  if ('i32' in value) zigzag(out, value.i32);
  else if ('i64' in value) zigzag(out, value.i64);
  else if ('text' in value) out.shortText(value.text);
  else if ('struct' in value) writeStruct(out, value.struct);
  else if ('written' in value) out.append(value.written);
  else {
    const { list } = value;
    const type = list[0] === undefined ? STRUCT : typeOf(list[0]);
    if (list.length < 15) out.byte((list.length << 4) | type);
    else {
      out.byte(0xf0 | type);
      out.varint(list.length);
    }
    for (const each of list) writeValue(out, each as Exclude<ThriftValue, { readonly flag: boolean }>);
  }
}

/** No number of ours is beyond what a double holds twice. */
function zigzag(out: ByteWriter, value: number): void {
  out.varint(value < 0 ? -value * 2 - 1 : value * 2);
}
