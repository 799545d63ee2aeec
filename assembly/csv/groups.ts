/** What stands between groups of three digits, or -1. */
let separator: i32 = -1;

export function configureGroups(thousands: i32): void {
  separator = thousands;
}

/** The digits of the number that was ungrouped last, and room behind them to read sixteen bytes at once. */
const UNGROUPED = memory.data(96, 16);
const MOST: usize = 64;

// @ts-ignore: decorator
@inline
export function areGroups(): bool {
  return separator >= 0;
}

/** Where `ungroup` writes. */
// @ts-ignore: decorator
@inline
export function ungroupedAt(): usize {
  return UNGROUPED;
}

export function hasGroups(p: usize, end: usize): bool {
  for (; p < end; p++) if (<i32>load<u8>(p) == separator) return true;
  return false;
}

// @ts-ignore: decorator
@inline
function isDigit(p: usize): bool {
  return <u32>load<u8>(p) - 48 <= 9;
}

/**
 * Copies a number without what stands between its groups, and answers where the copy ends; 0 where the groups are not as they
 * should be: a first one of one to three digits that does not begin with a zero, and others of three.
 */
export function ungroup(begin: usize, end: usize): usize {
  if (end - begin > MOST) return 0;
  let p = begin;
  let to = UNGROUPED;
  const sign = load<u8>(p);
  if (sign == 43 || sign == 45) {
    store<u8>(to++, sign);
    p++;
  }
  const first = p;
  while (p < end && isDigit(p)) store<u8>(to++, load<u8>(p++));
  const count = p - first;
  if (count < 1 || count > 3 || load<u8>(first) == 48) return 0;
  while (p < end && <i32>load<u8>(p) == separator) {
    if (end - p < 4 || !isDigit(p + 1) || !isDigit(p + 2) || !isDigit(p + 3)) return 0;
    store<u8>(to, load<u8>(p, 1));
    store<u8>(to, load<u8>(p, 2), 1);
    store<u8>(to, load<u8>(p, 3), 2);
    to += 3;
    p += 4;
  }
  // A fourth digit, or another separator behind the fraction.
  if (p < end && isDigit(p)) return 0;
  for (; p < end; p++) {
    const byte = load<u8>(p);
    if (<i32>byte == separator) return 0;
    store<u8>(to++, byte);
  }
  return to;
}
