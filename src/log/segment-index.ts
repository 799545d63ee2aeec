import { crc32c } from '../base/crc32c.ts';
import type { Files } from '../core/world.ts';
import { SEGMENT_HEADER_BYTES } from './format.ts';
import { readWhole, replaceFile } from './whole-file.ts';
import { indexPath, segmentPath } from './segments.ts';
import { type FoundBatch, scanSegment } from './segment-scan.ts';

/** One entry for so many bytes of a segment: a search reads no more than this. */
const STRIDE = 1 << 16;
const HEADER_BYTES = 72;
const ENTRY_BYTES = 16;
const VERSION = 1;
const MAGIC = Uint8Array.from('HRIDX\0\0\0', (letter) => letter.charCodeAt(0));

/**
 * Where to look in a segment, by position and by event time. An entry knows the greatest event time before its place:
 * that only grows, although event times do not, so it can be searched by halves.
 *
 * On the disk: 'HRIDX' and zeros, version u32, checksum of everything else u32, base u64, bytes of the segment u64, next
 * position u64, least and greatest event time f64, last append f64, entries u32, 0 u32; then of all entries the place u32,
 * of all the position u32, of all the time f64. It is made anew from the segment whenever it is missing or does not fit.
 */
export class SegmentIndex {
  readonly base: number;
  /** Behind the last batch: bytes of the segment, and the position counted from the base. */
  bytes: number = SEGMENT_HEADER_BYTES;
  next = 0;
  minTime: number = Number.POSITIVE_INFINITY;
  maxTime: number = Number.NEGATIVE_INFINITY;
  appendedAt: number = Number.NEGATIVE_INFINITY;
  #places: number[] = [];
  #positions: number[] = [];
  #timesBefore: number[] = [];

  constructor(base: number) {
    this.base = base;
  }

  add({ at, header }: FoundBatch): void {
    if (this.#places.length === 0 || at - this.#places.at(-1)! >= STRIDE) {
      this.#places.push(at);
      this.#positions.push(header.first);
      this.#timesBefore.push(this.maxTime);
    }
    this.bytes = at + header.bytes;
    this.next = header.first + header.records;
    // A comparison with NaN is false: batches without times change nothing.
    if (header.minTime < this.minTime) this.minTime = header.minTime;
    if (header.maxTime > this.maxTime) this.maxTime = header.maxTime;
    if (header.appendedAt > this.appendedAt) this.appendedAt = header.appendedAt;
  }

  /** Forgets what lies at and behind a byte. The times may then say too much, which makes a search longer, never wrong. */
  cut(bytes: number, next: number): void {
    const kept = this.#places.filter((at) => at < bytes).length;
    for (const column of [this.#places, this.#positions, this.#timesBefore]) column.length = kept;
    this.bytes = bytes;
    this.next = next;
  }

  /** The byte of a batch at or before the one that holds the position, and not far before. */
  placeOf(position: number): number {
    return this.#places[lastWithin(this.#positions, (first) => first <= position)] ?? SEGMENT_HEADER_BYTES;
  }

  /** A batch with all records of this event time or later at or behind it; undefined when the segment has none. */
  placeOfTime(ms: number): number | undefined {
    if (!(this.maxTime >= ms)) return undefined;
    return this.#places[lastWithin(this.#timesBefore, (before) => before < ms)] ?? SEGMENT_HEADER_BYTES;
  }

  toBytes(): Uint8Array {
    const count = this.#places.length;
    const bytes = new Uint8Array(HEADER_BYTES + count * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    bytes.set(MAGIC);
    view.setUint32(8, VERSION, true);
    view.setBigUint64(16, BigInt(this.base), true);
    view.setBigUint64(24, BigInt(this.bytes), true);
    view.setBigUint64(32, BigInt(this.next), true);
    view.setFloat64(40, this.minTime, true);
    view.setFloat64(48, this.maxTime, true);
    view.setFloat64(56, this.appendedAt, true);
    view.setUint32(64, count, true);
    for (let i = 0; i < count; i++) {
      view.setUint32(HEADER_BYTES + 4 * i, this.#places[i]!, true);
      view.setUint32(HEADER_BYTES + 4 * (count + i), this.#positions[i]!, true);
      view.setFloat64(HEADER_BYTES + 8 * (count + i), this.#timesBefore[i]!, true);
    }
    view.setUint32(12, checksum(bytes), true);
    return bytes;
  }

  /** Undefined when it is not the sound index of a segment of this base and size. */
  static from(bytes: Uint8Array, base: number, segmentBytes: number): SegmentIndex | undefined {
    if (bytes.length < HEADER_BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const count = view.getUint32(64, true);
    if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES || view.getUint32(12, true) !== checksum(bytes)) return undefined;
    if (view.getUint32(8, true) !== VERSION) return undefined;
    if (Number(view.getBigUint64(16, true)) !== base || Number(view.getBigUint64(24, true)) !== segmentBytes) return undefined;
    const index = new SegmentIndex(base);
    index.bytes = segmentBytes;
    index.next = Number(view.getBigUint64(32, true));
    index.minTime = view.getFloat64(40, true);
    index.maxTime = view.getFloat64(48, true);
    index.appendedAt = view.getFloat64(56, true);
    for (let i = 0; i < count; i++) {
      index.#places.push(view.getUint32(HEADER_BYTES + 4 * i, true));
      index.#positions.push(view.getUint32(HEADER_BYTES + 4 * (count + i), true));
      index.#timesBefore.push(view.getFloat64(HEADER_BYTES + 8 * (count + i), true));
    }
    return index;
  }
}

/** The index of a sealed segment: the one on the disk if it fits, else made from the segment. Writes nothing. */
export async function readIndex(files: Files, folder: string, base: number): Promise<SegmentIndex> {
  const path = segmentPath(folder, base);
  const stat = await files.stat(path);
  const bytes = await readWhole(files, indexPath(folder, base));
  const index = bytes === undefined ? undefined : SegmentIndex.from(bytes, base, stat?.bytes ?? 0);
  return index ?? (await indexOf(files, folder, base));
}

/** The index of a segment, from what stands in it. */
export async function indexOf(files: Files, folder: string, base: number): Promise<SegmentIndex> {
  const index = new SegmentIndex(base);
  const path = segmentPath(folder, base);
  const file = await files.open(path, 'read');
  try {
    const { size } = await scanSegment(file, path, (batch) => index.add(batch));
    index.bytes = Math.max(size, SEGMENT_HEADER_BYTES);
  } finally {
    await file.close();
  }
  return index;
}

export async function writeIndex(files: Files, folder: string, index: SegmentIndex): Promise<void> {
  await replaceFile(files, folder, indexPath(folder, index.base).slice(folder.length + 1), index.toBytes());
}

function lastWithin(ascending: readonly number[], holds: (value: number) => boolean): number {
  let [low, high] = [-1, ascending.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(ascending[middle]!)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function checksum(bytes: Uint8Array): number {
  return crc32c(bytes.subarray(16), crc32c(bytes.subarray(0, 12)));
}
