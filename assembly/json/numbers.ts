// Numbers without a loop: where digits, a point and the end are is asked of sixteen bytes at once.
// Whoever gets 0 looks at the number again, byte by byte.

const MINUS: u32 = 45;
const POINT: u32 = 46;
const ZERO: u32 = 48;
const LETTER_E: u32 = 101;

// How a number of up to fifteen bytes is checked: its minus is set aside, the first byte that is no digit too if it is a point,
// and the next one that is none ends it. What it is, nobody looks at: an exponent, a second point or a letter is for the
// caller to find.

/** A bit for each byte that is no digit, without a minus in front; `zeros` and `tens` are '0' and 10 sixteen times. */
// @ts-ignore: decorator
@inline
export function othersAt(p: usize, sign: u32, zeros: v128, tens: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.ge_u(i8x16.sub(v128.load(p), zeros), tens)) ^ sign;
}

/** The bit of the point; `points` is '.' sixteen times. */
// @ts-ignore: decorator
@inline
export function pointAt(p: usize, others: u32, points: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(v128.load(p), points)) & others & (0 - others);
}

/**
 * What is wrong with a number, to be asked by `isWrong`, of several at once: the first digit is missing, or the one behind the
 * point; it has no end here; or a zero stands in front of another digit. Sums instead of branches: what should not be 0
 * becomes greater than anything else by taking 1 away.
 */
// @ts-ignore: decorator
@inline
export function wrongIn(p: usize, others: u32, sign: u32, point: u32): u32 {
  const missing = others & ((sign + 1) | (point << 1));
  const first = (<u32>load<u8>(p + sign) ^ ZERO) | (others & ((sign + 1) << 1));
  return (missing << 16) | ((others ^ point) - 1) | (first - 1);
}

// @ts-ignore: decorator
@inline
export function isWrong(wrong: u32): bool {
  return wrong > 0xffff;
}

/** 1 for a minus. */
// @ts-ignore: decorator
@inline
export function signAt(p: usize): u32 {
  return ((<u32>load<u8>(p) ^ MINUS) - 1) >> 31;
}

/** Behind a number, or 0. */
// @ts-ignore: decorator
@inline
export function numberEnd(p: usize, zeros: v128, tens: v128, points: v128): usize {
  const sign = signAt(p);
  const others = othersAt(p, sign, zeros, tens);
  const point = pointAt(p, others, points);
  return isWrong(wrongIn(p, others, sign, point)) ? 0 : p + ctz(others ^ point);
}

// For the number of places behind the point, and again for numbers below zero.
const DIVISORS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  -1, -1e1, -1e2, -1e3, -1e4, -1e5, -1e6, -1e7, -1e8, -1e9, -1e10, -1e11, -1e12, -1e13, -1e14, -1e15,
]);
/** Where each of sixteen digits comes from: for how many bytes a number has, and which of them is its point. */
const MOVES = memory.data(17 * 16 * 16, 16);

/** Fills what `aligned` reads. */
export function setNumbers(): void {
  for (let bytes = 0; bytes <= 16; bytes++) {
    for (let point = 0; point < 16; point++) {
      for (let i = 0; i < 16; i++) {
        // To the right end; what stands in front of the point moves up by one. A place in front of the number gives 0.
        const from = i + bytes - 16;
        store<u8>(MOVES + ((bytes << 8) | (point << 4) | i), <u8>(from <= point ? from - 1 : from));
      }
    }
  }
}

/** Sixteen times each, or as often as they fit: what is read from memory the engine does not make anew each time. */
const LOWS = memory.data<u16>([255, 255, 255, 255, 255, 255, 255, 255], 16);
const TENS = memory.data<u16>([10, 10, 10, 10, 10, 10, 10, 10], 16);
const HUNDREDS = memory.data<u16>([100, 1, 100, 1, 100, 1, 100, 1], 16);
const MYRIADS = memory.data<u16>([10000, 1, 10000, 1, 10000, 1, 10000, 1], 16);

/**
 * What the numbers of so many bytes at `p` and `q` are, whose ends `numberEnd` found. Exact: fifteen digits are less than
 * 2^53, and a quotient by a power of ten up to 10^22 is rounded once (Clinger).
 */
// @ts-ignore: decorator
@inline
export function twoNumbers(p: usize, endP: usize, q: usize, endQ: usize, zeros: v128, tens: v128, points: v128): v128 {
  const vP = v128.load(p);
  const vQ = v128.load(q);
  const pointP = pointIn(vP, endP - p, points);
  const pointQ = pointIn(vQ, endQ - q, points);
  const bytesP = max(endP - p, pointP + 1);
  const bytesQ = max(endQ - q, pointQ + 1);
  const fours = i16x8.narrow_i32x4_s(
    foursOf(aligned(vP, bytesP, pointP, zeros, tens)),
    foursOf(aligned(vQ, bytesQ, pointQ, zeros, tens)),
  );
  // The first eight and the last eight digits of both.
  const eights = i32x4.dot_i16x8_s(fours, v128.load(MYRIADS));
  const firsts = f64x2.convert_low_i32x4_s(i32x4.shuffle(eights, eights, 0, 2, 1, 3));
  const lasts = f64x2.convert_low_i32x4_s(i32x4.shuffle(eights, eights, 1, 3, 0, 2));
  const values = f64x2.add(f64x2.mul(firsts, f64x2.splat(1e8)), lasts);
  const divisors = v128.load64_zero(divisorAt(p, bytesP - pointP - 1));
  return f64x2.div(values, v128.load64_lane(divisorAt(q, bytesQ - pointQ - 1), divisors, 1));
}

/** The same of one number. */
// @ts-ignore: decorator
@inline
export function oneNumber(p: usize, end: usize, zeros: v128, tens: v128, points: v128): f64 {
  return digitsOf(p, end, zeros, tens, points) / load<f64>(divisorAt(p, placesOf(p, end, points)));
}

/** The digits of a number as a whole one, without its sign. */
// @ts-ignore: decorator
@inline
export function digitsOf(p: usize, end: usize, zeros: v128, tens: v128, points: v128): f64 {
  const v = v128.load(p);
  const point = pointIn(v, end - p, points);
  const fours = foursOf(aligned(v, max(end - p, point + 1), point, zeros, tens));
  const eights = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(fours, fours), v128.load(MYRIADS));
  return <f64>i32x4.extract_lane(eights, 0) * 1e8 + <f64>i32x4.extract_lane(eights, 1);
}

/** How many of them stand behind its point. */
// @ts-ignore: decorator
@inline
export function placesOf(p: usize, end: usize, points: v128): usize {
  const point = pointIn(v128.load(p), end - p, points);
  return max(end - p, point + 1) - point - 1;
}

/** Which byte of a number is its point; where there is none it is thought behind the last digit. */
// @ts-ignore: decorator
@inline
function pointIn(v: v128, bytes: usize, points: v128): usize {
  return min(ctz(<u32>i8x16.bitmask(i8x16.eq(v, points)) | 0x10000), <u32>bytes);
}

// @ts-ignore: decorator
@inline
function divisorAt(p: usize, places: usize): usize {
  return DIVISORS + (((<usize>signAt(p) << 4) | places) << 3);
}

// @ts-ignore: decorator
@inline
function aligned(v: v128, bytes: usize, point: usize, zeros: v128, tens: v128): v128 {
  const digits = i8x16.sub(v, zeros);
  return i8x16.swizzle(v128.andnot(digits, i8x16.ge_u(digits, tens)), v128.load(MOVES + ((bytes << 8) | (point << 4))));
}

/** Two neighbours together, then two of these. */
// @ts-ignore: decorator
@inline
function foursOf(digits: v128): v128 {
  const pairs = i16x8.add(i16x8.mul(v128.and(digits, v128.load(LOWS)), v128.load(TENS)), i16x8.shr_u(digits, 8));
  return i32x4.dot_i16x8_s(pairs, v128.load(HUNDREDS));
}

/** The same for up to 32 bytes, of which an exponent may be a part. */
export function longNumberEnd(from: usize): usize {
  const p = from + u32(<u32>load<u8>(from) == MINUS);
  const digits = digitsAt(p) | (digitsAt(p + 16) << 16);
  const whole = ctz(~digits);
  if (whole == 0 || (whole > 1 && <u32>load<u8>(p) == ZERO)) return 0;
  let end = whole;
  if (end < 32 && <u32>load<u8>(p + end) == POINT) {
    end = ctz(~(digits | (1 << whole)));
    if (end == whole + 1) return 0;
  }
  if (end > 31) return 0;
  let q = p + end;
  if ((<u32>load<u8>(q) | 32) != LETTER_E) return q;
  const sign = <u32>load<u8>(++q);
  if (sign == MINUS || sign == 43) q++;
  if (<u32>load<u8>(q) - ZERO > 9) return 0;
  while (<u32>load<u8>(q) - ZERO <= 9) q++;
  return q;
}

// @ts-ignore: decorator
@inline
function digitsAt(p: usize): u32 {
  return <u32>i8x16.bitmask(i8x16.lt_u(i8x16.sub(v128.load(p), i8x16.splat(48)), i8x16.splat(10)));
}
