// Where the next lines begin, before anybody has read up to there.

/** Where the second, third and fourth line may begin; 0 where that is not known, and of those behind it neither. */
export let start1: usize = 0;
export let start2: usize = 0;
export let start3: usize = 0;

/** Behind the line at `from`, if there is room for their rows. */
export function guess(from: usize, to: usize, isRoom: bool): void {
  start1 = isRoom ? nextLine(from, to) : 0;
  start2 = start1 == 0 ? 0 : nextLine(start1, to);
  start3 = start2 == 0 ? 0 : nextLine(start2, to);
}

/** How long lines are at least, most of the time: where the end of the next one is looked for. */
let usualLength: usize = 0;

// @ts-ignore: decorator
@inline
export function noteLength(length: usize): void {
  usualLength = length < usualLength ? length : usualLength + ((length - usualLength + 15) >> 4);
}

/** Where a line may begin, at least about as far behind `from` as lines usually are long; 0 where none does. */
function nextLine(from: usize, to: usize): usize {
  const feed = i8x16.splat(10);
  let p = from + (usualLength > 16 ? usualLength - 16 : 1);
  for (let i = 0; i < 16 && p < to; i++, p += 64) {
    const found =
      <u64>i8x16.bitmask(i8x16.eq(v128.load(p), feed)) |
      (<u64>i8x16.bitmask(i8x16.eq(v128.load(p, 16), feed)) << 16) |
      (<u64>i8x16.bitmask(i8x16.eq(v128.load(p, 32), feed)) << 32) |
      (<u64>i8x16.bitmask(i8x16.eq(v128.load(p, 48), feed)) << 48);
    if (found == 0) continue;
    p += <usize>ctz(found) + 1;
    return p < to ? p : 0;
  }
  return 0;
}
