import { firstBytes } from './bytes';
import { allocate, allocateText } from './heap';
import {
  COLUMN_BYTES,
  COLUMN_CLOSED,
  COLUMN_COUNT,
  COLUMN_LIST,
  COLUMN_MASK,
  COLUMN_MOST_BYTES,
  COLUMN_MOST_ENTRIES,
  COLUMN_TABLE,
} from './layout';

export const IS_FULL: i32 = -1;
export const IS_UNKNOWN: i32 = -2;

/** So many places in a row are looked at; a dictionary in which that is not enough counts as full. */
const PROBES: i32 = 256;

/** An empty dictionary. */
export function seed(column: usize): bool {
  const table = allocate(64 << 3);
  const list = allocate(32 << 3);
  if (table == 0 || list == 0) return false;
  memory.fill(table, 0, 64 << 3);
  store<u32>(column + COLUMN_TABLE, <u32>table);
  store<u32>(column + COLUMN_LIST, <u32>list);
  store<u32>(column + COLUMN_MASK, 63);
  store<u32>(column + COLUMN_COUNT, 0);
  store<u32>(column + COLUMN_BYTES, 0);
  return true;
}

function hashOf(at: usize, length: u32): u32 {
  let h: u64 = <u64>length * 0x9e3779b97f4a7c15;
  let left = length;
  let p = at;
  while (true) {
    h = mixed(h, v128.and(v128.load(p), firstBytes(left)));
    if (left <= 16) return <u32>h;
    left -= 16;
    p += 16;
  }
}

function isEqual(a: usize, b: usize, length: u32): bool {
  let left = length;
  let o: usize = 0;
  while (true) {
    if (v128.any_true(v128.and(v128.xor(v128.load(a + o), v128.load(b + o)), firstBytes(left)))) return false;
    if (left <= 16) return true;
    left -= 16;
    o += 16;
  }
}

/** The same as `intern` for a string of up to sixteen bytes, which is most often where it is looked for first. */
// @ts-ignore: decorator
@inline
export function internShort(column: usize, at: usize, length: u32): i32 {
  const mask = firstBytes(length);
  const text = v128.and(v128.load(at), mask);
  const hash = hashOfShort(text, length);
  const slot = <usize>load<u32>(column + COLUMN_TABLE) + (<usize>(hash & load<u32>(column + COLUMN_MASK)) << 3);
  const id = load<i32>(slot + 4);
  if (id != 0 && load<u32>(slot) == hash) {
    const known = <usize>load<u32>(column + COLUMN_LIST) + (<usize>(id - 1) << 3);
    const other = v128.and(v128.load(load<u32>(known)), mask);
    if (load<u32>(known + 4) == length && <u32>i8x16.bitmask(i8x16.eq(other, text)) == 0xffff) return id - 1;
  }
  return intern(column, at, length);
}

// @ts-ignore: decorator
@inline
function hashOfShort(v: v128, length: u32): u32 {
  return <u32>mixed(<u64>length * 0x9e3779b97f4a7c15, v);
}

// @ts-ignore: decorator
@inline
function mixed(before: u64, v: v128): u64 {
  let h = (before ^ i64x2.extract_lane(v, 0)) * 0x9e3779b97f4a7c15;
  h = (h ^ (h >> 29) ^ i64x2.extract_lane(v, 1)) * 0xbf58476d1ce4e5b9;
  return h ^ (h >> 32);
}

/** The number of a string in the dictionary of a column, which takes it in where it is new. */
export function intern(column: usize, at: usize, length: u32): i32 {
  const hash = hashOf(at, length);
  const table: usize = load<u32>(column + COLUMN_TABLE);
  const list: usize = load<u32>(column + COLUMN_LIST);
  const mask = load<u32>(column + COLUMN_MASK);
  let place = hash & mask;
  let probes = 0;
  while (true) {
    const slot = table + (<usize>place << 3);
    const id = load<i32>(slot + 4);
    if (id == 0) break;
    if (load<u32>(slot) == hash) {
      const known = list + (<usize>(id - 1) << 3);
      if (load<u32>(known + 4) == length && isEqual(load<u32>(known), at, length)) return id - 1;
    }
    if (++probes == PROBES) return IS_FULL;
    place = (place + 1) & mask;
  }
  if (load<u32>(column + COLUMN_CLOSED) != 0) return IS_UNKNOWN;
  return add(column, at, length, hash, table + (<usize>place << 3));
}

function add(column: usize, at: usize, length: u32, hash: u32, slot: usize): i32 {
  const count = load<u32>(column + COLUMN_COUNT);
  const bytes = load<u32>(column + COLUMN_BYTES) + length;
  if (count >= load<u32>(column + COLUMN_MOST_ENTRIES) || bytes > load<u32>(column + COLUMN_MOST_BYTES)) return IS_FULL;
  const kept = allocateText(length);
  if (kept == 0) return IS_FULL;
  memory.copy(kept, at, length);
  const known: usize = <usize>load<u32>(column + COLUMN_LIST) + (<usize>count << 3);
  store<u32>(known, <u32>kept);
  store<u32>(known + 4, length);
  store<u32>(slot, hash);
  store<u32>(slot + 4, count + 1);
  store<u32>(column + COLUMN_COUNT, count + 1);
  store<u32>(column + COLUMN_BYTES, bytes);
  // Half of the places stay free.
  if ((count + 1) * 2 > load<u32>(column + COLUMN_MASK) && !grow(column)) return IS_FULL;
  return <i32>count;
}

function grow(column: usize): bool {
  const old: usize = load<u32>(column + COLUMN_TABLE);
  const oldList: usize = load<u32>(column + COLUMN_LIST);
  const places = load<u32>(column + COLUMN_MASK) + 1;
  const count = load<u32>(column + COLUMN_COUNT);
  const table = allocate(<usize>places << 4);
  const list = allocate(<usize>places << 3);
  if (table == 0 || list == 0) return false;
  memory.fill(table, 0, <usize>places << 4);
  memory.copy(list, oldList, <usize>count << 3);
  const mask = places * 2 - 1;
  for (let i: u32 = 0; i < places; i++) {
    const slot = old + (<usize>i << 3);
    if (load<u32>(slot + 4) == 0) continue;
    let place = load<u32>(slot) & mask;
    while (load<u32>(table + (<usize>place << 3) + 4) != 0) place = (place + 1) & mask;
    store<u64>(table + (<usize>place << 3), load<u64>(slot));
  }
  store<u32>(column + COLUMN_TABLE, <u32>table);
  store<u32>(column + COLUMN_LIST, <u32>list);
  store<u32>(column + COLUMN_MASK, mask);
  return true;
}
