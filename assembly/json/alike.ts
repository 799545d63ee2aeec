// Lines that have the shape of one before. Four neighbours are read side by side: where a value ends is known only after some
// steps that wait for each other, and the other lines fill the time: 73 ns a line of 264 bytes and 18 members, three of them
// wanted, 84 for two side by side and 130 member by member.
import { hardsBack, hardsNow, readCell, resetFull, setNull } from './cells';
import { internShort } from './dictionary';
import { start1, start2, start3 } from './guess';
import { COLUMN_CLOSED, COLUMN_NULLS, COLUMN_PLAIN, COLUMN_VALUES } from './layout';
import { isWrong, longNumberEnd, numberEnd, othersAt, pointAt, signAt, twoNumbers, wrongIn } from './numbers';
import {
  isStep,
  KIND_END,
  missing,
  missingCount,
  shape,
  SKIP_NUMBER,
  SKIP_OTHER,
  SKIP_STRING,
  STEP_COLUMN,
  STEP_KIND,
  STEP_LENGTH,
  STEP_OTHERS,
  STEP_PLACE,
  STEP_SIZE,
  TO_COLUMN,
  TO_NUMBERS,
  TO_STRINGS,
} from './shape';
import { areQuotes, skipOther, skipValue, stringStop, text } from './skip';

/**
 * What bytes are compared with. Constants of the source the engine makes anew at every use, by three instructions: those from
 * memory stay in registers.
 */
const BYTES = memory.data<u8>([
  48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
  46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 46, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34, 34,
  92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 92, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
], 16);

/** Behind the last line that was read. */
export let alikeEnd: usize = 0;

/** Reads the line at `first`, and up to three behind it. How many were read: where the first has another shape, none. */
export function readAlike(first: usize, row: i32): i32 {
  const read = start3 == 0 ? readOne(first, shape, row) : readFour(first, row);
  if (read == 0) {
    resetFull();
    return 0;
  }
  for (let i = 0; i < missingCount; i++) {
    const column: usize = load<u32>(missing + (<usize>i << 2));
    for (let line = 0; line < read; line++) setNull(column, row + line);
  }
  return read;
}

function readFour(first: usize, row: i32): i32 {
  const zeros = v128.load(BYTES);
  const tens = v128.load(BYTES, 16);
  const points = v128.load(BYTES, 32);
  const quotes = v128.load(BYTES, 48);
  const slashes = v128.load(BYTES, 64);
  const spaces = v128.load(BYTES, 80);
  const hards = hardsNow();
  let p = first;
  let q = start1;
  let r = start2;
  let s = start3;
  let good = 4;
  let step = shape;
  while (true) {
    const bytes = v128.load(step);
    const others = load<u32>(step, STEP_OTHERS);
    const areTwo = v128.and(i8x16.eq(v128.load(p), bytes), i8x16.eq(v128.load(q), bytes));
    const areMore = v128.and(i8x16.eq(v128.load(r), bytes), i8x16.eq(v128.load(s), bytes));
    if ((<u32>i8x16.bitmask(v128.and(areTwo, areMore)) | others) != 0xffff) {
      noteExponent(step, p);
      noteExponent(step, q);
      noteExponent(step, r);
      noteExponent(step, s);
      if (!isStep(step, others, p)) return 0;
      good = !isStep(step, others, q) ? 1 : !isStep(step, others, r) ? 2 : 3;
      break;
    }
    const length: usize = load<u32>(step, STEP_LENGTH);
    p += length;
    q += length;
    r += length;
    s += length;
    const kind = load<u32>(step, STEP_KIND);
    if (kind == SKIP_NUMBER) {
      const signP = signAt(p);
      const othersP = othersAt(p, signP, zeros, tens);
      const pointP = pointAt(p, othersP, points);
      let wrong = wrongIn(p, othersP, signP, pointP);
      const stopP = p + ctz(othersP ^ pointP);
      const signQ = signAt(q);
      const othersQ = othersAt(q, signQ, zeros, tens);
      const pointQ = pointAt(q, othersQ, points);
      wrong |= wrongIn(q, othersQ, signQ, pointQ);
      const stopQ = q + ctz(othersQ ^ pointQ);
      const signR = signAt(r);
      const othersR = othersAt(r, signR, zeros, tens);
      const pointR = pointAt(r, othersR, points);
      wrong |= wrongIn(r, othersR, signR, pointR);
      const stopR = r + ctz(othersR ^ pointR);
      const signS = signAt(s);
      const othersS = othersAt(s, signS, zeros, tens);
      const pointS = pointAt(s, othersS, points);
      wrong |= wrongIn(s, othersS, signS, pointS);
      const stopS = s + ctz(othersS ^ pointS);
      if (isWrong(wrong)) {
        p = pass(p, step);
        q = pass(q, step);
        r = pass(r, step);
        s = pass(s, step);
      } else {
        p = stopP;
        q = stopQ;
        r = stopR;
        s = stopS;
      }
    } else if (kind == SKIP_STRING) {
      const stopP = stringStop(p, quotes, slashes, spaces);
      const stopQ = stringStop(q, quotes, slashes, spaces);
      const stopR = stringStop(r, quotes, slashes, spaces);
      const stopS = stringStop(s, quotes, slashes, spaces);
      p = areQuotes(p, stopP) ? stopP + 1 : pass(p, step);
      q = areQuotes(q, stopQ) ? stopQ + 1 : pass(q, step);
      r = areQuotes(r, stopR) ? stopR + 1 : pass(r, step);
      s = areQuotes(s, stopS) ? stopS + 1 : pass(s, step);
    } else if (kind <= TO_COLUMN) {
      const column: usize = load<u32>(step, STEP_PLACE);
      let endP: usize = 0;
      let endQ: usize = 0;
      let endR: usize = 0;
      let endS: usize = 0;
      if (kind == TO_NUMBERS) {
        const signP = signAt(p);
        const othersP = othersAt(p, signP, zeros, tens);
        const pointP = pointAt(p, othersP, points);
        let wrong = wrongIn(p, othersP, signP, pointP);
        endP = p + ctz(othersP ^ pointP);
        const signQ = signAt(q);
        const othersQ = othersAt(q, signQ, zeros, tens);
        const pointQ = pointAt(q, othersQ, points);
        wrong |= wrongIn(q, othersQ, signQ, pointQ);
        endQ = q + ctz(othersQ ^ pointQ);
        const signR = signAt(r);
        const othersR = othersAt(r, signR, zeros, tens);
        const pointR = pointAt(r, othersR, points);
        wrong |= wrongIn(r, othersR, signR, pointR);
        endR = r + ctz(othersR ^ pointR);
        const signS = signAt(s);
        const othersS = othersAt(s, signS, zeros, tens);
        const pointS = pointAt(s, othersS, points);
        wrong |= wrongIn(s, othersS, signS, pointS);
        endS = s + ctz(othersS ^ pointS);
        if (!isWrong(wrong)) {
          const place = valuesOf(column) + (<usize>row << 3);
          v128.store(place, twoNumbers(p, endP, q, endQ, zeros, tens, points));
          v128.store(place, twoNumbers(r, endR, s, endS, zeros, tens, points), 16);
        } else endP = 0;
      } else if (kind == TO_STRINGS) {
        endP = stringStop(p, quotes, slashes, spaces);
        endQ = stringStop(q, quotes, slashes, spaces);
        endR = stringStop(r, quotes, slashes, spaces);
        endS = stringStop(s, quotes, slashes, spaces);
        if (
          !putString(column, row, p, endP++) || !putString(column, row + 1, q, endQ++) ||
          !putString(column, row + 2, r, endR++) || !putString(column, row + 3, s, endS++)
        )
          endP = 0;
      }
      if (endP != 0) {
        store<u32>(<usize>load<u32>(column + COLUMN_NULLS) + <usize>row, 0);
        p = endP;
        q = endQ;
        r = endR;
        s = endS;
      } else {
        const index = load<i32>(step, STEP_COLUMN);
        p = readCell(column, p, row, index);
        if (p == 0) return 0;
        q = readCell(column, q, row + 1, index);
        r = q == 0 ? 0 : readCell(column, r, row + 2, index);
        s = r == 0 ? 0 : readCell(column, s, row + 3, index);
      }
    } else if (kind == KIND_END) break;
    else if (kind == SKIP_OTHER) {
      p = pass(p, step);
      q = pass(q, step);
      r = pass(r, step);
      s = pass(s, step);
    }
    if (p == 0) return 0;
    step += STEP_SIZE;
    if (q == 0 || r == 0 || s == 0) {
      good = q == 0 ? 1 : r == 0 ? 2 : 3;
      break;
    }
  }
  if (good == 4) {
    // A line may be shorter than was guessed: then the next one of these is not the next of the file.
    alikeEnd = s;
    if (p == start1 && q == start2 && r == start3) return 4;
    good = p != start1 ? 1 : q != start2 ? 2 : 3;
    alikeEnd = good == 1 ? p : good == 2 ? q : r;
    return hardsNow() == hards ? good : 0;
  }
  // One has another shape, or an odd value: those in front of it are read to their ends. What was noted of it cannot be told
  // from what is kept.
  resetFull();
  if (hardsNow() != hards) return 0;
  if (readOne(p, step, row) == 0) return 0;
  if (good == 1 || alikeEnd != start1 || hardsNow() != hards) return 1;
  if (readOne(q, step, row + 1) == 0) {
    resetFull();
    hardsBack(hards);
    alikeEnd = start1;
    return 1;
  }
  if (good == 2 || alikeEnd != start2 || hardsNow() != hards) return 2;
  if (readOne(r, step, row + 2) == 0) {
    resetFull();
    hardsBack(hards);
    alikeEnd = start2;
    return 2;
  }
  return 3;
}

// @ts-ignore: decorator
@inline
function valuesOf(column: usize): usize {
  return load<u32>(column + COLUMN_VALUES);
}

/** A short string without escapes, in ASCII; false where it needs another look. */
// @ts-ignore: decorator
@inline
function putString(column: usize, row: i32, p: usize, stop: usize): bool {
  if (!areQuotes(p, stop)) return false;
  const length = <u32>(stop - p) - 1;
  if (load<u32>(column + COLUMN_PLAIN) == 0) {
    const id = internShort(column, p + 1, length);
    if (id < 0) return false;
    store<u32>(valuesOf(column) + (<usize>row << 2), <u32>id);
    return true;
  }
  if (load<u32>(column + COLUMN_CLOSED) != 0) return false;
  const place = valuesOf(column) + (<usize>row << 3);
  store<u32>(place, <u32>p + 1);
  store<u32>(place + 4, length);
  return true;
}

/** The rest of one line, from a step on. */
function readOne(from: usize, fromStep: usize, row: i32): i32 {
  const zeros = v128.load(BYTES);
  const tens = v128.load(BYTES, 16);
  const points = v128.load(BYTES, 32);
  const quotes = v128.load(BYTES, 48);
  const slashes = v128.load(BYTES, 64);
  const spaces = v128.load(BYTES, 80);
  let p = from;
  let step = fromStep;
  while (true) {
    if (!isStep(step, load<u32>(step, STEP_OTHERS), p)) {
      noteExponent(step, p);
      return 0;
    }
    p += load<u32>(step, STEP_LENGTH);
    const kind = load<u32>(step, STEP_KIND);
    if (kind == KIND_END) {
      alikeEnd = p;
      return 1;
    }
    if (kind == SKIP_NUMBER) {
      const end = numberEnd(p, zeros, tens, points);
      p = end == 0 ? pass(p, step) : end;
    } else if (kind == SKIP_STRING) {
      const stop = stringStop(p, quotes, slashes, spaces);
      p = areQuotes(p, stop) ? stop + 1 : pass(p, step);
    } else if (kind <= TO_COLUMN) p = readCell(load<u32>(step, STEP_PLACE), p, row, load<i32>(step, STEP_COLUMN));
    else if (kind == SKIP_OTHER) p = pass(p, step);
    if (p == 0) return 0;
    step += STEP_SIZE;
  }
}

/** Where a number goes on with an exponent, those of its step are from now on looked at one by one. */
function noteExponent(step: usize, p: usize): void {
  if (step == shape || (<u32>load<u8>(p) | 32) != 101) return;
  const before = step - STEP_SIZE;
  const kind = load<u32>(before, STEP_KIND);
  if (kind == SKIP_NUMBER) store<u32>(before, SKIP_OTHER, STEP_KIND);
  else if (kind == TO_NUMBERS) store<u32>(before, TO_COLUMN, STEP_KIND);
}

/** Behind a value that is not as most are, or not as the one was that the shape was learned from. */
function pass(p: usize, step: usize): usize {
  const word = skipOther(p);
  if (word != 0) return word;
  if (<u32>load<u8>(p) == 34) {
    const end = text(p + 1);
    return end == 0 ? 0 : end + 1;
  }
  const end = longNumberEnd(p);
  return end == 0 ? skipValue(p, load<i32>(step, STEP_COLUMN)) : end;
}
