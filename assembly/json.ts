// What json({ columns }) does in WebAssembly: regular lines, many at once. A line it cannot take (it is wrong, has a member
// twice, an escape in a key, a number that needs more than 53 bits in an integer column …) it leaves to the walker in
// TypeScript, which decides; so everything here may be given up at any byte, and nothing here explains.
//
// Every line ends with a line feed inside of the area, no value can hold one, and every loop stops at it: nothing looks for
// the end of a line first. Sixteen bytes are read at once, so as many may be read behind the last line.
import { CR, LF, space } from './json/bytes';
import { fullColumn, hardsBack, hardsNow, readCell, resetFull, setNull } from './json/cells';
import { entryFor, isLiteral, lookup, setEntries } from './json/members';
import { skipUsual, skipValue, setSkipping, text, hasEscape } from './json/skip';
import {
  COLUMN_NODE,
  COLUMN_NULLABLE,
  COLUMN_SIZE,
  ENTRY_ALT,
  ENTRY_LENGTH,
  ENTRY_NEXT,
  ENTRY_NODE,
  NODE_COLUMN,
  NODE_STAMP,
} from './json/layout';

export { intern, seed } from './json/dictionary';
export { setHeap, heapEnd } from './json/heap';
export { full, hardCount, setHard } from './json/cells';

let columns: usize = 0;
let columnCount: i32 = 0;
let root: usize = 0;
let rowAts: usize = 0;
let frames: usize = 0;
let longest: u32 = 0;
let deepest: i32 = 0;

/** What `read` got to. */
let at: usize = 0;
let rows: i32 = 0;
let lines: i32 = 0;
let toldAt: usize = 0;
let toldLines: i32 = 0;
let stamp: u32 = 0;

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
  columnsAt: usize,
  count: i32,
  rootNode: usize,
  rowsAt: usize,
  framesAt: usize,
  depth: i32,
  longestLine: u32,
  entriesAt: usize,
  entryMost: i32,
  entryTable: usize,
): void {
  columns = columnsAt;
  columnCount = count;
  root = rootNode;
  rowAts = rowsAt;
  frames = framesAt;
  longest = longestLine;
  deepest = depth;
  setSkipping(framesAt + (<usize>depth << 3), depth);
  setEntries(entriesAt, entryMost, entryTable);
}

export const DONE: i32 = 0;
export const ODD: i32 = 1;
export const FULL: i32 = 2;

/** Lines from..to into rows from `row` on, up to row `most`. */
export function read(from: usize, to: usize, row: i32, most: i32): i32 {
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
    if (rows + 1 < most && isPairDue()) {
      const second = nextLine(at);
      const pairEnd = second == 0 || second >= to ? 0 : tryPair(at, second, rows);
      if (pairEnd != 0) {
        store<u32>(rowAts + (<usize>rows << 2), <u32>at);
        store<u32>(rowAts + (<usize>rows << 2) + 4, <u32>second);
        at = pairEnd;
        rows += 2;
        lines += 2;
        toldAt = at;
        toldLines = lines;
        continue;
      }
    }
    const end = readLine(at, rows);
    if (end == 0) {
      if (fullColumn >= 0) {
        resetFull();
        return FULL;
      }
      return ODD;
    }
    store<u32>(rowAts + (<usize>rows << 2), <u32>at);
    lineLength = end - at;
    at = end;
    rows++;
    lines++;
    toldAt = at;
    toldLines = lines;
  }
  return DONE;
}

/** How long the last line was, with its end; lines are guessed to be about as long as the one before. */
let lineLength: usize = 0;
/** After a pair that was none so many lines are read one by one, and twice as many after the next. */
let wait: i32 = 0;
let nextWait: i32 = 1;

// @ts-ignore: decorator
@inline
function isPairDue(): bool {
  if (wait == 0) return true;
  wait--;
  return false;
}

/** Where a line may begin, about as far behind `from` as the last one was long; 0 where none does. */
function nextLine(from: usize): usize {
  if (lineLength < 34) return 0;
  const feed = i8x16.splat(10);
  let p = from + lineLength - 32;
  for (let i = 0; i < 4; i++, p += 16) {
    const found = <u32>i8x16.bitmask(i8x16.eq(v128.load(p), feed));
    if (found != 0) return p + ctz(found) + 1;
  }
  return 0;
}

function tryPair(first: usize, second: usize, row: i32): usize {
  const hardBefore = hardsNow();
  const end = readPair(first, second, row);
  if (end != 0) {
    lineLength = end - second;
    nextWait = 1;
    return end;
  }
  // Nothing of it happened: the lines are read again one by one.
  resetFull();
  hardsBack(hardBefore);
  wait = nextWait;
  if (nextWait < 64) nextWait *= 2;
  return 0;
}

/**
 * Two neighbouring lines side by side, both exactly as foretold; behind the second, or 0. Where a value ends is known only
 * after some steps that wait for each other, and the other line fills the time: 1.15 times as fast as one after the other, with the machine busy.
 * `second` is a guess, which is right if the first line ends in front of it.
 */
function readPair(first: usize, second: usize, row: i32): usize {
  stamp++;
  let p = first;
  let q = second;
  if (<u32>load<u8>(p) != 123 || <u32>load<u8>(q) != 123) return 0;
  let slot = root;
  let isOpened = true;
  let found = 0;
  let depth = 0;
  while (true) {
    const entry: usize = slot == 0 ? 0 : load<u32>(slot + ENTRY_NEXT);
    if (entry == 0 || !isLiteral(entry, p)) {
      p = space(p);
      q = space(q);
      if (isOpened || <u32>load<u8>(p) != 125 || <u32>load<u8>(q) != 125) return 0;
      p++;
      q++;
      if (depth == 0) break;
      depth--;
      slot = load<u32>(frames + (<usize>depth << 3) + 4);
      continue;
    }
    if (!isLiteral(entry, q)) return 0;
    p = value(p + load<u32>(entry + ENTRY_LENGTH));
    q = value(q + load<u32>(entry + ENTRY_LENGTH));
    const target: usize = load<u32>(entry + ENTRY_NODE);
    if (target == 0) {
      const behindP = skipUsual(p);
      const behindQ = skipUsual(q);
      p = behindP == 0 ? skipValue(p, depth + 1) : behindP;
      q = behindQ == 0 ? skipValue(q, depth + 1) : behindQ;
    } else {
      if (load<u32>(target + NODE_STAMP) == stamp) return 0;
      store<u32>(target + NODE_STAMP, stamp);
      const column = load<i32>(target + NODE_COLUMN);
      if (column >= 0) {
        const place = columns + <usize>(column * COLUMN_SIZE);
        p = readCell(place, p, row, column);
        q = p == 0 ? 0 : readCell(place, q, row + 1, column);
        found++;
      } else {
        if (<u32>load<u8>(p) != 123 || <u32>load<u8>(q) != 123 || depth + 1 >= deepest) return 0;
        store<u32>(frames + (<usize>depth << 3) + 4, <u32>entry);
        depth++;
        slot = target;
        isOpened = true;
        continue;
      }
    }
    if (p == 0 || q == 0) return 0;
    p = value(p);
    q = value(q);
    slot = entry;
    isOpened = false;
  }
  p = space(p);
  q = space(q);
  if (<u32>load<u8>(p) != LF || <u32>load<u8>(q) != LF || p + 1 != second) return 0;
  if (<u32>(p - first) > longest || <u32>(q - second) > longest) return 0;
  if (found < columnCount && !(fillMissing(row) && fillMissing(row + 1))) return 0;
  return q + 1;
}

/** Makes null what did not come; false where it may not be null. */
function fillMissing(row: i32): bool {
  for (let i = 0; i < columnCount; i++) {
    const column = columns + <usize>(i * COLUMN_SIZE);
    if (load<u32>(<usize>load<u32>(column + COLUMN_NODE) + NODE_STAMP) == stamp) continue;
    if (load<u32>(column + COLUMN_NULLABLE) == 0) return false;
    setNull(column, row);
  }
  return true;
}

/** Behind the spaces of a writer who sets values in columns: what is foretold holds none at its ends. */
// @ts-ignore: decorator
@inline
function value(p: usize): usize {
  return <u32>load<u8>(p) <= 32 ? space(p) : p;
}

/** Behind the end of the line, or 0. */
function readLine(start: usize, row: i32): usize {
  stamp++;
  let p = space(start);
  if (<u32>load<u8>(p) != 123) return 0;
  let node = root;
  // Where the next key is foretold: a node at its first member, then the entry of the member before.
  let slot = node;
  let isOpened = true;
  let found = 0;
  let depth = 0;
  while (true) {
    let entry: usize = slot == 0 ? 0 : load<u32>(slot + ENTRY_NEXT);
    let target: usize = 0;
    if (entry != 0 && isLiteral(entry, p)) {
      p = value(p + load<u32>(entry + ENTRY_LENGTH));
      target = load<u32>(entry + ENTRY_NODE);
    } else {
      const other: usize = slot == 0 ? 0 : load<u32>(slot + ENTRY_ALT);
      if (other != 0 && isLiteral(other, p)) {
        store<u32>(slot + ENTRY_ALT, <u32>entry);
        store<u32>(slot + ENTRY_NEXT, <u32>other);
        entry = other;
        p = value(p + load<u32>(entry + ENTRY_LENGTH));
        target = load<u32>(entry + ENTRY_NODE);
      } else {
        let q = space(isOpened ? p + 1 : p);
        const c = <u32>load<u8>(q);
        if (c == 125) {
          p = q + 1;
          if (depth == 0) break;
          depth--;
          node = load<u32>(frames + (<usize>depth << 3));
          slot = load<u32>(frames + (<usize>depth << 3) + 4);
          isOpened = false;
          continue;
        }
        if (!isOpened) {
          if (c != 44) return 0;
          q = space(q + 1);
        }
        if (<u32>load<u8>(q) != 34) return 0;
        const key = q + 1;
        const keyEnd = text(key);
        if (keyEnd == 0 || hasEscape) return 0;
        q = space(keyEnd + 1);
        if (<u32>load<u8>(q) != 58) return 0;
        q++;
        target = lookup(node, key, keyEnd);
        entry = entryFor(node, p, q, target);
        if (slot != 0 && entry != 0) {
          store<u32>(slot + ENTRY_ALT, load<u32>(slot + ENTRY_NEXT));
          store<u32>(slot + ENTRY_NEXT, <u32>entry);
        }
        p = value(q);
      }
    }
    if (target == 0) {
      const behind = skipUsual(p);
      p = behind == 0 ? skipValue(p, depth + 1) : behind;
      if (p == 0) return 0;
    } else {
      // A member that stands there twice: the walker knows which one counts.
      if (load<u32>(target + NODE_STAMP) == stamp) return 0;
      store<u32>(target + NODE_STAMP, stamp);
      const column = load<i32>(target + NODE_COLUMN);
      if (column >= 0) {
        p = readCell(columns + <usize>(column * COLUMN_SIZE), p, row, column);
        if (p == 0) return 0;
        found++;
      } else if (<u32>load<u8>(p) == 123) {
        if (depth + 1 >= deepest) return 0;
        store<u32>(frames + (<usize>depth << 3), <u32>node);
        store<u32>(frames + (<usize>depth << 3) + 4, <u32>entry);
        depth++;
        node = target;
        slot = target;
        isOpened = true;
        continue;
      } else {
        p = skipValue(p, depth + 1);
        if (p == 0) return 0;
      }
    }
    p = value(p);
    slot = entry;
    isOpened = false;
  }
  p = space(p);
  if (<u32>load<u8>(p) != LF) return 0;
  const length = <u32>(p - start);
  // Space at the end counts as part of the line, but for one carriage return.
  if (length > longest && !(length == longest + 1 && <u32>load<u8>(p - 1) == CR)) return 0;
  if (found < columnCount && !fillMissing(row)) return 0;
  return p + 1;
}
