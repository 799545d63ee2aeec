// Lines member by member: any order of members, any of them missing. What follows a member is foretold by the lines before.
import { CR, LF, space, spaces } from './bytes';
import { readCell, setNull } from './cells';
import { entryFor, isLiteral, lookup } from './members';
import { hasEscape, skipUsual, skipValue, text } from './skip';
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
} from './layout';

let columns: usize = 0;
let columnCount: i32 = 0;
let root: usize = 0;
let frames: usize = 0;
let longest: u32 = 0;
let deepest: i32 = 0;
/** Of the members of the last line, which is how it is known that one stands there twice, or not at all. */
export let stamp: u32 = 0;

export function setLines(columnsAt: usize, count: i32, rootNode: usize, framesAt: usize, depth: i32, longestLine: u32): void {
  columns = columnsAt;
  columnCount = count;
  root = rootNode;
  frames = framesAt;
  longest = longestLine;
  deepest = depth;
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
  return <u32>load<u8>(p) <= 32 ? spaces(p) : p;
}

/** Behind the end of the line, or 0. */
export function readLine(start: usize, row: i32): usize {
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
