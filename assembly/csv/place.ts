import { configureGroups } from './groups';

// Where the places of a row are. `good` has, for each row, the number of the entry in `idx` at which its first place
// ends; the entry before is where the place before, or the row before, ended. A row that the scan could not cut is ODD.

export const ODD: u32 = 0xffffffff;
/** Set in a row's number in `bad`: it is a number as it should be, but one that only Number() reads exactly. */
export const EXACTLY: u32 = 0x80000000;

const RESULTS = memory.data(32, 8);

export function results(): usize {
  return RESULTS;
}

let trims: bool = false;
let blank: u8 = 32;
let otherBlank: u8 = 9;
let decimal: u8 = 46;

/**
 * What all calls go by: whether blanks around places are cut off, but for what separates them, the point of numbers, and what
 * stands between groups of their digits (-1: nothing).
 */
export function configure(trimsBlanks: bool, separator: i32, point: i32, thousands: i32): void {
  configureGroups(thousands);
  trims = trimsBlanks;
  blank = separator == 32 ? 9 : 32;
  otherBlank = separator == 9 ? 32 : 9;
  decimal = <u8>point;
}

// @ts-ignore: decorator
@inline
export function point(): u8 {
  return decimal;
}

// @ts-ignore: decorator
@inline
export function isTrimming(): bool {
  return trims;
}

/** The first byte that is no blank, or `end`. */
export function behindBlanks(p: usize, end: usize): usize {
  while (p < end && (load<u8>(p) == blank || load<u8>(p) == otherBlank)) p++;
  return p;
}

function beforeBlanks(begin: usize, end: usize): usize {
  while (end > begin && (load<u8>(end - 1) == blank || load<u8>(end - 1) == otherBlank)) end--;
  return end;
}

// @ts-ignore: decorator
@inline
export function answer(word: usize, value: u32): void {
  store<u32>(RESULTS + (word << 2), value);
}

// @ts-ignore: decorator
@inline
export function beginOf(entry: usize, buf: usize): usize {
  const p = buf + load<u32>(entry - 4) + 1;
  return trims ? behindBlanks(p, buf + load<u32>(entry)) : p;
}

/** Without the carriage return in front of a line feed, nor blanks where they are cut off. */
// @ts-ignore: decorator
@inline
export function endOf(entry: usize, buf: usize, begin: usize, isLast: bool): usize {
  const end = buf + load<u32>(entry);
  const last = isLast && end > begin && load<u8>(end - 1) == 13 ? end - 1 : end;
  return trims ? beforeBlanks(begin, last) : last;
}

/** `tokens`: how many, then length and address of each; 0 where only nothing is null. */
// @ts-ignore: decorator
@inline
export function isNull(tokens: usize, begin: usize, length: u32): bool {
  return tokens == 0 ? length == 0 : isToken(tokens, begin, length);
}

function isToken(tokens: usize, begin: usize, length: u32): bool {
  const count = load<u32>(tokens);
  for (let i: u32 = 0; i < count; i++) {
    const token = tokens + 4 + (<usize>i << 3);
    if (load<u32>(token) == length && memory.compare(load<u32>(token + 4), begin, length) == 0) return true;
  }
  return false;
}
