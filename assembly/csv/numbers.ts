import { areGroups, hasGroups, ungroup, ungroupedAt } from './groups';
import { answer, beginOf, EXACTLY, endOf, isNull, ODD, point } from './place';

const POWERS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);
const MOST_EXACT: u64 = 9007199254740991;
/** So many decimal digits always have room in 64 bits. */
const MOST_DIGITS: i32 = 19;

/**
 * The number that `count` digits make; `digits` has them less 48 from its first byte on, with the byte at `point` between
 * them that does not count (16: none). All are brought to the right end, and then added up by two, four and eight.
 */
// @ts-ignore: decorator
@inline
function sum(digits: v128, point: i32, count: i32): u64 {
  const straight = i8x16.sub(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>(16 - count)));
  // What is negative names no byte, and becomes zero.
  const from = i8x16.sub(straight, i8x16.ge_s(straight, i8x16.splat(<i8>point)));
  const row = i8x16.swizzle(digits, from);
  const twos = i16x8.add(i16x8.mul(v128.and(row, i16x8.splat(0xff)), i16x8.splat(10)), i16x8.shr_u(row, 8));
  const fours = i32x4.dot_i16x8_s(twos, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), i16x8(10000, 1, 10000, 1, 10000, 1, 10000, 1));
  return <u64>(<u32>i32x4.extract_lane(eights, 0)) * 100000000 + <u64>(<u32>i32x4.extract_lane(eights, 1));
}

/**
 * Numbers of a column. What is written is multiplied by ten to the power of `shift`. With `isWhole` only whole numbers
 * are right that a double holds exactly. Answers how many rows are in `bad`; 0: nulls.
 */
export function numbers(
  buf: usize,
  idx: usize,
  good: usize,
  rows: u32,
  column: u32,
  isLast: bool,
  quote: i32,
  isWhole: bool,
  mayHaveExponent: bool,
  shift: i32,
  mayBeNull: bool,
  tokens: usize,
  out: usize,
  nulls: usize,
  bad: usize,
): u32 {
  let wrong: u32 = 0;
  let empty: u32 = 0;
  // Epochs, which are the others, have no groups.
  const isGrouped = areGroups() && (isWhole || mayHaveExponent);
  for (let i: u32 = 0; i < rows; i++, out += 8, good += 4) {
    const first = load<u32>(good);
    if (first == ODD) continue;
    const entry = idx + (<usize>(first + column) << 2);
    let p = beginOf(entry, buf);
    let end = endOf(entry, buf, p, isLast);
    if (p < end && <i32>load<u8>(p) == quote) {
      p++;
      end--;
    }
    if (mayBeNull) {
      const none = isNull(tokens, p, <u32>(end - p));
      store<u8>(nulls + i, none ? 1 : 0);
      if (none) {
        empty++;
        store<f64>(out, 0);
        continue;
      }
    }
    if (isGrouped && hasGroups(p, end)) {
      end = ungroup(p, end);
      if (end == 0) {
        store<u32>(bad + (<usize>(wrong++) << 2), i);
        continue;
      }
      p = ungroupedAt();
    }
    // Nearly all: up to sixteen digits with or without a point. There is no branch that depends on the sign or on how many
    // digits there are, since these change from row to row.
    const minus = <u64>(p < end && load<u8>(p) == 45);
    const from = p + <usize>minus;
    const length = <i32>(end - from);
    if (length > 0 && length <= 16) {
      const digits = i8x16.sub(v128.load(from), i8x16.splat(48));
      const others = <u32>i8x16.bitmask(i8x16.gt_u(digits, i8x16.splat(9))) & ((1 << length) - 1);
      if (others == 0) {
        const all = sum(digits, 16, length);
        if (all <= MOST_EXACT && shift == 0) {
          const exact = reinterpret<u64>(<f64>(<i64>all)) | (minus << 63);
          store<u64>(out, isWhole && all == 0 ? 0 : exact);
          continue;
        }
      } else if (!isWhole && length > 1 && (others & (others - 1)) == 0) {
        const at = <i32>ctz(others);
        const power = length - 1 - at - shift;
        if (power >= 0 && load<u8>(from + at) == point()) {
          const all = sum(digits, at, length - 1);
          if (all <= MOST_EXACT) {
            const exact = <f64>(<i64>all) / load<f64>(POWERS + (<usize>power << 3));
            store<u64>(out, reinterpret<u64>(exact) | (minus << 63));
            continue;
          }
        }
      }
    }
    let isNegative = false;
    if (p < end) {
      const sign = load<u8>(p);
      if (sign == 45) {
        isNegative = true;
        p++;
      } else if (sign == 43) p++;
    }
    let value: u64 = 0;
    let digit: u32 = 0;
    const whole = p;
    while (p < end && (digit = <u32>load<u8>(p) - 48) <= 9) {
      value = value * 10 + digit;
      p++;
    }
    let digits = <i32>(p - whole);
    let power = shift;
    if (!isWhole && p < end) {
      if (load<u8>(p) == point()) {
        p++;
        const fraction = p;
        while (p < end && (digit = <u32>load<u8>(p) - 48) <= 9) {
          value = value * 10 + digit;
          p++;
        }
        const behind = <i32>(p - fraction);
        power -= behind;
        digits += behind;
      }
      if (mayHaveExponent && digits > 0 && p < end && (load<u8>(p) | 32) == 101) {
        p++;
        let isSmall = false;
        if (p < end) {
          const sign = load<u8>(p);
          if (sign == 45) {
            isSmall = true;
            p++;
          } else if (sign == 43) p++;
        }
        const ten = p;
        let exponent: i32 = 0;
        while (p < end && (digit = <u32>load<u8>(p) - 48) <= 9) {
          if (exponent < 10000) exponent = exponent * 10 + <i32>digit;
          p++;
        }
        if (p == ten) p = 0; // No digit: not a number.
        power += isSmall ? -exponent : exponent;
      }
    }
    if (p != end || digits == 0) store<u32>(bad + (<usize>(wrong++) << 2), i);
    else if (isWhole) {
      if (digits > MOST_DIGITS || value > MOST_EXACT) store<u32>(bad + (<usize>(wrong++) << 2), i);
      else store<f64>(out, <f64>(isNegative ? -(<i64>value) : <i64>value));
    } else if (digits <= MOST_DIGITS && value <= MOST_EXACT && power >= -22 && power <= 22) {
      // Both are exact, so that the one rounding of the product or the quotient is the right one.
      const exact =
        power < 0 ? <f64>(<i64>value) / load<f64>(POWERS + (<usize>-power << 3)) : <f64>(<i64>value) * load<f64>(POWERS + (<usize>power << 3));
      store<f64>(out, isNegative ? -exact : exact);
    } else store<u32>(bad + (<usize>(wrong++) << 2), i | EXACTLY);
  }
  answer(0, empty);
  return wrong;
}

/** Whole numbers of 64 bits. Answers how many rows are in `bad`; 0: nulls. */
export function bigints(
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
  nulls: usize,
  bad: usize,
): u32 {
  let wrong: u32 = 0;
  let empty: u32 = 0;
  for (let i: u32 = 0; i < rows; i++, out += 8, good += 4) {
    const first = load<u32>(good);
    if (first == ODD) continue;
    const entry = idx + (<usize>(first + column) << 2);
    let p = beginOf(entry, buf);
    let end = endOf(entry, buf, p, isLast);
    if (p < end && <i32>load<u8>(p) == quote) {
      p++;
      end--;
    }
    if (mayBeNull) {
      const none = isNull(tokens, p, <u32>(end - p));
      store<u8>(nulls + i, none ? 1 : 0);
      if (none) {
        empty++;
        store<u64>(out, 0);
        continue;
      }
    }
    if (areGroups() && hasGroups(p, end)) {
      end = ungroup(p, end);
      if (end == 0) {
        store<u32>(bad + (<usize>(wrong++) << 2), i);
        continue;
      }
      p = ungroupedAt();
    }
    let isNegative = false;
    if (p < end) {
      const sign = load<u8>(p);
      if (sign == 45) {
        isNegative = true;
        p++;
      } else if (sign == 43) p++;
    }
    const whole = p;
    let value: u64 = 0;
    let digit: u32 = 0;
    while (p < end && (digit = <u32>load<u8>(p) - 48) <= 9) {
      value = value * 10 + digit;
      p++;
    }
    const digits = <i32>(p - whole);
    if (p != end || digits == 0 || digits > MOST_DIGITS || value > (isNegative ? <u64>1 << 63 : <u64>i64.MAX_VALUE))
      store<u32>(bad + (<usize>(wrong++) << 2), i);
    else store<u64>(out, isNegative ? 0 - value : value);
  }
  answer(0, empty);
  return wrong;
}

/** Yes and no. Answers how many rows are in `bad`; 0: nulls. */
export function booleans(
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
  nulls: usize,
  bad: usize,
): u32 {
  let wrong: u32 = 0;
  let empty: u32 = 0;
  for (let i: u32 = 0; i < rows; i++, good += 4) {
    const first = load<u32>(good);
    if (first == ODD) continue;
    const entry = idx + (<usize>(first + column) << 2);
    let p = beginOf(entry, buf);
    let end = endOf(entry, buf, p, isLast);
    if (p < end && <i32>load<u8>(p) == quote) {
      p++;
      end--;
    }
    const length = <u32>(end - p);
    if (mayBeNull) {
      const none = isNull(tokens, p, length);
      store<u8>(nulls + i, none ? 1 : 0);
      if (none) {
        empty++;
        store<u8>(out + i, 0);
        continue;
      }
    }
    const is = truth(p, length);
    if (is > 1) store<u32>(bad + (<usize>(wrong++) << 2), i);
    else store<u8>(out + i, <u8>is);
  }
  answer(0, empty);
  return wrong;
}

/** 1, 0, or 2 for neither. Letters count in either case. */
// @ts-ignore: decorator
@inline
function truth(p: usize, length: u32): u32 {
  if (length == 4) return (load<u32>(p) | 0x20202020) == 0x65757274 ? 1 : 2; // true
  if (length == 5) return (load<u32>(p) | 0x20202020) == 0x736c6166 && (load<u8>(p, 4) | 32) == 101 ? 0 : 2; // false
  if (length == 1) {
    const letter = load<u8>(p);
    if (letter == 49) return 1;
    if (letter == 48) return 0;
    const small = letter | 32;
    return small == 116 || small == 121 ? 1 : small == 102 || small == 110 ? 0 : 2; // t y f n
  }
  if (length == 3) return (load<u16>(p) | 0x2020) == 0x6579 && (load<u8>(p, 2) | 32) == 115 ? 1 : 2; // yes
  if (length == 2) return (load<u16>(p) | 0x2020) == 0x6f6e ? 0 : 2; // no
  return 2;
}
