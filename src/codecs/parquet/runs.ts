import type { PageBytes } from './page-bytes.ts';

/**
 * Small numbers as runs of equal ones and groups of eight packed bit by bit: levels, ids of a dictionary, booleans.
 * Fills all of `into`; what a run has beyond that is not read.
 */
export function readRuns(page: PageBytes, width: number, into: Int32Array | Uint8Array): void {
  if (width > 32) throw page.fail(`numbers of ${width} bits`);
  let filled = 0;
  while (filled < into.length) {
    const head = page.varint();
    const wanted = into.length - filled;
    if (head % 2 === 1) {
      const groups = (head - 1) / 2;
      const count = Math.min(groups * 8, wanted);
      // A last group may be cut short by its writer; its other places are nobody's.
      const from = page.pass(Math.min(groups * width, Math.max(page.left, Math.ceil((count * width) / 8))));
      unpackBits(page.bytes, from, width, into, filled, count);
      filled += count;
    } else {
      let value = 0;
      for (let shift = 0; shift < width; shift += 8) value |= page.byte() << shift;
      const count = Math.min(head / 2, wanted);
      into.fill(value, filled, filled + count);
      filled += count;
    }
  }
}

/** Whether levels begin with one run that says of all entries that they are there, which is how most columns are written. */
export function isOneRun(page: PageBytes, count: number, value: number): boolean {
  const at = page.at;
  if (page.left === 0) return false;
  const head = page.varint();
  const isSo = head % 2 === 0 && head / 2 >= count && page.left > 0 && page.byte() === value;
  page.at = at;
  return isSo;
}

/** Numbers of `width` bits that follow each other without a gap, the lowest bit first. */
export function unpackBits(bytes: Uint8Array, from: number, width: number, into: Int32Array | Uint8Array, at: number, count: number): void {
  const end = at + count;
  let next = from;
  if (width === 8) {
    for (let i = at; i < end; i++) into[i] = bytes[next++]!;
    return;
  }
  if (width > 24) return unpackWide(bytes, from, width, into, at, count);
  const mask = (1 << width) - 1;
  let held = 0;
  let bits = 0;
  for (let i = at; i < end; i++) {
    while (bits < width) {
      held |= bytes[next++]! << bits;
      bits += 8;
    }
    into[i] = held & mask;
    held >>>= width;
    bits -= width;
  }
}

/** More than 31 bits do not fit beside the bits that are left over. */
function unpackWide(bytes: Uint8Array, from: number, width: number, into: Int32Array | Uint8Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) into[at + i] = Number(bitsAt(bytes, from, i * width, width));
}

/** `width` bits, up to 64, from this bit on. */
export function bitsAt(bytes: Uint8Array, from: number, bit: number, width: number): bigint {
  let value = 0n;
  let got = 0;
  while (got < width) {
    const [place, skip] = [from + Math.floor((bit + got) / 8), (bit + got) % 8];
    const take = Math.min(8 - skip, width - got);
    value |= BigInt((bytes[place]! >> skip) & ((1 << take) - 1)) << BigInt(got);
    got += take;
  }
  return value;
}
