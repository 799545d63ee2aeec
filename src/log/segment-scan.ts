import { Blocks, type InBlock } from './blocks.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, IS_HOLE, readBatchHeader, readSegmentHeader, SEGMENT_HEADER_BYTES } from './format.ts';
import { bodyFits, columnsOf } from './log-batch.ts';
import { tooNew } from './log-errors.ts';
import type { OpenFile } from '../core/world.ts';

const BLOCK_BYTES = 1 << 20;

/** A stretch of a segment that is no batch. Positions are counted from the segment's base. */
export interface Flaw {
  readonly at: number;
  readonly bytes: number;
  readonly first: number;
  /** Undefined at the end of the file: who knows what stood there. */
  readonly next: number | undefined;
  readonly why: string;
}

export interface FoundBatch {
  readonly at: number;
  readonly header: BatchHeader;
}

export interface SegmentScan {
  readonly size: number;
  /** Undefined when the header of the segment is damaged or cut off. */
  readonly madeAt: number | undefined;
  /** Behind the last sound batch. */
  readonly end: number;
  readonly next: number;
  /** In the order of the file; only the last one can be open at its end. */
  readonly flaws: readonly Flaw[];
}

/** Goes through a segment and checks every byte of it. `visit` gets each sound batch, and where it lies in memory. */
export async function scanSegment(
  file: OpenFile,
  path: string,
  visit: (batch: FoundBatch, block: InBlock) => void | Promise<void>,
): Promise<SegmentScan> {
  const size = await file.size();
  const blocks = new Blocks(file, BLOCK_BYTES);
  const start = await blocks.take(0, Math.min(SEGMENT_HEADER_BYTES, size), size);
  const header = start === undefined ? undefined : readSegmentHeader(start.bytes);
  if (header !== undefined && header.version !== 1) throw tooNew(path, header.version);
  const flaws: Flaw[] = [];
  let at = SEGMENT_HEADER_BYTES;
  let next = 0;
  while (at < size) {
    let batch = await batchAt(blocks, at, next, size);
    if (typeof batch === 'string') {
      const why = batch;
      const behind = await nextSound(blocks, at, next, size);
      flaws.push({ at, bytes: (behind?.at ?? size) - at, first: next, next: behind?.header.first, why });
      if (behind === undefined) break;
      batch = behind;
    } else if (batch.header.first > next) {
      flaws.push({ at, bytes: 0, first: next, next: batch.header.first, why: 'records are missing here' });
    }
    await visit(batch, blocks.here(batch.at));
    at = batch.at + batch.header.bytes;
    next = batch.header.first + batch.header.records;
  }
  const last = flaws.at(-1);
  return {
    size,
    madeAt: header?.madeAt,
    end: last !== undefined && last.next === undefined ? last.at : Math.max(at, SEGMENT_HEADER_BYTES),
    next,
    flaws,
  };
}

/** The sound batch at a byte, or why there is none. Its bytes are in the block afterwards. */
export async function batchAt(blocks: Blocks, at: number, expected: number, limit: number): Promise<FoundBatch | string> {
  const front = await blocks.take(at, BATCH_HEADER_BYTES, limit);
  if (front === undefined) return 'it ends in the middle of a header';
  const header = readBatchHeader(front.bytes, front.at);
  if (typeof header === 'string') return header;
  if (header.first < expected) return 'its positions were there before';
  if (at + header.bytes > limit) return 'it is cut off';
  const whole = await blocks.take(at, header.bytes, limit);
  if (whole === undefined) return 'it is cut off';
  const why = flawOf(whole, header);
  return why ?? { at, header };
}

/** Why the body of a batch cannot be used. */
function flawOf({ bytes, at }: InBlock, header: BatchHeader): string | undefined {
  if (!bodyFits(bytes, at, header)) return 'the checksum of its records does not fit';
  if ((header.flags & IS_HOLE) === 0 && columnsOf(bytes, at, header) === undefined) return 'its lengths lead out of it';
  return undefined;
}

/**
 * The first sound batch behind a broken one. Where the header of that one is whole it says where to look; a body may hold
 * anything, also what looks like a batch.
 */
export async function nextSound(blocks: Blocks, at: number, expected: number, limit: number): Promise<FoundBatch | undefined> {
  let from = at + 8;
  const front = await blocks.take(at, BATCH_HEADER_BYTES, limit);
  const broken = front === undefined ? 'cut off' : readBatchHeader(front.bytes, front.at);
  if (typeof broken !== 'string' && broken.first >= expected) from = at + broken.bytes;
  for (let candidate = from; candidate + BATCH_HEADER_BYTES <= limit; candidate += 8) {
    const block = await blockAt(blocks, candidate, limit);
    if (block === undefined) return undefined;
    // 'HRB': looking at the first byte of each place in the block, without a promise for each.
    while (candidate + BATCH_HEADER_BYTES <= limit && blocks.has(candidate, 4) && !isMagic(block, candidate - block.from)) candidate += 8;
    if (!blocks.has(candidate, 4)) {
      candidate -= 8;
      continue;
    }
    const found = await batchAt(blocks, candidate, expected, limit);
    if (typeof found !== 'string') return found;
  }
  return undefined;
}

async function blockAt(blocks: Blocks, position: number, limit: number): Promise<{ bytes: Uint8Array; from: number } | undefined> {
  const block = await blocks.take(position, Math.min(BATCH_HEADER_BYTES, limit - position), limit);
  return block === undefined ? undefined : { bytes: block.bytes, from: position - block.at };
}

function isMagic({ bytes }: { readonly bytes: Uint8Array }, at: number): boolean {
  return bytes[at] === 0x48 && bytes[at + 1] === 0x52 && bytes[at + 2] === 0x42;
}
