/** Whether an odd number of bytes of [at, end) are `quote`. */
export function isOdd(at: usize, end: usize, quote: i32): i32 {
  const wanted = i8x16.splat(<i8>quote);
  let found = i8x16.splat(0);
  for (; at + 64 <= end; at += 64) {
    const a = v128.xor(i8x16.eq(v128.load(at), wanted), i8x16.eq(v128.load(at, 16), wanted));
    const b = v128.xor(i8x16.eq(v128.load(at, 32), wanted), i8x16.eq(v128.load(at, 48), wanted));
    found = v128.xor(found, v128.xor(a, b));
  }
  let count = popcnt(i8x16.bitmask(found));
  for (; at < end; at++) count += i32(<i32>load<u8>(at) == quote);
  return count & 1;
}
