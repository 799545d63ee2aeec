import { space } from './bytes';

/** The string that was read last has a backslash in it; has bytes that are not ASCII. */
export let hasEscape: bool = false;
export let hasWide: bool = false;

let brackets: usize = 0;
let deepest: i32 = 0;

/** A byte for each open bracket. */
export function setSkipping(bracketsAt: usize, depth: i32): void {
  brackets = bracketsAt;
  deepest = depth;
}

/** From behind the quote of a string to its last one; 0 where the string is wrong. */
export function text(from: usize): usize {
  const quote = i8x16.splat(34);
  const backslash = i8x16.splat(92);
  const control = i8x16.splat(32);
  hasEscape = false;
  hasWide = false;
  let p = from;
  while (true) {
    const v = v128.load(p);
    const special = <u32>i8x16.bitmask(v128.or(v128.or(i8x16.eq(v, quote), i8x16.eq(v, backslash)), i8x16.lt_u(v, control)));
    const wide = <u32>i8x16.bitmask(v);
    const stop = ctz(special | 0x10000);
    const before = wide & ((1 << stop) - 1);
    if (before != 0) {
      hasWide = true;
      p += ctz(before);
      const length = character(p);
      if (length == 0) return 0;
      p += length;
      continue;
    }
    p += stop;
    if (special == 0) continue;
    const c = <u32>load<u8>(p);
    if (c == 34) return p;
    if (c != 92) return 0;
    hasEscape = true;
    const length = escape(p);
    if (length == 0) return 0;
    p += length;
  }
}

/** How long the UTF-8 character at a byte from 0x80 on is; 0 where it is none. */
function character(p: usize): usize {
  const c = <u32>load<u8>(p);
  const second = <u32>load<u8>(p + 1);
  if (c < 0xc2) return 0;
  if (c < 0xe0) return second >> 6 == 2 ? 2 : 0;
  if (c < 0xf0) {
    const least: u32 = c == 0xe0 ? 0xa0 : 0x80;
    const most: u32 = c == 0xed ? 0x9f : 0xbf;
    return second >= least && second <= most && <u32>load<u8>(p + 2) >> 6 == 2 ? 3 : 0;
  }
  if (c < 0xf5) {
    const least: u32 = c == 0xf0 ? 0x90 : 0x80;
    const most: u32 = c == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most && <u32>load<u8>(p + 2) >> 6 == 2 && <u32>load<u8>(p + 3) >> 6 == 2 ? 4 : 0;
  }
  return 0;
}

function escape(p: usize): usize {
  const c = <u32>load<u8>(p + 1);
  if (c == 117) return hex4(p + 2) >= 0 ? 6 : 0;
  return c == 34 || c == 92 || c == 47 || c == 98 || c == 102 || c == 110 || c == 114 || c == 116 ? 2 : 0;
}

/** The number of four hexadecimal digits, or -1. */
export function hex4(p: usize): i32 {
  let value: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const c = <i32>load<u8>(p + i);
    const letter = c | 32;
    let digit: i32;
    if (c >= 48 && c <= 57) digit = c - 48;
    else if (letter >= 97 && letter <= 102) digit = letter - 87;
    else return -1;
    value = (value << 4) | digit;
  }
  return value;
}

// @ts-ignore: decorator
@inline
function isDigit(c: u32): bool {
  return c - 48 <= 9;
}

/**
 * The first byte of a string, or behind it, that is not plain ASCII, up to the seventeenth; `quotes`, `slashes` and `spaces`
 * are what they are called, sixteen times. Where it is a quote, like the one at `p`, the string is right and ends there.
 * Found by one comparison: the next value waits for nothing else, so that checks of many values run side by side.
 */
// @ts-ignore: decorator
@inline
export function stringStop(p: usize, quotes: v128, slashes: v128, spaces: v128): usize {
  const v = v128.load(p, 1);
  // A comparison with signs takes bytes from 0x80 on for small ones.
  const special = v128.or(v128.or(i8x16.eq(v, quotes), i8x16.eq(v, slashes)), i8x16.lt_s(v, spaces));
  return p + 1 + ctz(<u32>i8x16.bitmask(special) | 0x10000);
}

/** Whether both are quotes. */
// @ts-ignore: decorator
@inline
export function areQuotes(p: usize, stop: usize): bool {
  return ((<u32>load<u8>(p) ^ 34) | (<u32>load<u8>(stop) ^ 34)) == 0;
}

/** Behind true, false or null, or 0; without a branch, since nobody can foretell which it is. */
// @ts-ignore: decorator
@inline
export function skipOther(p: usize): usize {
  const word = load<u32>(p);
  const isFalse = u32(word == 0x736c6166) & u32(<u32>load<u8>(p, 4) == 101);
  return (u32(word == 0x65757274) | u32(word == 0x6c6c756e) | isFalse) != 0 ? p + 4 + isFalse : 0;
}

/**
 * Behind a string or a number that nobody wants, if it is one of the usual kind: short, without escapes, without an
 * exponent; else 0, and it is looked at by skipValue. Where the value ends is found by one comparison of sixteen bytes:
 * the next value waits for nothing else, so that checks of many values run side by side.
 */
// @ts-ignore: decorator
@inline
export function skipUsual(p: usize): usize {
  const c = <u32>load<u8>(p);
  if (c == 34) {
    const v = v128.load(p + 1);
    const special = v128.or(v128.or(i8x16.eq(v, i8x16.splat(34)), i8x16.eq(v, i8x16.splat(92))), i8x16.lt_s(v, i8x16.splat(32)));
    // A comparison with signs takes bytes from 0x80 on for small ones.
    const end = ctz(<u32>i8x16.bitmask(special) | 0x10000);
    return end < 16 && <u32>load<u8>(p + 1 + end) == 34 ? p + 2 + end : 0;
  }
  const v = v128.load(p);
  const stops = <u32>i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(44)), i8x16.eq(v, i8x16.splat(125))));
  if (stops == 0) return 0;
  const end = ctz(stops);
  const sign: u32 = c == 45 ? 1 : 0;
  const digits = <u32>i8x16.bitmask(i8x16.lt_u(i8x16.sub(v, i8x16.splat(48)), i8x16.splat(10)));
  const others = ~digits & ((1 << end) - 1) & ~sign;
  if (others == 0) return end > sign && (end == sign + 1 || <u32>load<u8>(p + sign) != 48) ? p + end : 0;
  const point = ctz(others);
  if ((others & (others - 1)) != 0 || <u32>load<u8>(p + point) != 46 || point <= sign || point + 1 >= end) return 0;
  return point == sign + 1 || <u32>load<u8>(p + sign) != 48 ? p + end : 0;
}

/** From the first byte of a number to behind its last; 0 where it is wrong. */
export function skipNumber(from: usize): usize {
  let p = from;
  if (<u32>load<u8>(p) == 45) p++;
  // Digits of sixteen bytes at once: most numbers need no second look.
  const others = ~<u32>i8x16.bitmask(i8x16.lt_u(i8x16.sub(v128.load(p), i8x16.splat(48)), i8x16.splat(10)));
  const whole = ctz(others);
  if (whole == 0 || (whole > 1 && <u32>load<u8>(p) == 48)) return 0;
  if (whole >= 14) return longNumber(p);
  p += whole;
  if (<u32>load<u8>(p) == 46) {
    const behind = others >> (whole + 1);
    const places = ctz(behind);
    if (places == 0) return 0;
    if (whole + 1 + places >= 16) return longNumber(p - whole);
    p += 1 + places;
  }
  return (<u32>load<u8>(p) | 32) == 101 ? exponent(p + 1) : p;
}

function longNumber(from: usize): usize {
  let p = from;
  if (<u32>load<u8>(p) == 48) p++;
  else while (isDigit(<u32>load<u8>(p))) p++;
  if (<u32>load<u8>(p) == 46) {
    p++;
    if (!isDigit(<u32>load<u8>(p))) return 0;
    while (isDigit(<u32>load<u8>(p))) p++;
  }
  return (<u32>load<u8>(p) | 32) == 101 ? exponent(p + 1) : p;
}

function exponent(from: usize): usize {
  let p = from;
  const sign = <u32>load<u8>(p);
  if (sign == 43 || sign == 45) p++;
  if (!isDigit(<u32>load<u8>(p))) return 0;
  while (isDigit(<u32>load<u8>(p))) p++;
  return p;
}

/** Behind true, false, null or a number or a string; 0 where it is none of these. */
function skipScalar(p: usize, c: u32): usize {
  if (c == 34) {
    const end = text(p + 1);
    return end == 0 ? 0 : end + 1;
  }
  if (c == 45 || isDigit(c)) return skipNumber(p);
  const word = load<u32>(p);
  if (word == 0x65757274 || word == 0x6c6c756e) return p + 4;
  return word == 0x736c6166 && <u32>load<u8>(p + 4) == 101 ? p + 5 : 0;
}

/** Behind a value that nobody wants, looked at as exactly as one that somebody does; `depth` brackets are open around it. */
export function skipValue(from: usize, depth: i32): usize {
  const first = <u32>load<u8>(from);
  if (first != 123 && first != 91) return skipScalar(from, first);
  let p = from;
  let open = 0;
  let isObject = false;
  while (true) {
    // At a value.
    const c = <u32>load<u8>(p);
    if (c == 123 || c == 91) {
      if (depth + open >= deepest) return 0;
      isObject = c == 123;
      store<u8>(brackets + <usize>open, isObject ? 1 : 0);
      open++;
      p = space(p + 1);
      if (<u32>load<u8>(p) != (isObject ? <u32>125 : <u32>93)) {
        if (isObject) {
          p = skipKey(p);
          if (p == 0) return 0;
        }
        continue;
      }
    } else {
      p = skipScalar(p, c);
      if (p == 0) return 0;
      p = space(p);
      if (<u32>load<u8>(p) == 44) {
        p = space(p + 1);
        if (isObject) {
          p = skipKey(p);
          if (p == 0) return 0;
        }
        continue;
      }
    }
    // At a bracket that closes, or a mistake.
    while (true) {
      if (<u32>load<u8>(p) != (isObject ? <u32>125 : <u32>93)) return 0;
      p++;
      open--;
      if (open == 0) return p;
      isObject = load<u8>(brackets + <usize>(open - 1)) == 1;
      p = space(p);
      if (<u32>load<u8>(p) != 44) continue;
      p = space(p + 1);
      if (isObject) {
        p = skipKey(p);
        if (p == 0) return 0;
      }
      break;
    }
  }
}

function skipKey(p: usize): usize {
  if (<u32>load<u8>(p) != 34) return 0;
  const end = text(p + 1);
  if (end == 0) return 0;
  const colon = space(end + 1);
  return <u32>load<u8>(colon) == 58 ? space(colon + 1) : 0;
}
