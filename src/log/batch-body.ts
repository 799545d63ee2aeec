import { crc32c } from '../base/crc32c.ts';
import type { Headers } from '../core/chunk.ts';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  HAS_HEADERS,
  HAS_KEYS,
  HAS_TIMES,
  MOST_BATCH_BYTES,
  MOST_RECORDS,
  writeBatchHeader,
} from './format.ts';

/** What is appended. Its bytes must stay as they are until the append has settled. */
export interface LogRecord {
  readonly value: Uint8Array;
  readonly key?: Uint8Array | undefined;
  readonly headers?: Headers | undefined;
  /** Event time in milliseconds; absent or NaN for none. */
  readonly time?: number;
}

/** A record of a value alone is its bytes: ten thousand of them need no objects around them. */
export type LogEntry = LogRecord | Uint8Array;

/**
 * A body is columns, so that a reader makes typed arrays over it and takes nothing apart:
 *
 *     times    f64 each, when any record has one
 *     values   where each ends u32
 *     keys     where each ends u32, when any record has one
 *     headers  where each ends u32, when any record has some
 *     the bytes of all values, of all keys, of all headers; zeros up to the next multiple of eight
 *
 * A key or headers that are there begin with a byte of their own: an empty entry says there are none. Headers are JSON.
 */
export interface BodySizes {
  readonly records: number;
  readonly flags: number;
  readonly valueBytes: number;
  readonly keyBytes: number;
}

const utf8 = new TextEncoder();

/** What a record takes in a batch, about: headers are counted as if each character were a byte. */
export function recordBytes(entry: LogEntry): number {
  if (entry instanceof Uint8Array) return entry.length + 12;
  const { value, key, headers } = entry;
  let bytes = value.length + 12 + (key === undefined ? 0 : key.length + 5);
  if (headers === undefined) return bytes;
  for (const name in headers) bytes += name.length + headers[name]!.length + 8;
  return bytes;
}

/** How many of the records from `from` go into one batch of about `targetBytes`; at least one. */
export function batchLength(records: readonly LogEntry[], from: number, targetBytes: number): number {
  const most = Math.min(records.length - from, MOST_RECORDS);
  let bytes = 0;
  for (let i = 0; i < most; i++) {
    bytes += recordBytes(records[from + i]!);
    if (bytes > targetBytes && i > 0) return i;
  }
  return most;
}

/** Everything of a header that its body does not tell. */
export type BatchPlace = Pick<BatchHeader, 'first' | 'ordinal' | 'origin' | 'appendedAt' | 'safe'>;

/** Writes batches one behind the other into memory of its own, which it uses again. */
export class BatchBuffer {
  #bytes: Uint8Array = new Uint8Array(1 << 16);
  length = 0;

  /** The batches so far; they are there until the next `clear`. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    // One huge record must not hold its size for ever.
    if (this.#bytes.length > 4 * MOST_BATCH_BYTES) this.#bytes = new Uint8Array(1 << 16);
  }

  /** Appends records `from` to `to` as one batch and answers its header. */
  add(records: readonly LogEntry[], from: number, to: number, place: BatchPlace): BatchHeader {
    const count = to - from;
    let [flags, valueBytes, keyBytes, headerBytes] = [0, 0, 0, 0];
    let [minTime, maxTime] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const encoded: (Uint8Array | undefined)[] = [];
    for (let i = from; i < to; i++) {
      const entry = records[i]!;
      if (entry instanceof Uint8Array) {
        valueBytes += entry.length;
        continue;
      }
      const { value, key, headers, time } = entry;
      valueBytes += value.length;
      if (key !== undefined) {
        flags |= HAS_KEYS;
        keyBytes += key.length + 1;
      }
      if (headers !== undefined) {
        flags |= HAS_HEADERS;
        const bytes = utf8.encode(JSON.stringify(headers));
        encoded[i - from] = bytes;
        headerBytes += bytes.length + 1;
      }
      if (time !== undefined && !Number.isNaN(time)) {
        flags |= HAS_TIMES;
        if (time < minTime) minTime = time;
        if (time > maxTime) maxTime = time;
      }
    }
    const columns = columnBytes(count, flags);
    const bytes = roundUp(BATCH_HEADER_BYTES + columns + valueBytes + keyBytes + headerBytes);
    const start = this.#reserve(bytes);
    const body = start + BATCH_HEADER_BYTES;
    this.#bytes.fill(0, start + bytes - 8, start + bytes); // What fills up to eight; the rest is written over.
    let column = body;
    if ((flags & HAS_TIMES) !== 0) {
      const times = new Float64Array(this.#bytes.buffer, column, count);
      for (let i = 0; i < count; i++) times[i] = (records[from + i] as LogRecord).time ?? Number.NaN;
      column += 8 * count;
    }
    let at = body + columns;
    let base = at;
    const valueEnds = new Uint32Array(this.#bytes.buffer, column, count);
    for (let i = 0; i < count; i++) {
      const entry = records[from + i]!;
      const value = entry instanceof Uint8Array ? entry : entry.value;
      copy(value, this.#bytes, at);
      at += value.length;
      valueEnds[i] = at - base;
    }
    column += 4 * count;
    for (const [flag, entryOf] of [
      [HAS_KEYS, (i: number) => (records[from + i] as LogRecord).key],
      [HAS_HEADERS, (i: number) => encoded[i]],
    ] as const) {
      if ((flags & flag) === 0) continue;
      base = at;
      const ends = new Uint32Array(this.#bytes.buffer, column, count);
      for (let i = 0; i < count; i++) {
        const entry = entryOf(i);
        if (entry !== undefined) {
          this.#bytes[at++] = 1;
          copy(entry, this.#bytes, at);
          at += entry.length;
        }
        ends[i] = at - base;
      }
      column += 4 * count;
    }
    const hasTimes = (flags & HAS_TIMES) !== 0;
    const header: BatchHeader = {
      ...place,
      bytes,
      records: count,
      bodyCrc: crc32c(this.#bytes.subarray(body, start + bytes)),
      flags,
      minTime: hasTimes ? minTime : Number.NaN,
      maxTime: hasTimes ? maxTime : Number.NaN,
    };
    writeBatchHeader(this.#bytes, start, header);
    return header;
  }

  #reserve(bytes: number): number {
    const start = this.length;
    if (start + bytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, start + bytes));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.length = start + bytes;
    return start;
  }
}

/** Of the fixed columns of a body. The ends behind them need not begin at a multiple of eight, only of four. */
export function columnBytes(records: number, flags: number): number {
  const ends = 1 + ((flags & HAS_KEYS) === 0 ? 0 : 1) + ((flags & HAS_HEADERS) === 0 ? 0 : 1);
  return records * (((flags & HAS_TIMES) === 0 ? 0 : 8) + 4 * ends);
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

// A call of `set` costs about 30 ns, which is more than a short value.
function copy(bytes: Uint8Array, into: Uint8Array, at: number): void {
  if (bytes.length > 24) into.set(bytes, at);
  else for (let i = 0; i < bytes.length; i++) into[at + i] = bytes[i]!;
}
