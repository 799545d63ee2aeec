// The same as src/codecs/times.ts, line by line.

/** -1 where there is something else. */
function digits(from: usize, count: usize, to: usize): i32 {
  if (from + count > to) return -1;
  let value: i32 = 0;
  for (let p = from; p < from + count; p++) {
    const digit = <u32>load<u8>(p) - 48;
    if (digit > 9) return -1;
    value = value * 10 + <i32>digit;
  }
  return value;
}

export function isoMillis(from: usize, to: usize): f64 {
  const year = digits(from, 4, to);
  const month = digits(from + 5, 2, to);
  const day = digits(from + 8, 2, to);
  if (year < 0 || month < 1 || month > 12 || day < 1) return NaN;
  if (<u32>load<u8>(from + 4) != 45 || <u32>load<u8>(from + 7) != 45 || day > daysIn(year, month)) return NaN;
  const date = <f64>daysSince1970(year, month, day) * 86400000;
  return to - from == 10 ? date : withClock(date, from + 10, to);
}

function withClock(date: f64, from: usize, to: usize): f64 {
  const letter = <u32>load<u8>(from);
  if (letter != 84 && letter != 116 && letter != 32) return NaN;
  const hour = digits(from + 1, 2, to);
  const minute = digits(from + 4, 2, to);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || <u32>load<u8>(from + 3) != 58) return NaN;
  let p = from + 6;
  let second: i32 = 0;
  let fraction: f64 = 0;
  if (p < to && <u32>load<u8>(p) == 58) {
    second = digits(p + 1, 2, to);
    if (second < 0 || second > 59) return NaN;
    p += 3;
    if (p < to && (<u32>load<u8>(p) == 46 || <u32>load<u8>(p) == 44)) {
      const begin = ++p;
      let value: f64 = 0;
      let ten: f64 = 1;
      while (p < to && <u32>load<u8>(p) - 48 <= 9 && p - begin <= 9) {
        value = value * 10 + <f64>(<u32>load<u8>(p) - 48);
        ten *= 10;
        p++;
      }
      if (p == begin || p - begin > 9) return NaN;
      fraction = (value * 1000) / ten;
    }
  }
  return date + <f64>(hour * 3600000 + minute * 60000 + second * 1000) - offsetMillis(p, to) + fraction;
}

function offsetMillis(from: usize, to: usize): f64 {
  const length = to - from;
  if (length == 0) return 0;
  const sign = <u32>load<u8>(from);
  if (length == 1) return sign == 90 || sign == 122 ? 0 : NaN;
  if (sign != 43 && sign != 45) return NaN;
  const hour = digits(from + 1, 2, to);
  if (length != 3 && length != 5 && !(length == 6 && <u32>load<u8>(from + 3) == 58)) return NaN;
  const minute = length == 3 ? 0 : digits(to - 2, 2, to);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return NaN;
  return <f64>(hour * 60 + minute) * (sign == 45 ? -60000.0 : 60000.0);
}

function daysIn(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

function daysSince1970(year: i32, month: i32, day: i32): i32 {
  const y = month <= 2 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}
