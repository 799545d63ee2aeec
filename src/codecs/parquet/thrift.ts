import type { HeadraceError } from '../../core/error.ts';
import { broken, type Spot } from './errors.ts';

/** Types of the compact protocol, as far as Parquet uses them. */
export const THRIFT = {
  stop: 0,
  yes: 1,
  no: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
  uuid: 13,
} as const;

/** Deeper than anything the format has; a file that goes on is meant to exhaust the stack. */
const MOST_DEPTH = 24;

/**
 * Reads what Thrift's compact protocol wrote, field by field, so that nothing is built that nobody wants: a footer of a
 * thousand columns of which four are read costs four. Every length is checked against the bytes that are there before
 * anything is made of it.
 */
export class ThriftReader {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #spot: Spot;
  #depth = 0;

  constructor(bytes: Uint8Array, spot: Spot, at = 0) {
    this.#bytes = bytes;
    this.#spot = spot;
    this.at = at;
  }

  /** Calls `field` for each field; one that answers false has not read its value, which is then passed over. */
  struct(field: (id: number, type: number) => boolean): void {
    if (++this.#depth > MOST_DEPTH) throw this.fail('its structure is nested too deeply');
    let id = 0;
    for (;;) {
      const head = this.#byte();
      const type = head & 15;
      if (type === THRIFT.stop) break;
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4);
      if (!field(id, type)) this.#skip(type);
    }
    this.#depth--;
  }

  /** The number of entries of a list of the type; each takes at least a byte. */
  list(type: number, wanted: number): number {
    this.#want(type, THRIFT.list);
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    if (count > 0) this.#want(head & 15, wanted);
    if (count > this.#bytes.length - this.at) throw this.fail(`a list of ${count} entries is longer than what is left`);
    return count;
  }

  /** A whole number of 16, 32 or 64 bits that a double holds. */
  number(type: number): number {
    if (type === THRIFT.i64) {
      const value = this.#long();
      if (Number.isSafeInteger(value)) return value;
      throw this.fail('a number is beyond all bounds');
    }
    if (type !== THRIFT.i32 && type !== THRIFT.i16) throw this.fail('a number was expected');
    return this.#zigzag();
  }

  boolean(type: number): boolean {
    if (type !== THRIFT.yes && type !== THRIFT.no) throw this.fail('a boolean was expected');
    return type === THRIFT.yes;
  }

  /** The bytes as they stand in what is read, no copy. */
  binary(type: number): Uint8Array {
    this.#want(type, THRIFT.binary);
    const length = this.#varint();
    if (length > this.#bytes.length - this.at) throw this.fail(`${length} bytes are more than what is left`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  text(type: number): string {
    return Buffer.from(this.binary(type)).toString('utf8');
  }

  fail(why: string): HeadraceError {
    return broken({ ...this.#spot, byte: this.#spot.byte + this.at }, why);
  }

  #want(type: number, wanted: number): void {
    if (type !== wanted) throw this.fail(`a value has the type ${type} instead of ${wanted}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw this.fail('it ends in the middle of a structure');
    this.at++;
    return byte;
  }

  /** Up to 32 bits. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw this.fail('a number has too many digits');
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Up to 64 bits; inexact beyond 2^53, which no count or place in a file reaches. */
  #long(): number {
    let value = 0;
    let odd = false;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift === 0) odd = (byte & 1) === 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return odd ? -(value + 1) / 2 : value / 2;
    }
    throw this.fail('a number has too many digits');
  }

  #skip(type: number): void {
    switch (type) {
      case THRIFT.yes:
      case THRIFT.no:
        return;
      case THRIFT.byte:
        this.#pass(1);
        return;
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        this.#long();
        return;
      case THRIFT.double:
        this.#pass(8);
        return;
      case THRIFT.uuid:
        this.#pass(16);
        return;
      case THRIFT.binary:
        this.#pass(this.#varint());
        return;
      case THRIFT.list:
      case THRIFT.set:
        this.#skipList();
        return;
      case THRIFT.map:
        this.#skipMap();
        return;
      case THRIFT.struct:
        this.struct(() => false);
        return;
      default:
        throw this.fail(`there is no type ${type}`);
    }
  }

  #pass(bytes: number): void {
    if (bytes > this.#bytes.length - this.at) throw this.fail(`${bytes} bytes are more than what is left`);
    this.at += bytes;
  }

  #skipList(): void {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    this.#skipMany(count, [head & 15]);
  }

  #skipMap(): void {
    const count = this.#varint();
    if (count === 0) return;
    const types = this.#byte();
    this.#skipMany(count, [types >> 4, types & 15]);
  }

  #skipMany(count: number, types: readonly number[]): void {
    if (++this.#depth > MOST_DEPTH) throw this.fail('its structure is nested too deeply');
    if (count > this.#bytes.length - this.at) throw this.fail(`${count} entries are more than what is left`);
    // In a list a boolean is a byte.
    for (let i = 0; i < count; i++) for (const type of types) this.#skip(type === THRIFT.yes || type === THRIFT.no ? THRIFT.byte : type);
    this.#depth--;
  }
}
