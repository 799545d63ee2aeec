import { firstBytes } from './bytes';
import {
  ENTRY_ALT,
  ENTRY_LENGTH,
  ENTRY_LONGEST,
  ENTRY_MASK,
  ENTRY_NEXT,
  ENTRY_NODE,
  ENTRY_PARENT,
  ENTRY_SIZE,
  MEMBER_SIZE,
  NODE_MEMBERS,
  NODE_MEMBER_COUNT,
} from './layout';

let entries: usize = 0;
let entryMost: i32 = 0;
let entryCount: i32 = 0;
/** Twice as many places as there may be entries. */
let table: usize = 0;
let tableMask: u32 = 0;

export function setEntries(at: usize, most: i32, tableAt: usize): void {
  entries = at;
  entryMost = most;
  entryCount = 0;
  table = tableAt;
  tableMask = <u32>(most * 2 - 1);
}

// @ts-ignore: decorator
@inline
export function isLiteral(entry: usize, p: usize): bool {
  const first = v128.and(v128.xor(v128.load(p), v128.load(entry)), v128.load(entry + ENTRY_MASK));
  if (v128.any_true(first)) return false;
  if (load<u32>(entry + ENTRY_LENGTH) <= 16) return true;
  return !v128.any_true(v128.and(v128.xor(v128.load(p + 16), v128.load(entry + 16)), v128.load(entry + ENTRY_MASK + 16)));
}

/** The node of a member, or 0 for one that is not wanted. */
export function lookup(node: usize, key: usize, keyEnd: usize): usize {
  const count = load<u32>(node + NODE_MEMBER_COUNT);
  const length = <u32>(keyEnd - key);
  let member: usize = load<u32>(node + NODE_MEMBERS);
  for (let i: u32 = 0; i < count; i++, member += MEMBER_SIZE) {
    if (load<u32>(member + 4) == length && memory.compare(load<u32>(member), key, length) == 0) return load<u32>(member + 8);
  }
  return 0;
}

/** The entry of these bytes in objects of this node; 0 where they are too long or there is no room. */
export function entryFor(parent: usize, from: usize, to: usize, target: usize): usize {
  const length = <u32>(to - from);
  if (length > ENTRY_LONGEST) return 0;
  const m0 = firstBytes(length);
  const m1 = firstBytes(length > 16 ? length - 16 : 0);
  const e0 = v128.and(v128.load(from), m0);
  const e1 = v128.and(v128.load(from + 16), m1);
  let h = (<u64>length ^ i64x2.extract_lane(e0, 0)) * 0x9e3779b97f4a7c15 + <u64>parent;
  h = (h ^ (h >> 31) ^ i64x2.extract_lane(e0, 1)) * 0xbf58476d1ce4e5b9;
  h = (h ^ (h >> 29) ^ i64x2.extract_lane(e1, 0)) * 0x94d049bb133111eb;
  h = (h ^ (h >> 31) ^ i64x2.extract_lane(e1, 1)) * 0x9e3779b97f4a7c15;
  let place = <u32>(h >> 32) & tableMask;
  while (true) {
    const entry: usize = load<u32>(table + (<usize>place << 2));
    if (entry == 0) break;
    if (
      load<u32>(entry + ENTRY_PARENT) == <u32>parent &&
      load<u32>(entry + ENTRY_LENGTH) == length &&
      !v128.any_true(v128.or(v128.xor(e0, v128.load(entry)), v128.xor(e1, v128.load(entry + 16))))
    )
      return entry;
    place = (place + 1) & tableMask;
  }
  if (entryCount == entryMost) return 0;
  const entry = entries + <usize>entryCount * ENTRY_SIZE;
  entryCount++;
  store<u32>(table + (<usize>place << 2), <u32>entry);
  v128.store(entry, e0);
  v128.store(entry + 16, e1);
  v128.store(entry + ENTRY_MASK, m0);
  v128.store(entry + ENTRY_MASK + 16, m1);
  store<u32>(entry + ENTRY_LENGTH, length);
  store<u32>(entry + ENTRY_NODE, <u32>target);
  store<u32>(entry + ENTRY_NEXT, 0);
  store<u32>(entry + ENTRY_ALT, 0);
  store<u32>(entry + ENTRY_PARENT, <u32>parent);
  return entry;
}
