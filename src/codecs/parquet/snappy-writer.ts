import { ByteWriter } from './byte-writer.ts';

/** So many bytes are looked at together: a copy reaches no further back. */
const BLOCK = 65_536;
const TABLE_BITS = 14;
/** The last bytes of a block are not looked for: reading four at once stays inside. */
const MARGIN = 15;

/** Where in the block four bytes with this hash were seen last, and one more; used again and again. */
const seen = new Uint16Array(1 << TABLE_BITS);

/** What was packed last. Pages are packed one after the other: one room for all costs memory once. */
const out = new ByteWriter();

/** Packs bytes as Snappy does: lengths and copies of what came before. What it answers is there until it is called again. */
export function snappied(bytes: Uint8Array): Uint8Array {
  out.clear();
  out.varint(bytes.length);
  for (let from = 0; from < bytes.length; from += BLOCK) packBlock(bytes, from, Math.min(bytes.length, from + BLOCK));
  return out.bytes;
}

function packBlock(bytes: Uint8Array, from: number, to: number): void {
  seen.fill(0);
  let literal = from;
  // The longer nothing is found, the wider the steps.
  let tried = 32;
  for (let at = from + 1; at < to - MARGIN; ) {
    const word = wordAt(bytes, at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS);
    const before = from + seen[slot]!;
    seen[slot] = at - from;
    if (wordAt(bytes, before) !== word) {
      at += tried++ >> 5;
      continue;
    }
    writeLiteral(bytes, literal, at);
    let length = 4;
    while (at + length < to && bytes[before + length] === bytes[at + length]) length++;
    writeCopies(at - before, length);
    at += length;
    literal = at;
    tried = 32;
    if (at < to - MARGIN) seen[Math.imul(wordAt(bytes, at - 1), 0x1e35a7bd) >>> (32 - TABLE_BITS)] = at - 1 - from;
  }
  writeLiteral(bytes, literal, to);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function writeLiteral(bytes: Uint8Array, from: number, to: number): void {
  const most = to - from - 1;
  if (most < 0) return;
  if (most < 60) out.byte(most << 2);
  else if (most < 256) {
    out.byte(60 << 2);
    out.byte(most);
  } else {
    out.byte(61 << 2);
    out.byte(most & 255);
    out.byte(most >> 8);
  }
  out.append(bytes.subarray(from, to));
}

/** A copy has up to 64 bytes; the last one at least four. */
function writeCopies(back: number, length: number): void {
  let left = length;
  for (; left >= 68; left -= 64) writeCopy(back, 64);
  if (left > 64) {
    writeCopy(back, 60);
    left -= 60;
  }
  writeCopy(back, left);
}

function writeCopy(back: number, length: number): void {
  if (length < 12 && back < 2048) {
    out.byte(1 | ((length - 4) << 2) | ((back >> 8) << 5));
    out.byte(back & 255);
  } else {
    out.byte(2 | ((length - 1) << 2));
    out.byte(back & 255);
    out.byte(back >> 8);
  }
}
