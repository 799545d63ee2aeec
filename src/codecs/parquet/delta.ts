import type { PageBytes } from './page-bytes.ts';
import { bitsAt, unpackBits } from './runs.ts';

/** What was stored as the difference to the number before it. The page has to have exactly as many as are wanted. */
export function readDeltas<A extends Int32Array | BigInt64Array>(page: PageBytes, into: A): A {
  const blockSize = page.varint();
  const miniblocks = page.varint();
  const count = page.varint();
  let last = page.zigzag();
  const miniSize = blockSize / miniblocks;
  if (count !== into.length) throw page.fail(`a page of differences has ${count} numbers instead of ${into.length}`);
  if (!(blockSize > 0 && miniblocks > 0 && miniSize % 8 === 0 && miniblocks <= 4096))
    throw page.fail('a page of differences has blocks of no size');
  const put = putterOf(into);
  if (count > 0) put(0, last);
  const packed = new Int32Array(Math.min(miniSize, count));
  for (let filled = 1; filled < count; ) {
    const least = page.zigzag();
    const widthsAt = page.pass(miniblocks);
    for (let m = 0; m < miniblocks && filled < count; m++) {
      const width = page.bytes[widthsAt + m]!;
      if (width > 64) throw page.fail(`differences of ${width} bits`);
      const wanted = Math.min(miniSize, count - filled);
      const from = page.pass(Math.min((miniSize * width) / 8, Math.max(page.left, Math.ceil((wanted * width) / 8))));
      if (width <= 24) unpackBits(page.bytes, from, width, packed, 0, wanted);
      for (let i = 0; i < wanted; i++) {
        last = BigInt.asIntN(64, last + least + (width <= 24 ? BigInt(packed[i]!) : bitsAt(page.bytes, from, i * width, width)));
        put(filled++, last);
      }
    }
  }
  return into;
}

function putterOf(into: Int32Array | BigInt64Array): (at: number, value: bigint) => void {
  if (into instanceof BigInt64Array)
    return (at, value) => {
      into[at] = value;
    };
  return (at, value) => {
    into[at] = Number(BigInt.asIntN(32, value));
  };
}
