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

// From byte 32 - n on, n bytes are set.
const MASKS = memory.data<u64>([0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0, 0], 16);

/** The first n of sixteen bytes; all of them for more. */
// @ts-ignore: decorator
@inline
export function firstBytes(n: u32): v128 {
  return v128.load(MASKS + 32 - <usize>(n < 16 ? n : <u32>16));
}
