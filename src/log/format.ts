import { crc32c } from '../base/crc32c.ts';
import { tooNew } from './log-errors.ts';

/**
 * A segment is a file of batches behind a header, little-endian, everything at multiples of eight bytes so that its
 * numbers can be read in place:
 *
 *     segment  'HRLOG' and zeros, version u32, checksum of the header u32, first position u64, made at f64
 *     batch    'HRB', version u8, checksum of the header u32,
 *              bytes of the batch u32, records u32, checksum of the body u32, flags u32,
 *              first position, counted from the segment's u32, place in its transaction u32, transaction u64,
 *              least event time f64, greatest event time f64, appended at f64,
 *              bytes of the segment that were safe when this was written u32, 0 u32
 *              body (see batch-body.ts)
 *
 * Checksums are CRC-32C, the one of a header is over its other bytes. It covers the checksum of the body, so no header
 * fits another body; and since positions stand in the header only, a batch is copied to another place by a new header.
 *
 * What was safe tells damage from a torn write. A power cut keeps any part of what was written since the last sync, also
 * later batches without earlier ones. But a batch that was written when 5,000 bytes were safe proves that whatever is
 * broken before byte 5,000 was whole once: that is damage and is reported, everything else is a torn write and is cut.
 */
const VERSION = 1;
export const SEGMENT_HEADER_BYTES = 32;
export const BATCH_HEADER_BYTES = 72;
const BATCH_MAGIC = 0x425248; // 'HRB'
const BATCH_VERSION = 1;
const MAGIC = Uint8Array.from('HRLOG\0\0\0', (letter) => letter.charCodeAt(0));

export const MOST_RECORDS = 65_536;
export const MOST_BATCH_BYTES: number = 8 << 20;
/** A batch of one record may be as large as a record may be, which is an option; what a header says beyond this is a lie. */
const MOST_BYTES = 2 ** 31;
/** Places in a segment are kept in 32 bits. */
export const MOST_SEGMENT_BYTES: number = 2 ** 32 - 8;

export const HAS_KEYS = 1;
export const HAS_HEADERS = 2;
export const HAS_TIMES = 4;
/** The last batch of a transaction. */
export const ENDS_TRANSACTION = 8;
/** Stands where damaged records were: positions without records. */
export const IS_HOLE = 16;

export interface SegmentHeader {
  readonly version: number;
  readonly base: number;
  readonly madeAt: number;
}

export interface BatchHeader {
  readonly bytes: number;
  readonly records: number;
  readonly bodyCrc: number;
  readonly flags: number;
  /** Counted from the base of the segment. */
  readonly first: number;
  readonly ordinal: number;
  /** 16 hexadecimal digits; `PLAIN` for records that belong to no transaction. */
  readonly origin: string;
  /** NaN when no record has a time. */
  readonly minTime: number;
  readonly maxTime: number;
  readonly appendedAt: number;
  readonly safe: number;
}

export const PLAIN = '0000000000000000';

export function segmentHeader(base: number, madeAt: number): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(base), true);
  view.setFloat64(24, madeAt, true);
  view.setUint32(12, headerCrc(bytes, 12), true);
  return bytes;
}

/** Undefined when the bytes are no header. Every version keeps the first 16 bytes and what the checksum is over. */
export function readSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) return undefined;
  const header = bytes.subarray(0, SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(12, true) !== headerCrc(header, 12)) return undefined;
  return { version: view.getUint32(8, true), base: Number(view.getBigUint64(16, true)), madeAt: view.getFloat64(24, true) };
}

export function writeBatchHeader(into: Uint8Array, at: number, header: BatchHeader): void {
  const bytes = into.subarray(at, at + BATCH_HEADER_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, BATCH_MAGIC | (BATCH_VERSION << 24), true);
  view.setUint32(8, header.bytes, true);
  view.setUint32(12, header.records, true);
  view.setUint32(16, header.bodyCrc, true);
  view.setUint32(20, header.flags, true);
  view.setUint32(24, header.first, true);
  view.setUint32(28, header.ordinal, true);
  view.setUint32(32, Number.parseInt(header.origin.slice(8), 16), true);
  view.setUint32(36, Number.parseInt(header.origin.slice(0, 8), 16), true);
  view.setFloat64(40, header.minTime, true);
  view.setFloat64(48, header.maxTime, true);
  view.setFloat64(56, header.appendedAt, true);
  view.setUint32(64, header.safe, true);
  view.setUint32(68, 0, true);
  view.setUint32(4, headerCrc(bytes, 4), true);
}

/** The header of a batch, or why there is none. One of a newer version must not pass for a torn write, so it throws. Lengths are checked here, before anybody takes memory by them. */
export function readBatchHeader(bytes: Uint8Array, at: number): BatchHeader | string {
  if (at + BATCH_HEADER_BYTES > bytes.length) return 'its header is cut off';
  const header = bytes.subarray(at, at + BATCH_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset);
  const magic = view.getUint32(0, true);
  if ((magic & 0xffffff) !== BATCH_MAGIC) return 'no batch begins here';
  if (view.getUint32(4, true) !== headerCrc(header, 4)) return 'the checksum of its header does not fit';
  if (magic >>> 24 !== BATCH_VERSION) throw tooNew(`a batch of a segment of version ${VERSION}`, magic >>> 24);
  const found: BatchHeader = {
    bytes: view.getUint32(8, true),
    records: view.getUint32(12, true),
    bodyCrc: view.getUint32(16, true),
    flags: view.getUint32(20, true),
    first: view.getUint32(24, true),
    ordinal: view.getUint32(28, true),
    origin: hex(view.getUint32(36, true)) + hex(view.getUint32(32, true)),
    minTime: view.getFloat64(40, true),
    maxTime: view.getFloat64(48, true),
    appendedAt: view.getFloat64(56, true),
    safe: view.getUint32(64, true),
  };
  return soundSizes(found) ? found : 'its lengths make no sense';
}

export function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

function soundSizes({ bytes, records, flags }: BatchHeader): boolean {
  if (bytes % 8 !== 0 || bytes < BATCH_HEADER_BYTES || records === 0) return false;
  if ((flags & IS_HOLE) !== 0) return bytes === BATCH_HEADER_BYTES;
  return bytes <= (records === 1 ? MOST_BYTES : MOST_BATCH_BYTES) && records <= MOST_RECORDS;
}

/** Of a header, without the four bytes at `hole` that keep it. */
export function headerCrc(header: Uint8Array, hole: number): number {
  return crc32c(header.subarray(hole + 4), crc32c(header.subarray(0, hole)));
}
