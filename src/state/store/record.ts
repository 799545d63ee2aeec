import { crc32c } from '../../base/crc32c.ts';
import type { StateChange } from './state-store.ts';
import { readDouble, readHalf, readWord, writeDouble, writeHalf, writeWord } from './words.ts';

/**
 * One entry on the disk:
 *
 *     0 checksum of the rest | 4 bytes in all | 8 space | 10 1 if there is an expiry, else 0 | 11 zero | 12 bytes of the key
 *     16 expiry, if any | key | value
 *
 * It does not say where it stands, so that compaction moves it as it is.
 */
const HEAD = 16;
const HAS_EXPIRY = 1;

export interface StoreRecord {
  readonly space: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly expires: number | undefined;
}

export function recordBytes({ key, expires }: StateChange, value: Uint8Array): number {
  return HEAD + (expires === undefined ? 0 : 8) + key.length + value.length;
}

export function writeRecord(into: Uint8Array, from: number, { space, key, expires }: StateChange, value: Uint8Array): number {
  let at = from + HEAD;
  if (expires !== undefined) {
    writeDouble(into, at, expires);
    at += 8;
  }
  into.set(key, at);
  at += key.length;
  into.set(value, at);
  at += value.length;
  writeWord(into, from + 4, at - from);
  writeHalf(into, from + 8, space);
  into[from + 10] = expires === undefined ? 0 : HAS_EXPIRY;
  into[from + 11] = 0;
  writeWord(into, from + 12, key.length);
  writeWord(into, from, crc32c(into.subarray(from + 4, at)));
  return at;
}

/** How long the record is that begins here, as far as one can say before its checksum is looked at. */
export function lengthOfRecord(bytes: Uint8Array): number {
  return bytes.length < HEAD ? 0 : readWord(bytes, 4);
}

/** The record at the begin of these bytes, as views into them; undefined when it is damaged. */
export function readRecord(bytes: Uint8Array): StoreRecord | undefined {
  const length = lengthOfRecord(bytes);
  if (length < HEAD || length > bytes.length || crc32c(bytes.subarray(4, length)) !== readWord(bytes, 0)) return undefined;
  const hasExpiry = bytes[10] === HAS_EXPIRY;
  const keyAt = hasExpiry ? HEAD + 8 : HEAD;
  const valueAt = keyAt + readWord(bytes, 12);
  return {
    space: readHalf(bytes, 8),
    key: bytes.subarray(keyAt, valueAt),
    value: bytes.subarray(valueAt, length),
    expires: hasExpiry ? readDouble(bytes, HEAD) : undefined,
  };
}
