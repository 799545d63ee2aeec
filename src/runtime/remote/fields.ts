import { frameDamaged } from './errors.ts';

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

/** Writes the few fields of a message one after the other. */
export class FieldWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  #at = 0;

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number of 0 or more, seven bits a byte. */
  count(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Any number, also infinity and NaN. */
  number(value: number): void {
    this.#room(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  text(value: string): void {
    const bytes = utf8.encode(value);
    this.count(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** Reads them back; bytes that nobody wrote are an error. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw frameDamaged('a message ends too early');
    return value;
  }

  count(): number {
    let value = 0;
    for (let scale = 1; scale <= 128 ** 7; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte <= 0x7f) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw frameDamaged('a message holds a number that is too large');
  }

  number(): number {
    const from = this.#take(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + from, 8).getFloat64(0, true);
  }

  text(): string {
    const length = this.count();
    const from = this.#take(length);
    try {
      return text.decode(this.#bytes.subarray(from, from + length));
    } catch (cause) {
      throw frameDamaged('a message holds text that is not UTF-8', cause);
    }
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.#bytes.length - this.#at));
  }

  #take(bytes: number): number {
    if (bytes > this.#bytes.length - this.#at) throw frameDamaged('a message ends too early');
    const from = this.#at;
    this.#at += bytes;
    return from;
  }
}
