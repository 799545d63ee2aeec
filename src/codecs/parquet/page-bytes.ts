import { broken, type Spot } from './errors.ts';

/** The unpacked bytes of a page, read from the front; it never gives more than is there. */
export class PageBytes {
  at = 0;
  readonly bytes: Uint8Array;
  readonly spot: Spot;

  constructor(bytes: Uint8Array, spot: Spot) {
    this.bytes = bytes;
    this.spot = spot;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The place of so many bytes, which are then passed over. */
  pass(count: number): number {
    if (!(count >= 0 && count <= this.left)) throw broken(this.spot, `a page wants ${count} more bytes and has ${this.left}`);
    this.at += count;
    return this.at - count;
  }

  /** The next so many bytes, as they stand. */
  part(count: number): PageBytes {
    const from = this.pass(count);
    return new PageBytes(this.bytes.subarray(from, from + count), this.spot);
  }

  byte(): number {
    return this.bytes[this.pass(1)]!;
  }

  /** Four bytes, the lowest first. */
  word(): number {
    const from = this.pass(4);
    return wordAt(this.bytes, from);
  }

  /** Up to 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw broken(this.spot, 'a number in a page has too many digits');
  }

  /** Up to 64 bits. */
  zigzag(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw broken(this.spot, 'a number in a page has too many digits');
  }

  fail(why: string): Error {
    return broken(this.spot, why);
  }
}

export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
