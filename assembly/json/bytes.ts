export const LF: u32 = 10;
export const CR: u32 = 13;

/** Behind spaces; a line feed is none, since it ends the line. */
// @ts-ignore: decorator
@inline
export function space(from: usize): usize {
  let p = from;
  while (true) {
    const c = <u32>load<u8>(p);
    if (c != 32 && c != 9 && c != 13) return p;
    p++;
  }
}

/** The same where there is one: how many there are nobody can foretell, so up to sixteen are passed by one comparison. */
export function spaces(from: usize): usize {
  const v = v128.load(from);
  const blank = v128.or(v128.or(i8x16.eq(v, i8x16.splat(32)), i8x16.eq(v, i8x16.splat(9))), i8x16.eq(v, i8x16.splat(13)));
  const others = ~<u32>i8x16.bitmask(blank) & 0xffff;
  return others == 0 ? space(from + 16) : from + ctz(others);
}

// From byte 32 - n on, n bytes are set.
const MASKS = memory.data<u64>([0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0, 0], 16);

/** The first n of sixteen bytes; all of them for more. */
// @ts-ignore: decorator
@inline
export function firstBytes(n: u32): v128 {
  return v128.load(MASKS + 32 - <usize>(n < 16 ? n : <u32>16));
}
