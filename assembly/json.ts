// What json({ columns }) does in WebAssembly: regular lines, many at once. A line it cannot take (it is wrong, has a member
// twice, an escape in a key, a number that needs more than 53 bits in an integer column …) it leaves to the walker in
// TypeScript, which decides; so everything here may be given up at any byte, and nothing here explains.
//
// Every line ends with a line feed inside of the area, no value can hold one, and every loop stops at it: nothing looks for
// the end of a line first. Up to 64 bytes behind the last line may be read.
import { alikeEnd, readAlike } from './json/alike';
import { CR, LF } from './json/bytes';
import { fullColumn, hardsBack, hardsNow, resetFull } from './json/cells';
import { guess, noteLength, start1, start2, start3 } from './json/guess';
import { readLine, setLines, stamp } from './json/lines';
import { setEntries } from './json/members';
import { setNumbers } from './json/numbers';
import { learn, setShapes, shape } from './json/shape';
import { setSkipping } from './json/skip';

export { intern, seed } from './json/dictionary';
export { setHeap, heapEnd } from './json/heap';
export { full, hardCount, setHard } from './json/cells';
export { gather } from './json/texts';

let root: usize = 0;
let rowAts: usize = 0;
let longest: u32 = 0;

/** What `read` got to. */
let at: usize = 0;
let rows: i32 = 0;
let lines: i32 = 0;
let toldAt: usize = 0;
let toldLines: i32 = 0;
let origin: f64 = 0;

export function stopAt(): usize {
  return at;
}
export function stopRows(): i32 {
  return rows;
}
export function stopLines(): i32 {
  return lines;
}
export function stopToldAt(): usize {
  return toldAt;
}
export function stopToldLines(): i32 {
  return toldLines;
}

/** `frames` has room for nine bytes for each level of `depth`; `longest` is how long a line may be without its end. */
export function setUp(
  columns: usize,
  count: i32,
  rootNode: usize,
  rowsAt: usize,
  frames: usize,
  depth: i32,
  longestLine: u32,
  entries: usize,
  entryMost: i32,
  entryTable: usize,
  steps: usize,
  stepMost: i32,
  missing: usize,
): void {
  root = rootNode;
  rowAts = rowsAt;
  longest = longestLine;
  setLines(columns, count, rootNode, frames, depth, longestLine);
  setSkipping(frames + (<usize>depth << 3), depth);
  setEntries(entries, entryMost, entryTable);
  setNumbers();
  setShapes(steps, stepMost, missing, frames, columns, count);
}

export const DONE: i32 = 0;
export const ODD: i32 = 1;
export const FULL: i32 = 2;

/**
 * Lines from..to into rows from `row` on, up to row `most`; a row begins in the file at `fileOrigin` and its address.
 */
export function read(from: usize, to: usize, row: i32, most: i32, fileOrigin: f64): i32 {
  origin = fileOrigin;
  at = from;
  rows = row;
  lines = 0;
  toldAt = from;
  toldLines = 0;
  while (at < to) {
    const c = <u32>load<u8>(at);
    if (c == LF) {
      at++;
      lines++;
      continue;
    }
    if (c == CR && <u32>load<u8>(at + 1) == LF) {
      at += 2;
      lines++;
      continue;
    }
    if (rows >= most) return DONE;
    if (shape != 0 && wait == 0) {
      guess(at, to, rows + 3 < most);
      const hards = hardsNow();
      const read = readAlike(at, rows);
      if (read != 0 && takeAlike(read)) {
        // At the end of the area there may be no four.
        trustBy(read == 4 ? 2 : start3 == 0 ? 0 : -1);
        continue;
      }
      hardsBack(hards);
      trustBy(-2);
    } else if (wait > 0) wait--;
    const end = readLine(at, rows);
    if (end == 0) {
      if (fullColumn >= 0) {
        resetFull();
        return FULL;
      }
      return ODD;
    }
    if (learnIn == 0) learnFrom(at);
    else if (learnIn > 0) learnIn--;
    take(at);
    noteLength(end - at);
    at = end;
    tell();
  }
  return DONE;
}

// @ts-ignore: decorator
@inline
function take(line: usize): void {
  store<f64>(rowAts + (<usize>rows << 3), origin + <f64>(<i32>line));
  rows++;
  lines++;
}

// @ts-ignore: decorator
@inline
function tell(): void {
  toldAt = at;
  toldLines = lines;
}

/** Tells the lines that were read side by side, if none is longer than lines may be. */
function takeAlike(read: i32): bool {
  const end1 = read > 1 ? start1 : alikeEnd;
  const end2 = read > 2 ? start2 : alikeEnd;
  const end3 = read > 3 ? start3 : alikeEnd;
  if (<u32>(end1 - at) > longest || <u32>(end2 - end1) > longest) return false;
  if (<u32>(end3 - end2) > longest || <u32>(alikeEnd - end3) > longest) return false;
  take(at);
  if (read > 1) take(start1);
  if (read > 2) take(start2);
  if (read > 3) take(start3);
  noteLength(end1 - at);
  if (read > 1) noteLength(end2 - end1);
  if (read > 2) noteLength(end3 - end2);
  if (read > 3) noteLength(alikeEnd - end3);
  at = alikeEnd;
  tell();
  return true;
}

// A shape is trusted more with every four lines that have it, and less with every line that has another. Where lines differ
// all the time so many are then read one by one, and twice as many the next time.
const MOST_TRUST: i32 = 16;
const FIRST_TRUST: i32 = 4;
const FIRST_WAIT: i32 = 4;
const LONGEST_WAIT: i32 = 512;
let trust: i32 = FIRST_TRUST;
/** So many lines are read one by one before another shape is tried. */
let wait: i32 = 0;
let nextWait: i32 = FIRST_WAIT;
/** A shape is taken from the line behind so many that are read one by one; -1 where none is needed. */
let learnIn: i32 = 0;
let isDeep: bool = false;

function trustBy(change: i32): void {
  trust += change;
  if (trust > MOST_TRUST) {
    trust = MOST_TRUST;
    nextWait = FIRST_WAIT;
  } else if (trust <= 0) {
    trust = FIRST_TRUST;
    wait = nextWait;
    nextWait = min(LONGEST_WAIT, nextWait * 2);
    learnIn = wait - 1;
  }
}

/** The first shape is a deep one; where it did not last, they take turns. */
function learnFrom(line: usize): void {
  isDeep = !isDeep || nextWait == FIRST_WAIT;
  learn(line, root, stamp, isDeep);
  learnIn = shape == 0 ? LONGEST_WAIT : -1;
}
