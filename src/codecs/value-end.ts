import { HeadraceError } from '../core/error.ts';
import * as tags from './value-tags.ts';

/**
 * Where the value ends that a `ValueWriter` wrote at `from`, without making it: for those who keep it as bytes until
 * somebody asks. An object of three members takes 35 ns, to make it 250.
 */
export function valueEnd(bytes: Uint8Array, from: number): number {
  const end = ended(bytes, from, 0);
  if (end > bytes.length) throw damaged('the bytes end too early', bytes, end);
  return end;
}

/** The number that stands at `from` in `of`, undefined where it is something else. */
export function numberAt(of: Uint8Array, from: number): number | undefined {
  const tag = of[from]!;
  if (tag >= tags.SMALL && tag < tags.SHORT) return tag & 0x3f;
  if (tag === tags.DOUBLE && from + 9 <= of.length) {
    for (let i = 0; i < 8; i++) eightBytes[i] = of[from + 1 + i]!;
    return eight.getFloat64(0, true);
  }
  if (tag !== tags.WHOLE) return undefined;
  let value = 0;
  for (let i = from + 1, shift = 0; shift < 35; i++, shift += 7) {
    const byte = of[i]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
  }
  return undefined;
}

function ended(bytes: Uint8Array, from: number, depth: number): number {
  const tag = bytes[from];
  const at = from + 1;
  if (tag === undefined) throw damaged('the bytes end too early', bytes, at);
  if (tag >= tags.SHORT) return at + (tag & 0x7f);
  return tag >= tags.SMALL ? at : taggedEnd(bytes, at, tag, depth);
}

function taggedEnd(bytes: Uint8Array, at: number, tag: number, depth: number): number {
  switch (tag) {
    case tags.NULL:
    case tags.UNDEFINED:
    case tags.FALSE:
    case tags.TRUE:
      return at;
    case tags.WHOLE:
      return countEnd(bytes, at);
    case tags.DOUBLE:
    case tags.BIGINT_64:
    case tags.DATE:
      return at + 8;
    case tags.BIGINT:
    case tags.TYPED_ARRAY:
      return countEnd(bytes, at + 1) + countAt(bytes, at + 1);
    case tags.LATIN:
    case tags.UTF_8:
      return countEnd(bytes, at) + countAt(bytes, at);
    case tags.UTF_16:
      return countEnd(bytes, at) + countAt(bytes, at) * 2;
    default:
      return membersEnd(bytes, at, tag, depth);
  }
}

function membersEnd(bytes: Uint8Array, from: number, tag: number, depth: number): number {
  if (tag < tags.ARRAY || tag > tags.SET) throw damaged(`there is no kind of value 0x${tag.toString(16)}`, bytes, from);
  if (depth >= tags.MAX_DEPTH) throw damaged(`the value is nested deeper than ${tags.MAX_DEPTH} levels`, bytes, from);
  let at = from;
  if (tag === tags.OBJECT || tag === tags.BARE_OBJECT) {
    while (bytes[at] !== tags.END) at = ended(bytes, ended(bytes, at, tags.MAX_DEPTH), depth + 1);
    return at + 1;
  }
  at = countEnd(bytes, from);
  for (let left = countAt(bytes, from) * (tag === tags.MAP ? 2 : 1); left > 0; left--) at = ended(bytes, at, depth + 1);
  return at;
}

function countAt(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from, scale = 1; scale < 2 ** 53; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw damaged('a length goes beyond the end', bytes, from);
}

function countEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < from + 8; ) if (bytes[at++]! < 0x80) return at;
  throw damaged('a length goes beyond the end', bytes, from);
}

function damaged(what: string, bytes: Uint8Array, at: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_DECODE_FAILED',
    action: 'deadLetter',
    where: 'value',
    what: `${what}, at byte ${Math.min(at, bytes.length)} of ${bytes.length}`,
    todo: 'The bytes are damaged, were written by something else, or by a newer version.',
  });
}

const eight = new DataView(new ArrayBuffer(8));
const eightBytes = new Uint8Array(eight.buffer);
