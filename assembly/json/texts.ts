import { COLUMN_VALUES } from './layout';

/** Set in the length of a string that has escapes, or that the host has. */
const NOT_HERE: u32 = 0x80000000;
const WIDE: u32 = 0x40000000;
const LENGTH: u32 = 0x3fffffff;

/**
 * Puts the strings of a plain column one behind the other, so that the host takes all of them by one copy: at `out` 0, then
 * where each ends, then a byte for each that says whether it has other letters than those of ASCII, then their bytes. How many
 * bytes that is altogether; 0 where one of them cannot be told from its bytes. Up to 16 bytes behind it may be written.
 */
export function gather(column: usize, rows: i32, out: usize): u32 {
  let cell: usize = load<u32>(column + COLUMN_VALUES);
  const stop = cell + (<usize>rows << 3);
  let end = out;
  let flag = out + (<usize>(rows + 1) << 2);
  const first = flag + <usize>rows;
  let to = first;
  store<u32>(end, 0);
  for (; cell < stop; cell += 8, flag++) {
    const marked = load<u32>(cell, 4);
    if ((marked & NOT_HERE) != 0) return 0;
    store<u8>(flag, (marked & WIDE) != 0 ? 1 : 0);
    const from: usize = load<u32>(cell);
    const length: usize = marked & LENGTH;
    for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
    to += length;
    end += 4;
    store<u32>(end, <u32>(to - first));
  }
  return <u32>(to - out);
}
