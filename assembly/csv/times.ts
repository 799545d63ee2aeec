import { clock, days, NO_DAY } from '../shared/iso';
import { answer, beginOf, endOf, isNull, ODD } from './place';

/**
 * Times like 2026-01-31, 2026-01-31T12:30Z, 2026-01-31 12:30:59.123456+02:00, as milliseconds since 1970. Answers how
 * many rows are in `bad`; 0: nulls.
 */
export function times(
  buf: usize,
  idx: usize,
  good: usize,
  rows: u32,
  column: u32,
  isLast: bool,
  quote: i32,
  mayBeNull: bool,
  tokens: usize,
  out: usize,
  nulls: usize,
  bad: usize,
): u32 {
  let wrong: u32 = 0;
  let empty: u32 = 0;
  // The day of the row before, which most often is the day of this one too.
  let sameDay: i32 = NO_DAY;
  let sameStart: u64 = 0;
  let sameEnd: u16 = 0;
  for (let i: u32 = 0; i < rows; i++, out += 8, good += 4) {
    const first = load<u32>(good);
    if (first == ODD) continue;
    const entry = idx + (<usize>(first + column) << 2);
    let p = beginOf(entry, buf);
    let end = endOf(entry, buf, p, isLast);
    if (p < end && <i32>load<u8>(p) == quote) {
      p++;
      end--;
    }
    if (mayBeNull) {
      const none = isNull(tokens, p, <u32>(end - p));
      store<u8>(nulls + i, none ? 1 : 0);
      if (none) {
        empty++;
        store<f64>(out, 0);
        continue;
      }
    }
    const length = <u32>(end - p);
    if (length < 10) {
      store<u32>(bad + (<usize>(wrong++) << 2), i);
      continue;
    }
    if (sameDay == NO_DAY || load<u64>(p) != sameStart || load<u16>(p, 8) != sameEnd) {
      sameDay = days(p);
      sameStart = load<u64>(p);
      sameEnd = load<u16>(p, 8);
    }
    const ms = sameDay == NO_DAY ? NaN : length == 10 ? <f64>sameDay * 86400000 : clock(p, end, sameDay);
    if (isNaN(ms)) store<u32>(bad + (<usize>(wrong++) << 2), i);
    else store<f64>(out, ms);
  }
  answer(0, empty);
  return wrong;
}
