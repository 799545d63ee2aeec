import { answer, behindBlanks, isTrimming, ODD } from './place';

/** Why a scan ended. */
const AT_END: i32 = 0;
const IS_FULL: i32 = 1;
const AT_ODD_QUOTE: i32 = 2;
const AT_COMMENT: i32 = 3;
const AT_LONG_ROW: i32 = 4;

// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) | (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32)
  );
}

/**
 * Finds the rows of buf[from, length) and where their places end, 64 bytes a turn. It ends in front of the first row it
 * cannot vouch for: with a quote that is neither at the beginning of a place nor doubled nor in front of its end, with a
 * comment, longer than `longest`, or not there to its end. Rows with another number of places than `fields` are told in
 * `odd` (row, begin, end), and empty lines are passed over.
 * Answers 0: where it ended, 1: entries, 2: rows, 3: odd rows.
 */
export function scan(
  buf: usize,
  from: u32,
  length: u32,
  separator: i32,
  quote: i32,
  comment: i32,
  fields: u32,
  longest: u32,
  idx: usize,
  entry: u32,
  entries: u32,
  good: usize,
  row: u32,
  rows: u32,
  odd: usize,
  odds: u32,
): i32 {
  const vs = i8x16.splat(<i8>separator);
  const vn = i8x16.splat(10);
  const vq = i8x16.splat(<i8>quote);
  const quotes: u64 = quote >= 0 ? <u64>-1 : 0;
  const full = idx + (<usize>(entries - 65) << 2);
  let at = idx + (<usize>entry << 2);
  store<u32>(at, from - 1);
  at += 4;
  let first = at; // The entry of the first place of the row that begins at `begin`.
  let begin = from;
  let isIn = false;
  let isDoubled = false;
  let why = AT_END;
  if (from < length && comment >= 0 && <i32>load<u8>(buf + from) == comment) why = AT_COMMENT;
  for (let i = from; i < length && why == AT_END; i += 64) {
    if (at > full) {
      why = IS_FULL;
      break;
    }
    const p = buf + i;
    const v0 = v128.load(p);
    const v1 = v128.load(p, 16);
    const v2 = v128.load(p, 32);
    const v3 = v128.load(p, 48);
    const n0 = i8x16.eq(v0, vn);
    const n1 = i8x16.eq(v1, vn);
    const n2 = i8x16.eq(v2, vn);
    const n3 = i8x16.eq(v3, vn);
    let ends = bits(n0, n1, n2, n3);
    let cuts = bits(
      v128.or(i8x16.eq(v0, vs), n0),
      v128.or(i8x16.eq(v1, vs), n1),
      v128.or(i8x16.eq(v2, vs), n2),
      v128.or(i8x16.eq(v3, vs), n3),
    );
    let marks = bits(i8x16.eq(v0, vq), i8x16.eq(v1, vq), i8x16.eq(v2, vq), i8x16.eq(v3, vq)) & quotes;
    if (length - i < 64) {
      const inside = (<u64>1 << (length - i)) - 1;
      ends &= inside;
      cuts &= inside;
      marks &= inside;
    }
    if (marks == 0) {
      if (isIn) continue;
    } else {
      let outside: u64 = 0;
      let before = load<u32>(at - 4);
      for (let all = cuts | marks; all != 0; all &= all - 1) {
        const bit = all & (0 - all);
        const pos = i + <u32>ctz(all);
        if ((marks & bit) == 0) {
          if (!isIn) {
            outside |= bit;
            before = pos;
          }
        } else if (isDoubled) isDoubled = false;
        else if (isIn) {
          let after = buf + pos + 1;
          let next = <i32>load<u8>(after);
          if (next == quote) isDoubled = true;
          else if (isTrimming()) {
            after = behindBlanks(after, buf + length);
            next = <i32>load<u8>(after);
            if (next == separator || next == 10 || (next == 13 && load<u8>(after, 1) == 10)) isIn = false;
            else {
              why = AT_ODD_QUOTE;
              break;
            }
          } else if (next == separator || next == 10 || (next == 13 && load<u8>(after, 1) == 10)) isIn = false;
          else {
            why = AT_ODD_QUOTE;
            break;
          }
        } else if (pos == before + 1 || (isTrimming() && behindBlanks(buf + before + 1, buf + pos) == buf + pos)) isIn = true;
        else {
          why = AT_ODD_QUOTE;
          break;
        }
      }
      cuts = outside;
      ends &= outside;
    }
    const here = at;
    for (let left = cuts; left != 0; left &= left - 1) {
      store<u32>(at, i + <u32>ctz(left));
      at += 4;
    }
    for (; ends != 0; ends &= ends - 1) {
      const pos = i + <u32>ctz(ends);
      const last = here + (<usize>popcnt(cuts & ((ends & (0 - ends)) - 1)) << 2);
      const bytes = pos - begin;
      if (bytes > longest) {
        why = AT_LONG_ROW;
        break;
      }
      const found = <u32>((last - first) >> 2) + 1;
      if (bytes == 0 || (bytes == 1 && load<u8>(buf + begin) == 13) || (found == 1 && isTrimming() && isEmpty(buf + begin, buf + pos))) {
        // An empty line.
      } else if (found == fields) store<u32>(good + (<usize>(row++) << 2), <u32>((first - idx) >> 2));
      else {
        const o = odd + <usize>(odds++) * 12;
        store<u32>(o, row);
        store<u32>(o, begin, 4);
        store<u32>(o, pos, 8);
        store<u32>(good + (<usize>(row++) << 2), ODD);
      }
      first = last + 4;
      begin = pos + 1;
      if (row == rows) {
        why = IS_FULL;
        break;
      }
      if (comment >= 0 && begin < length && <i32>load<u8>(buf + begin) == comment) {
        why = AT_COMMENT;
        break;
      }
    }
  }
  answer(0, begin);
  answer(1, <u32>((first - idx) >> 2));
  answer(2, row);
  answer(3, odds);
  return why;
}

/** Whether a line has nothing but blanks, and perhaps its carriage return. */
function isEmpty(p: usize, end: usize): bool {
  p = behindBlanks(p, end);
  return p == end || (p + 1 == end && load<u8>(p) == 13);
}

/** The byte at which each row begins. */
export function starts(idx: usize, good: usize, rows: i32, base: f64, out: usize): void {
  for (let i = 0; i < rows; i++, out += 8) {
    const entry = load<u32>(good + (<usize>i << 2));
    store<f64>(out, entry == ODD ? 0 : base + <f64>(load<u32>(idx + (<usize>entry << 2) - 4) + 1));
  }
}

/** How many line feeds there are. */
export function lines(begin: usize, end: usize): u32 {
  const vn = i8x16.splat(10);
  let count: u32 = 0;
  let p = begin;
  for (; p + 64 <= end; p += 64)
    count += <u32>(
      popcnt(
        bits(
          i8x16.eq(v128.load(p), vn),
          i8x16.eq(v128.load(p, 16), vn),
          i8x16.eq(v128.load(p, 32), vn),
          i8x16.eq(v128.load(p, 48), vn),
        ),
      )
    );
  for (; p < end; p++) if (load<u8>(p) == 10) count++;
  return count;
}
