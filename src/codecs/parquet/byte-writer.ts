import { encodeUtf8 } from '../utf8.ts';

/** By so much a large one grows. */
const MOST_SPARE = 1_048_576;

/** Bytes that are put one behind the other; room is made as it is needed, and kept. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(room = 256) {
    this.#bytes = Buffer.allocUnsafeSlow(room);
  }

  get length(): number {
    return this.#length;
  }

  /** What was put, until more is: no copy. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Room for so many bytes more; where they go. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const room = this.#bytes.length;
      const larger = Buffer.allocUnsafeSlow(Math.max(room + Math.min(room, MOST_SPARE), this.#length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  uint32(value: number): void {
    const at = this.#grow(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  double(value: number): void {
    const at = this.#grow(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  /** A whole number that a double holds exactly, as 64 bits. */
  long(value: number): void {
    const at = this.#grow(8);
    const high = Math.floor(value / 4_294_967_296);
    this.#bytes.writeUInt32LE(value - high * 4_294_967_296, at);
    this.#bytes.writeInt32LE(high, at + 4);
  }

  bigLong(value: bigint): void {
    const at = this.#grow(8);
    this.#bytes.writeBigInt64LE(value, at);
  }

  /** Seven bits a byte, the lowest first. */
  varint(value: number): void {
    let left = value;
    for (; left > 127; left = Math.floor(left / 128)) this.byte((left & 127) | 128);
    this.byte(left);
  }

  append(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Within itself or out of another. */
  appendFrom(other: ByteWriter, from: number, to: number): void {
    const at = this.#grow(to - from);
    other.#bytes.copy(this.#bytes, at, from, to);
  }

  /** Its length in four bytes, and then the text; answers how many bytes the text has. */
  text(text: string): number {
    const at = this.#grow(4 + text.length * 3);
    const bytes = this.#bytes.write(text, at + 4, 'utf8');
    this.#bytes.writeUInt32LE(bytes, at);
    this.#length = at + 4 + bytes;
    return bytes;
  }

  /** A text behind its length as a varint, as headers have it. */
  shortText(text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? encodeUtf8(text) : text;
    this.varint(bytes.length);
    this.append(bytes);
  }
}
