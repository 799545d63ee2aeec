import { HeadraceError } from '../core/error.ts';
import * as tags from './value-tags.ts';

// Where the walk is: everything is synchronous, and each thread has a copy of this module.
let bytes: Uint8Array = new Uint8Array(0);
let at = 0;

/**
 * Where the value ends that a `ValueWriter` wrote at `from`, without making it: for those who keep it as bytes until
 * somebody asks. An object of three members takes 40 ns, to make it 250.
 */
export function valueEnd(of: Uint8Array, from: number): number {
  bytes = of;
  at = from;
  try {
    pass(0);
    if (at > of.length) throw damaged('the bytes end too early');
    return at;
  } finally {
    bytes = NONE;
  }
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

function pass(depth: number): void {
  const tag = bytes[at++];
  if (tag === undefined) throw damaged('the bytes end too early');
  if (tag >= tags.SHORT) at += tag & 0x7f;
  else if (tag < tags.SMALL) passTagged(tag, depth);
}

function passTagged(tag: number, depth: number): void {
  switch (tag) {
    case tags.NULL:
    case tags.UNDEFINED:
    case tags.FALSE:
    case tags.TRUE:
      return;
    case tags.WHOLE:
      count();
      return;
    case tags.DOUBLE:
    case tags.BIGINT_64:
    case tags.DATE:
      at += 8;
      return;
    case tags.BIGINT:
    case tags.TYPED_ARRAY:
      at++;
      over(count());
      return;
    case tags.LATIN:
    case tags.UTF_8:
      over(count());
      return;
    case tags.UTF_16:
      over(count() * 2);
      return;
    default:
      passMembers(tag, depth);
  }
}

function passMembers(tag: number, depth: number): void {
  if (tag < tags.ARRAY || tag > tags.SET) throw damaged(`there is no kind of value 0x${tag.toString(16)}`);
  if (depth >= tags.MAX_DEPTH) throw damaged(`the value is nested deeper than ${tags.MAX_DEPTH} levels`);
  if (tag === tags.OBJECT || tag === tags.BARE_OBJECT) {
    while (bytes[at] !== tags.END) {
      pass(tags.MAX_DEPTH);
      pass(depth + 1);
    }
    at++;
    return;
  }
  for (let left = count() * (tag === tags.MAP ? 2 : 1); left > 0; left--) pass(depth + 1);
}

/** A function of its own: `at += count()` would take `at` from before the count was read. */
function over(length: number): void {
  at += length;
}

function count(): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 53; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined) break;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
  throw damaged('a length goes beyond the end');
}

function damaged(what: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_DECODE_FAILED',
    action: 'deadLetter',
    where: 'value',
    what: `${what}, at byte ${Math.min(at, bytes.length)} of ${bytes.length}`,
    todo: 'The bytes are damaged, were written by something else, or by a newer version.',
  });
}

const NONE = new Uint8Array(0);
const eight = new DataView(new ArrayBuffer(8));
const eightBytes = new Uint8Array(eight.buffer);
