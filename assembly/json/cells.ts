import { isoMillis } from '../shared/iso';
import { decimal } from './decimal';
import { intern, internShort, IS_FULL } from './dictionary';
import {
  COLUMN_CLOSED,
  COLUMN_KIND,
  COLUMN_NULLABLE,
  COLUMN_NULLS,
  COLUMN_PLAIN,
  COLUMN_UNIT,
  COLUMN_VALUES,
  KIND_BIGINT,
  KIND_BOOLEAN,
  KIND_INTEGER,
  KIND_NUMBER,
  KIND_STRING,
  UNIT_ISO,
  UNIT_MS,
  UNIT_S,
  UNIT_US,
} from './layout';
import { digitsOf, numberEnd, oneNumber, placesOf } from './numbers';
import { POWER_MOST } from './powers';
import { areQuotes, hasEscape, hasWide, stringStop, text } from './skip';
import { unescape, UNESCAPED, UNESCAPED_MOST } from './unescape';

/** The column whose dictionary has no room for the string that came, or -1. */
export let fullColumn: i32 = -1;
let fullWas: i32 = -1;

export function resetFull(): void {
  fullWas = fullColumn;
  fullColumn = -1;
}

export function full(): i32 {
  return fullWas;
}

/** Numbers that the host must read: where the value goes, where the text stands, how long it is. */
let hard: usize = 0;
let hardMost: i32 = 0;
let hards: i32 = 0;

export function setHard(at: usize, most: i32): void {
  hard = at;
  hardMost = most;
  hards = 0;
}

/** How many there are since the last time this was asked. */
export function hardCount(): i32 {
  const count = hards;
  hards = 0;
  return count;
}

export function hardsNow(): i32 {
  return hards;
}

/** Forgets those since then: what they were read for is read again. */
export function hardsBack(count: i32): void {
  hards = count;
}

// @ts-ignore: decorator
@inline
export function mark(column: usize, row: i32, isNull: u8): void {
  store<u8>(<usize>load<u32>(column + COLUMN_NULLS) + <usize>row, isNull);
}

export function setNull(column: usize, row: i32): void {
  mark(column, row, 1);
  const values: usize = load<u32>(column + COLUMN_VALUES);
  const kind = load<u32>(column + COLUMN_KIND);
  if (kind == KIND_BOOLEAN) store<u8>(values + <usize>row, 0);
  else if (kind == KIND_STRING && load<u32>(column + COLUMN_PLAIN) == 0) store<u32>(values + (<usize>row << 2), 0);
  else store<u64>(values + (<usize>row << 3), 0);
}

/** Puts the value at `p` into its place; behind it, or 0. */
export function readCell(column: usize, p: usize, row: i32, index: i32): usize {
  const c = <u32>load<u8>(p);
  const values: usize = load<u32>(column + COLUMN_VALUES);
  const kind = load<u32>(column + COLUMN_KIND);
  if (c == 110) {
    if (load<u32>(p) != 0x6c6c756e || load<u32>(column + COLUMN_NULLABLE) == 0) return 0;
    setNull(column, row);
    return p + 4;
  }
  mark(column, row, 0);
  if (kind == KIND_STRING) return c == 34 ? readString(column, p + 1, values, row, index) : 0;
  if (kind == KIND_NUMBER || kind == KIND_INTEGER) return readNumber(kind, UNIT_MS, p, values + (<usize>row << 3));
  if (kind == KIND_BOOLEAN) {
    const isTrue = load<u32>(p) == 0x65757274;
    store<u8>(values + <usize>row, isTrue ? 1 : 0);
    if (isTrue) return p + 4;
    return load<u32>(p) == 0x736c6166 && <u32>load<u8>(p + 4) == 101 ? p + 5 : 0;
  }
  if (kind == KIND_BIGINT) return readBigint(p, values + (<usize>row << 3));
  const unit = load<u32>(column + COLUMN_UNIT);
  if (unit != UNIT_ISO) return readNumber(kind, unit, p, values + (<usize>row << 3));
  if (c != 34) return 0;
  const end = text(p + 1);
  if (end == 0 || hasEscape) return 0;
  const millis = isoMillis(p + 1, end);
  if (millis != millis) return 0;
  store<f64>(values + (<usize>row << 3), millis);
  return end + 1;
}

const PLAIN_ESCAPED: u32 = 0x80000000;
const PLAIN_WIDE: u32 = 0x40000000;

function readString(column: usize, from: usize, values: usize, row: i32, index: i32): usize {
  // Nearly all: up to fifteen bytes of ASCII without escapes.
  const stop = stringStop(from - 1, i8x16.splat(34), i8x16.splat(92), i8x16.splat(32));
  if (areQuotes(from - 1, stop)) {
    const bytes = <u32>(stop - from);
    if (load<u32>(column + COLUMN_PLAIN) == 0) {
      const id = internShort(column, from, bytes);
      if (id >= 0) {
        store<u32>(values + (<usize>row << 2), <u32>id);
        return stop + 1;
      }
    } else if (load<u32>(column + COLUMN_CLOSED) == 0) {
      const place = values + (<usize>row << 3);
      store<u32>(place, <u32>from);
      store<u32>(place + 4, bytes);
      return stop + 1;
    }
  }
  const end = text(from);
  if (end == 0) return 0;
  let length = <u32>(end - from);
  if (load<u32>(column + COLUMN_PLAIN) != 0) {
    if (load<u32>(column + COLUMN_CLOSED) != 0) return 0;
    const place = values + (<usize>row << 3);
    store<u32>(place, <u32>from);
    store<u32>(place + 4, length | (hasEscape ? PLAIN_ESCAPED : 0) | (hasWide ? PLAIN_WIDE : 0));
    return end + 1;
  }
  let at = from;
  if (hasEscape) {
    if (length > UNESCAPED_MOST) return 0;
    length = unescape(from, end);
    at = UNESCAPED;
  }
  const id = intern(column, at, length);
  if (id < 0) {
    if (id == IS_FULL) fullColumn = index;
    return 0;
  }
  store<u32>(values + (<usize>row << 2), <u32>id);
  return end + 1;
}

const TENS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);

// @ts-ignore: decorator
@inline
function isDigit(c: u32): bool {
  return c - 48 <= 9;
}

/** What is known of a number is whether it may stand in the column, and in what unit. */
// @ts-ignore: decorator
@inline
function storeNumber(kind: u32, unit: u32, number: f64, place: usize): bool {
  let result = number;
  if (kind != KIND_NUMBER) {
    if (kind == KIND_INTEGER) {
      if (abs(result) > 9007199254740991 || trunc(result) != result) return false;
    } else if (unit == UNIT_S) {
      if (trunc(result) != result) return false;
      result *= 1000;
    } else if (unit == UNIT_US) result /= 1000;
    else if (unit != UNIT_MS) result /= 1e6;
  }
  store<f64>(place, result);
  return true;
}

/**
 * Exact, or not at all: up to 19 digits fit 64 bits; a number of up to 53 bits times or by a power of ten up
 * to 22 is rounded once (Clinger), and so are a whole number of 64 bits and what `decimal` makes. Others are for the host.
 */
function readNumber(kind: u32, unit: u32, from: usize, place: usize): usize {
  // Nearly all: up to fifteen bytes in front of an exponent, if there is one. No branch depends on how many digits there are.
  const zeros = i8x16.splat(48);
  const tens = i8x16.splat(10);
  const points = i8x16.splat(46);
  const end = numberEnd(from, zeros, tens, points);
  if (end != 0 && (<u32>load<u8>(end) | 32) != 101) {
    return storeNumber(kind, unit, oneNumber(from, end, zeros, tens, points), place) ? end : 0;
  }
  if (end != 0) {
    let p = end + 1;
    const sign = <u32>load<u8>(p);
    if (sign == 45 || sign == 43) p++;
    let exponent = <i32>load<u8>(p) - 48;
    const next = <u32>load<u8>(++p) - 48;
    if (<u32>exponent > 9) return 0;
    if (next <= 9) {
      exponent = exponent * 10 + <i32>next;
      p++;
    }
    const power = (sign == 45 ? -exponent : exponent) - <i32>placesOf(from, end, points);
    if (!isDigit(<u32>load<u8>(p)) && power >= -22 && power <= 22) {
      const whole = digitsOf(from, end, zeros, tens, points);
      const ten = load<f64>(TENS + (<usize>abs(power) << 3));
      const result = power < 0 ? whole / ten : whole * ten;
      return storeNumber(kind, unit, <u32>load<u8>(from) == 45 ? -result : result, place) ? p : 0;
    }
  }
  let p = from;
  const isNegative = <u32>load<u8>(p) == 45;
  if (isNegative) p++;
  let c = <u32>load<u8>(p);
  let value: u64 = 0;
  // Behind zeros in front.
  let digits = 0;
  const first = p;
  while (isDigit(c)) {
    value = value * 10 + <u64>(c - 48);
    if (value != 0 || digits != 0) digits++;
    c = <u32>load<u8>(++p);
  }
  const count = p - first;
  if (count == 0 || (count > 1 && <u32>load<u8>(first) == 48)) return 0;
  let power = 0;
  if (c == 46) {
    c = <u32>load<u8>(++p);
    const places = p;
    while (isDigit(c)) {
      value = value * 10 + <u64>(c - 48);
      if (value != 0 || digits != 0) digits++;
      c = <u32>load<u8>(++p);
    }
    power = -(<i32>(p - places));
    if (power == 0) return 0;
  }
  let isHard = digits > 19;
  if ((c | 32) == 101) {
    c = <u32>load<u8>(++p);
    const isMinus = c == 45;
    if (isMinus || c == 43) c = <u32>load<u8>(++p);
    if (!isDigit(c)) return 0;
    let exponent = 0;
    while (isDigit(c)) {
      if (exponent < 100000) exponent = exponent * 10 + <i32>(c - 48);
      c = <u32>load<u8>(++p);
    }
    power += isMinus ? -exponent : exponent;
  }
  let result: f64 = 0;
  if (isHard) {
  } else if (value == 0) {
    result = 0;
  } else if (power == 0) {
    result = <f64>value;
  } else if (value <= 9007199254740992 && power >= -22 && power <= 22) {
    const ten = load<f64>(TENS + (<usize>abs(power) << 3));
    result = power < 0 ? <f64>value / ten : <f64>value * ten;
  } else if (power >= -POWER_MOST && power <= POWER_MOST) result = decimal(value, power);
  else isHard = true;
  if (isHard) {
    if (kind != KIND_NUMBER || hards == hardMost) return 0;
    const entry = hard + (<usize>hards << 4);
    hards++;
    store<u32>(entry, <u32>place);
    store<u32>(entry + 4, <u32>from);
    store<u32>(entry + 8, <u32>(p - from));
    return p;
  }
  return storeNumber(kind, unit, isNegative ? -result : result, place) ? p : 0;
}

/** A number without a point, or such a number in a string. */
function readBigint(from: usize, place: usize): usize {
  let p = from;
  const isString = <u32>load<u8>(p) == 34;
  if (isString) p++;
  const isNegative = <u32>load<u8>(p) == 45;
  if (isNegative) p++;
  const first = p;
  let value: u64 = 0;
  let c = <u32>load<u8>(p);
  while (isDigit(c)) {
    value = value * 10 + <u64>(c - 48);
    c = <u32>load<u8>(++p);
  }
  const count = p - first;
  if (count == 0 || count > 19) return 0;
  if (isString) {
    if (c != 34) return 0;
    p++;
  } else if ((count > 1 && <u32>load<u8>(first) == 48) || c == 46 || (c | 32) == 101) return 0;
  if (value > (isNegative ? <u64>0x8000000000000000 : <u64>0x7fffffffffffffff)) return 0;
  store<u64>(place, isNegative ? 0 - value : value);
  return p;
}
