import { answer, beginOf, endOf, isNull, ODD } from './place';

// A dictionary is eleven words: mask of the table, entries, bytes of all entries, most entries, most bytes, table
// (hash and number + 1 each), ends of the entries, room for ends, bytes, room for bytes, whether it may not grow.
const ENTRIES: usize = 4;
const BYTES: usize = 8;
const MOST_ENTRIES: usize = 12;
const MOST_BYTES: usize = 16;
const TABLE: usize = 20;
const ENDS: usize = 24;
const ENDS_ROOM: usize = 28;
const KEYS: usize = 32;
const KEYS_ROOM: usize = 36;
const IS_FIXED: usize = 40;

/** More than an honest table ever asks for: someone has chosen strings that all have one place. */
const MOST_PROBES: u32 = 512;

/** What `find` answers that is no number of an entry. */
const WANTS_TABLE: i32 = -1;
const WANTS_BYTES: i32 = -2;
const IS_FULL: i32 = -3;
const IS_UNKNOWN: i32 = -4;
const IS_NO_UTF8: i32 = -5;

// @ts-ignore: decorator
@inline
function hashOf(p: usize, length: u32): u32 {
  let hash: u64 = <u64>length * 0x9e3779b97f4a7c15;
  let left = length;
  while (left >= 8) {
    hash = (hash ^ load<u64>(p)) * 0x9fb21c651e98df25;
    hash ^= hash >> 32;
    p += 8;
    left -= 8;
  }
  if (left > 0) {
    hash = (hash ^ (load<u64>(p) & ((<u64>1 << (left << 3)) - 1))) * 0x9fb21c651e98df25;
    hash ^= hash >> 32;
  }
  hash *= 0x9e3779b97f4a7c15;
  return <u32>(hash >> 32);
}

// @ts-ignore: decorator
@inline
function isSame(a: usize, b: usize, length: u32): bool {
  let left = length;
  while (left >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    left -= 8;
  }
  return left == 0 || ((load<u64>(a) ^ load<u64>(b)) & ((<u64>1 << (left << 3)) - 1)) == 0;
}

/** The number of an entry, which is added where there is none and it is allowed. */
// @ts-ignore: decorator
@inline
function find(d: usize, p: usize, length: u32): i32 {
  const mask = load<u32>(d);
  const table = <usize>load<u32>(d, TABLE);
  const ends = <usize>load<u32>(d, ENDS);
  const keys = <usize>load<u32>(d, KEYS);
  const hash = hashOf(p, length);
  let slot = hash & mask;
  for (let probes: u32 = 0; probes < MOST_PROBES; probes++) {
    const t = table + (<usize>slot << 3);
    const id = load<u32>(t, 4);
    if (id == 0) return add(d, p, length, hash, t);
    if (load<u32>(t) == hash) {
      const from = load<u32>(ends + (<usize>(id - 1) << 2));
      if (load<u32>(ends + (<usize>id << 2)) - from == length && isSame(keys + from, p, length)) return <i32>id - 1;
    }
    slot = (slot + 1) & mask;
  }
  return IS_FULL;
}

function add(d: usize, p: usize, length: u32, hash: u32, t: usize): i32 {
  if (load<u32>(d, IS_FIXED) != 0) return IS_UNKNOWN;
  const entries = load<u32>(d, ENTRIES);
  const bytes = load<u32>(d, BYTES);
  if (!isUtf8(p, length)) return IS_NO_UTF8;
  if (entries >= load<u32>(d, MOST_ENTRIES) || bytes + length > load<u32>(d, MOST_BYTES)) return IS_FULL;
  if (entries * 2 > load<u32>(d) || entries + 2 > load<u32>(d, ENDS_ROOM)) return WANTS_TABLE;
  // Eight bytes more, so that whoever reads eight at once stays inside.
  if (bytes + length + 8 > load<u32>(d, KEYS_ROOM)) return WANTS_BYTES;
  memory.copy(<usize>load<u32>(d, KEYS) + bytes, p, length);
  store<u32>(d, bytes + length, BYTES);
  store<u32>(d, entries + 1, ENTRIES);
  store<u32>(<usize>load<u32>(d, ENDS) + (<usize>(entries + 1) << 2), bytes + length);
  store<u32>(t, hash);
  store<u32>(t, entries + 1, 4);
  return <i32>entries;
}

/** One string; its number, or why it has none. */
export function intern(d: usize, p: usize, length: u32): i32 {
  return find(d, p, length);
}

/** Moves the entries of a table to a larger one, which is all zero. */
export function rehash(from: usize, slots: u32, to: usize, mask: u32): void {
  for (let i: u32 = 0; i < slots; i++, from += 8) {
    const id = load<u32>(from, 4);
    if (id == 0) continue;
    const hash = load<u32>(from);
    let slot = hash & mask;
    while (load<u32>(to + (<usize>slot << 3), 4) != 0) slot = (slot + 1) & mask;
    store<u32>(to + (<usize>slot << 3), hash);
    store<u32>(to + (<usize>slot << 3), id, 4);
  }
}

/** Copies what stands between quotes, two quotes as one; answers how long it has become. */
function undouble(p: usize, end: usize, quote: i32, to: usize): u32 {
  const from = to;
  while (p < end) {
    const byte = load<u8>(p);
    store<u8>(to++, byte);
    p += <i32>byte == quote ? 2 : 1;
  }
  return <u32>(to - from);
}

// @ts-ignore: decorator
@inline
function hasByte(p: usize, end: usize, byte: u8): bool {
  const v = i8x16.splat(<i8>byte);
  for (; p + 16 <= end; p += 16) if (v128.any_true(i8x16.eq(v128.load(p), v))) return true;
  for (; p < end; p++) if (load<u8>(p) == byte) return true;
  return false;
}

/**
 * Strings as numbers of a dictionary, from row `from` on. Answers the row it came to: `rows`, or the one for which
 * 0: -1 a larger table, -2 more bytes, -3 a dictionary without bounds is wanted. 1: nulls, 2: bad rows, so far.
 */
export function ids(
  buf: usize,
  idx: usize,
  good: usize,
  from: u32,
  rows: u32,
  column: u32,
  isLast: bool,
  quote: i32,
  mayBeNull: bool,
  tokens: usize,
  d: usize,
  out: usize,
  nulls: usize,
  bad: usize,
  empty: u32,
  wrong: u32,
): u32 {
  let i = from;
  let why: i32 = 0;
  for (; i < rows; i++) {
    const first = load<u32>(good + (<usize>i << 2));
    if (first == ODD) continue;
    const entry = idx + (<usize>(first + column) << 2);
    let p = beginOf(entry, buf);
    let end = endOf(entry, buf, p, isLast);
    let id: i32;
    if (p < end && <i32>load<u8>(p) == quote) {
      if (mayBeNull) store<u8>(nulls + i, 0);
      p++;
      end--;
      if (hasByte(p, end, <u8>quote)) {
        const used = load<u32>(d, BYTES);
        if (used + <u32>(end - p) + 8 > load<u32>(d, KEYS_ROOM)) {
          why = WANTS_BYTES;
          break;
        }
        // Behind the entries, where it stays if it is a new one.
        const to = <usize>load<u32>(d, KEYS) + used;
        id = find(d, to, undouble(p, end, quote, to));
      } else id = find(d, p, <u32>(end - p));
    } else {
      if (mayBeNull) {
        const none = isNull(tokens, p, <u32>(end - p));
        store<u8>(nulls + i, none ? 1 : 0);
        if (none) {
          empty++;
          store<i32>(out + (<usize>i << 2), 0);
          continue;
        }
      }
      id = find(d, p, <u32>(end - p));
    }
    if (id >= 0) store<i32>(out + (<usize>i << 2), id);
    else if (id <= IS_UNKNOWN) store<u32>(bad + (<usize>(wrong++) << 2), i);
    else {
      why = id;
      break;
    }
  }
  answer(0, <u32>why);
  answer(1, empty);
  answer(2, wrong);
  return i;
}

/**
 * Strings one behind the other in `out`, with 0 and then where each ends in `ends`; `flags` is 1 where one has other letters than
 * those of ASCII. Answers how many rows are bad; 0: nulls, 1: bytes in `out`.
 */
export function strings(
  buf: usize,
  idx: usize,
  good: usize,
  rows: u32,
  column: u32,
  isLast: bool,
  quote: i32,
  mayBeNull: bool,
  tokens: usize,
  out: usize,
  ends: usize,
  flags: usize,
  nulls: usize,
  bad: usize,
): u32 {
  let wrong: u32 = 0;
  let empty: u32 = 0;
  let to = out;
  store<u32>(ends, 0);
  for (let i: u32 = 0; i < rows; i++, good += 4) {
    ends += 4;
    store<u32>(ends, <u32>(to - out));
    store<u8>(flags + i, 0);
    const first = load<u32>(good);
    if (first == ODD) continue;
    const entry = idx + (<usize>(first + column) << 2);
    let p = beginOf(entry, buf);
    let end = endOf(entry, buf, p, isLast);
    let length = <u32>(end - p);
    if (length > 0 && <i32>load<u8>(p) == quote) {
      if (mayBeNull) store<u8>(nulls + i, 0);
      p++;
      end--;
      length -= 2;
      if (hasByte(p, end, <u8>quote)) length = undouble(p, end, quote, to);
      else memory.copy(to, p, length);
    } else {
      if (mayBeNull) {
        const none = isNull(tokens, p, length);
        store<u8>(nulls + i, none ? 1 : 0);
        if (none) {
          empty++;
          continue;
        }
      }
      memory.copy(to, p, length);
    }
    if (!isAscii(to, length)) {
      if (!isUtf8(to, length)) {
        store<u32>(bad + (<usize>(wrong++) << 2), i);
        continue;
      }
      store<u8>(flags + i, 1);
    }
    to += length;
    store<u32>(ends, <u32>(to - out));
  }
  answer(0, empty);
  answer(1, <u32>(to - out));
  return wrong;
}

// @ts-ignore: decorator
@inline
function isAscii(p: usize, length: u32): bool {
  let left = length;
  for (; left >= 8; left -= 8, p += 8) if ((load<u64>(p) & 0x8080808080808080) != 0) return false;
  return left == 0 || (load<u64>(p) & 0x8080808080808080 & ((<u64>1 << (left << 3)) - 1)) == 0;
}

/** As the Unicode standard has it: nothing written longer than it must be, no halves of pairs, nothing beyond 10FFFF. */
function isUtf8(p: usize, length: u32): bool {
  if (isAscii(p, length)) return true;
  const end = p + length;
  while (p < end) {
    const a = <u32>load<u8>(p);
    if (a < 0x80) {
      p++;
      continue;
    }
    const more: u32 = a < 0xc2 ? 0 : a < 0xe0 ? 1 : a < 0xf0 ? 2 : a < 0xf5 ? 3 : 0;
    if (more == 0 || <u32>(end - p) <= more) return false;
    const b = <u32>load<u8>(p, 1);
    const least: u32 = a == 0xe0 ? 0xa0 : a == 0xf0 ? 0x90 : 0x80;
    const most: u32 = a == 0xed ? 0x9f : a == 0xf4 ? 0x8f : 0xbf;
    if (b < least || b > most) return false;
    for (let i: u32 = 2; i <= more; i++) if ((load<u8>(p + i) & 0xc0) != 0x80) return false;
    p += more + 1;
  }
  return true;
}
