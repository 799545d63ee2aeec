import type { ByteWriter } from './byte-writer.ts';

/** Fewer equal numbers than that are packed bit by bit. */
const SHORTEST_RUN = 8;

/** How many bits the numbers below `count` take, at least one. */
export function widthOf(count: number): number {
  return Math.max(1, 32 - Math.clz32(count - 1));
}

/** Small numbers of `width` bits, at most 24, as runs of equal ones and groups of eight packed bit by bit. */
export function writeRuns(out: ByteWriter, values: Uint8Array | Int32Array, count: number, width: number): void {
  let packedFrom = 0;
  for (let i = 0; i < count; ) {
    const value = values[i]!;
    let end = i + 1;
    while (end < count && values[end] === value) end++;
    if (end - i < SHORTEST_RUN) {
      i += 8;
      continue;
    }
    writePacked(out, values, packedFrom, i, width);
    out.varint((end - i) * 2);
    for (let shift = 0; shift < width; shift += 8) out.byte(value >> shift);
    i = packedFrom = end;
  }
  if (packedFrom < count) writePacked(out, values, packedFrom, count, width);
}

/** Groups of eight; what a last group lacks is zero. */
function writePacked(out: ByteWriter, values: Uint8Array | Int32Array, from: number, to: number, width: number): void {
  const groups = Math.ceil((to - from) / 8);
  if (groups === 0) return;
  out.varint(groups * 2 + 1);
  let held = 0;
  let bits = 0;
  for (let i = from; i < from + groups * 8; i++) {
    held |= (i < to ? values[i]! : 0) << bits;
    for (bits += width; bits >= 8; bits -= 8) {
      out.byte(held & 255);
      held >>>= 8;
    }
  }
}
