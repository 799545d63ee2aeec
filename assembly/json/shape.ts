// The shape of a line: the bytes between its values, from the one before up to the next, and which column a value is for.
// It is learned from a line that was read and found right, so a line that has these bytes, and right values between them,
// is right too and has the same members. Lines of programs mostly have one shape for a whole file.
import { LF, space } from './bytes';
import { COLUMN_KIND, COLUMN_NODE, COLUMN_SIZE, KIND_NUMBER, KIND_STRING, NODE_COLUMN, NODE_STAMP } from './layout';
import { lookup } from './members';
import { skipValue, text } from './skip';

// A step: sixteen bytes or less, and the value behind them. More bytes than that are steps without a value.
export const STEP_SIZE: usize = 40;
export const STEP_LENGTH: usize = 16;
/** A bit for each of the sixteen bytes that does not count. */
export const STEP_OTHERS: usize = 20;
export const STEP_KIND: usize = 24;
export const STEP_PLACE: usize = 28;
/** For a value that nobody wants: how many brackets are open around it. */
export const STEP_COLUMN: usize = 32;

export const SKIP_NUMBER: u32 = 1;
export const SKIP_STRING: u32 = 2;
/** To a column of numbers, of strings with a dictionary, any other. */
export const TO_NUMBERS: u32 = 3;
export const TO_STRINGS: u32 = 4;
export const TO_COLUMN: u32 = 5;
export const SKIP_OTHER: u32 = 6;
export const NO_VALUE: u32 = 7;
export const KIND_END: u32 = 8;

/** Where its steps begin, if there is one. */
export let shape: usize = 0;
/** The columns that are null in every line of this shape. */
export let missing: usize = 0;
export let missingCount: i32 = 0;

let steps: usize = 0;
let mostSteps: i32 = 0;
let count: i32 = 0;
let frames: usize = 0;
let columns: usize = 0;
let columnCount: i32 = 0;

/** `framesAt` has room for eight bytes for each level that lines may have. */
export function setShapes(stepsAt: usize, most: i32, missingAt: usize, framesAt: usize, columnsAt: usize, columnsThere: i32): void {
  steps = stepsAt;
  mostSteps = most;
  missing = missingAt;
  frames = framesAt;
  columns = columnsAt;
  columnCount = columnsThere;
  shape = 0;
}

/** Whether the bytes of a step stand at `p`, but for those of `others`. */
// @ts-ignore: decorator
@inline
export function isStep(step: usize, others: u32, p: usize): bool {
  return (<u32>i8x16.bitmask(i8x16.eq(v128.load(p), v128.load(step))) | others) == 0xffff;
}

/**
 * Takes the shape of a line that was just read. Objects that nobody wants are looked into if `isDeep`, else they are a
 * value like others, which is slower where they are all alike and faster where they are not; arrays always are.
 */
export function learn(line: usize, root: usize, stamp: u32, isDeep: bool): void {
  shape = 0;
  count = 0;
  let literal = line;
  let node = root;
  let target = root;
  let depth = 0;
  let p = space(line);
  while (true) {
    // At a value, which is for `target`.
    let isOpened = <u32>load<u8>(p) == 123 && (isDeep || (target != 0 && load<i32>(target + NODE_COLUMN) < 0));
    if (isOpened) {
      store<u32>(frames + (<usize>depth << 2), <u32>node);
      depth++;
      node = target;
      p = space(p + 1);
      isOpened = <u32>load<u8>(p) != 125;
    } else {
      const column = target == 0 ? -1 : load<i32>(target + NODE_COLUMN);
      const end = skipValue(p, depth);
      if (end == 0) return;
      const kind = column < 0 ? kindOf(p, end) : kindOfColumn(column, p, end);
      if (!addStep(literal, p, kind, column < 0 ? depth : column)) return;
      p = end;
      literal = p;
      p = space(p);
    }
    // In front of a member, or behind a value.
    while (!isOpened && <u32>load<u8>(p) == 125) {
      depth--;
      node = load<u32>(frames + (<usize>depth << 2));
      p = space(p + 1);
      if (depth == 0) break;
    }
    if (depth == 0) break;
    if (!isOpened) p = space(p + 1);
    const key = p + 1;
    const keyEnd = text(key);
    target = node == 0 ? 0 : lookup(node, key, keyEnd);
    p = space(space(keyEnd + 1) + 1);
  }
  if (<u32>load<u8>(p) != LF || !addStep(literal, p + 1, KIND_END, 0)) return;
  missingCount = 0;
  for (let i = 0; i < columnCount; i++) {
    const column = columns + <usize>(i * COLUMN_SIZE);
    if (load<u32>(<usize>load<u32>(column + COLUMN_NODE) + NODE_STAMP) == stamp) continue;
    store<u32>(missing + (<usize>missingCount << 2), <u32>column);
    missingCount++;
  }
  shape = steps;
}

function kindOf(p: usize, end: usize): u32 {
  const c = <u32>load<u8>(p);
  if (c == 34) return SKIP_STRING;
  return (c == 45 || c - 48 <= 9) && !hasExponent(p, end) ? SKIP_NUMBER : SKIP_OTHER;
}

function kindOfColumn(column: i32, p: usize, end: usize): u32 {
  const kind = load<u32>(columns + <usize>(column * COLUMN_SIZE) + COLUMN_KIND);
  if (kind == KIND_STRING) return TO_STRINGS;
  return kind == KIND_NUMBER && !hasExponent(p, end) ? TO_NUMBERS : TO_COLUMN;
}

/** Numbers with one are looked at one by one. */
function hasExponent(p: usize, end: usize): bool {
  for (; p < end; p++) if ((<u32>load<u8>(p) | 32) == 101) return true;
  return false;
}

/** The bytes from..to and what comes behind them. */
function addStep(from: usize, to: usize, kind: u32, column: i32): bool {
  let p = from;
  for (; to - p > 16; p += 16) if (!add(p, 16, NO_VALUE, 0)) return false;
  return add(p, to - p, kind, column);
}

function add(from: usize, length: usize, kind: u32, column: i32): bool {
  if (count == mostSteps) return false;
  const step = steps + <usize>count * STEP_SIZE;
  count++;
  v128.store(step, v128.load(from));
  store<u32>(step, <u32>length, STEP_LENGTH);
  store<u32>(step, 0xffff & (0xffff << <u32>length), STEP_OTHERS);
  store<u32>(step, kind, STEP_KIND);
  store<u32>(step, <u32>(columns + <usize>(column * COLUMN_SIZE)), STEP_PLACE);
  store<i32>(step, column, STEP_COLUMN);
  return true;
}
