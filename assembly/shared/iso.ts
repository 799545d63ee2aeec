// Times in ISO 8601 as src/codecs/times.ts reads them, for csv() and json().

const POWERS = memory.data<f64>([1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6]);
const WRONG: u32 = 100;
/** What `days` answers for one that is not in the calendar. */
export const NO_DAY: i32 = i32.MIN_VALUE;

// @ts-ignore: decorator
@inline
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 48;
  const ones = <u32>load<u8>(p, 1) - 48;
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : WRONG;
}

/** Days since 1970 of a day in the calendar; NO_DAY for one that is not in it. */
export function days(p: usize): i32 {
  const century = two(p);
  const rest = two(p + 2);
  const month = two(p + 5);
  const day = two(p + 8);
  if (century == WRONG || rest == WRONG || load<u8>(p, 4) != 45 || load<u8>(p, 7) != 45) return NO_DAY;
  if (month < 1 || month > 12 || day < 1) return NO_DAY;
  const year = <i32>(century * 100 + rest);
  const isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const most: u32 = month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  if (day > most) return NO_DAY;
  // Counted from March, so that the leap day is the last of its year.
  const y = month <= 2 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const ofEra = y - era * 400;
  const ofYear = (153 * (<i32>month + (month > 2 ? -3 : 9)) + 2) / 5 + <i32>day - 1;
  return era * 146097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719468;
}

/** Milliseconds, with what stands behind the day; NaN where that is not a time of day. */
// @ts-ignore: decorator
@inline
export function clock(begin: usize, end: usize, day: i32): f64 {
  const letter = load<u8>(begin, 10);
  if (end - begin < 16 || ((letter | 32) != 116 && letter != 32) || load<u8>(begin, 13) != 58) return NaN;
  const hour = two(begin + 11);
  const minute = two(begin + 14);
  if (hour > 23 || minute > 59) return NaN;
  let whole: i64 = <i64>day * 86400000 + <i64>hour * 3600000 + <i64>minute * 60000;
  let fraction: f64 = 0;
  let p = begin + 16;
  if (p < end && load<u8>(p) == 58) {
    if (end - p < 3) return NaN;
    const second = two(p + 1);
    if (second > 59) return NaN;
    whole += <i64>second * 1000;
    p += 3;
    if (p < end && (load<u8>(p) == 46 || load<u8>(p) == 44)) {
      p++;
      let value: u32 = 0;
      let digit: u32 = 0;
      const from = p;
      while (p < end && (digit = <u32>load<u8>(p) - 48) <= 9) {
        if (p - from < 9) value = value * 10 + digit;
        p++;
      }
      const digits = <i32>(p - from);
      if (digits == 0 || digits > 9) return NaN;
      if (digits <= 3) whole += <i64>value * (digits == 3 ? 1 : digits == 2 ? 10 : 100);
      else fraction = <f64>value / load<f64>(POWERS + (<usize>(digits - 3) << 3));
    }
  }
  if (p < end) {
    const sign = load<u8>(p);
    const left = end - p;
    if ((sign | 32) == 122) {
      if (left != 1) return NaN;
    } else if (sign == 43 || sign == 45) {
      if (left != 3 && left != 5 && left != 6) return NaN;
      if (left == 6 && load<u8>(p, 3) != 58) return NaN;
      const hours = two(p + 1);
      const minutes: u32 = left == 3 ? 0 : two(end - 2);
      if (hours > 23 || minutes > 59) return NaN;
      const away = <i64>hours * 3600000 + <i64>minutes * 60000;
      whole += sign == 43 ? -away : away;
    } else return NaN;
  }
  return <f64>whole + fraction;
}

/** All of it; NaN for what is no time. */
export function isoMillis(from: usize, to: usize): f64 {
  const length = to - from;
  if (length < 10) return NaN;
  const day = days(from);
  if (day == NO_DAY) return NaN;
  return length == 10 ? <f64>day * 86400000 : clock(from, to, day);
}
