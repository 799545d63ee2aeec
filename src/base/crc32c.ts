import { crc32cBlocks } from './crc32c-wasm.ts';

const POLYNOMIAL = 0x82f63b78;
const TABLES = tables();
/** Below this the call costs more than it gains. */
const LEAST_BLOCKS = 256;
const blocks = crc32cBlocks(TABLES[0]);

/**
 * CRC-32C (Castagnoli, RFC 3720), the checksum of everything we keep on disks. Give the checksum of the bytes before as
 * `seed` to go on from there. `zlib.crc32` is another polynomial.
 *
 * @example
 * ```ts
 * console.log(crc32c(new TextEncoder().encode('123456789')).toString(16)); // e3069283
 * ```
 */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  // 2.1 GB/s in WebAssembly where the tables below give 0.35, on a machine that was busy with other things.
  if (blocks === undefined || bytes.length < LEAST_BLOCKS) return plainCrc32c(bytes, seed);
  const whole = bytes.length & ~15;
  return plainCrc32c(bytes.subarray(whole), ~blocks(~seed, bytes.subarray(0, whole)) >>> 0);
}

/** The same without WebAssembly: for short runs of bytes, and where there is none. */
export function plainCrc32c(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~seed;
  const whole = bytes.length & ~7;
  let at = 0;
  // Eight bytes a turn with a table for each place ("slicing by 8"): 0.85 GB/s, and 0.49 with a byte a turn.
  for (; at < whole; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 255]! ^
      t6[(crc >>> 8) & 255]! ^
      t5[(crc >>> 16) & 255]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = t0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

type Table = Int32Array;

/** Table k tells what a byte becomes with k zero bytes behind it. */
function tables(): readonly [Table, Table, Table, Table, Table, Table, Table, Table] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    first[byte] = crc;
  }
  const next = (table: Table): Table => table.map((crc) => first[crc & 255]! ^ (crc >>> 8));
  const t1 = next(first);
  const t2 = next(t1);
  const t3 = next(t2);
  const t4 = next(t3);
  const t5 = next(t4);
  const t6 = next(t5);
  return [first, t1, t2, t3, t4, t5, t6, next(t6)];
}
