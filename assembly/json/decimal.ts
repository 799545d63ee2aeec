import { FIVES, POWER_MOST } from './powers';

/** The lower half of what `upper` multiplied last. */
let lower: u64 = 0;

/** The upper 64 bits of a product. */
// @ts-ignore: decorator
@inline
function upper(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const low = a0 * b1;
  const high = a1 * b0;
  const middle = ((a0 * b0) >> 32) + (low & 0xffffffff) + (high & 0xffffffff);
  lower = a * b;
  return a1 * b1 + (low >> 32) + (high >> 32) + (middle >> 32);
}

/**
 * `value`, which is not 0, times ten to the power of `power`, at most POWER_MOST either way, rounded once (Eisel and Lemire): 128
 * bits of a power of five decide every rounding to 53, since a value of 64 bits never comes nearer to the middle of two.
 */
export function decimal(value: u64, power: i32): f64 {
  const zeros = clz(value);
  const normal = value << zeros;
  const five = FIVES + (<usize>(power + POWER_MOST) << 4);
  let high = upper(normal, load<u64>(five));
  let low = lower;
  if ((high & 0x1ff) == 0x1ff) {
    // Only here the lower half of the power can matter.
    const more = upper(normal, load<u64>(five, 8));
    low += more;
    if (more > low) high++;
  }
  const top = high >> 63;
  const shift = top + 9;
  let result = high >> shift;
  // In the middle of two, which only small powers reach: to the even one.
  if (low <= 1 && power >= -4 && power <= 23 && (result & 3) == 1 && result << shift == high) result &= ~1;
  result = (result + (result & 1)) >> 1;
  // Five and two to the power; 217706 / 2^16 is the logarithm of ten by two.
  const exponent = <i64>((217706 * power) >> 16) + 63 + <i64>top - <i64>zeros + 1023;
  // A carry into the 54th bit makes the power of two one greater, by itself.
  return reinterpret<f64>((result - (<u64>1 << 52)) + (<u64>exponent << 52));
}
