const TENS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
  100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000,
]);

export const PLACES_MOST: i32 = 19;

/**
 * `value`, which is not 0, divided by 10 to the power of `places`, rounded once: a quotient of at least 63 bits and whether
 * something is left of it decide every rounding to 53. It is what random fractions of 17 digits need, as most languages write
 * them.
 */
export function quotient(value: u64, places: i32): f64 {
  const divisor = load<u64>(TENS + (<usize>places << 3));
  const valueZeros = clz(value);
  const divisorZeros = clz(divisor);
  // Both with their first bit set: value * 2^63 / divisor is more than 2^62 and less than 2^64.
  const v = value << valueZeros;
  const d = divisor << divisorZeros;
  const high = v >> 1;
  const middle = (v & 1) << 31;
  const q1 = half(high, middle, d);
  const left = ((high << 32) | middle) - q1 * d;
  const q0 = half(left, 0, d);
  const rest = (left << 32) - q0 * d;
  const q = (q1 << 32) + q0;
  const drop: u64 = 11 - clz(q);
  const dropped = q & ((<u64>1 << drop) - 1);
  const middleOfTwo = <u64>1 << (drop - 1);
  let result = q >> drop;
  if (dropped > middleOfTwo || (dropped == middleOfTwo && (rest != 0 || (result & 1) != 0))) result++;
  const power = <i64>drop - 63 + <i64>divisorZeros - <i64>valueZeros;
  return <f64>(<i64>result) * reinterpret<f64>((power + 1023) << 52);
}

/** 32 bits of a quotient: high and the next 32 bits by `d`, whose first bit is set and which is more than high (Knuth). */
function half(high: u64, next: u64, d: u64): u64 {
  const d1 = d >> 32;
  const d0 = d & 0xffffffff;
  let q = high / d1;
  let r = high - q * d1;
  while (q > 0xffffffff || q * d0 > ((r << 32) | next)) {
    q--;
    r += d1;
    if (r > 0xffffffff) break;
  }
  return q;
}
