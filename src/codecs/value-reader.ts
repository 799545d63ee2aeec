import { type ErrorAction, HeadraceError, isHeadraceError } from '../core/error.ts';
import * as tags from './value-tags.ts';

const eight = new DataView(new ArrayBuffer(8));
const eightBytes = new Uint8Array(eight.buffer);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to here a loop is faster than a call into native code: 24 ns against 46 for eight characters. */
const LOOP_CHARACTERS = 12;
const KNOWN_NAMES = 1024;
const KNOWN_CHARACTERS = 32;
// The names of members come again with every record; one that is known costs no new string and no look into V8's table.
const knownNames: string[] = Array.from({ length: KNOWN_NAMES }, () => '');

/**
 * Reads what a `ValueWriter` wrote. Bytes are not trusted: every length is compared with what is left before anything
 * is allocated for it, and whatever is wrong with them throws HR_DECODE_FAILED.
 */
export class ValueReader {
  readonly #bytes: Uint8Array;
  readonly #where: string;
  readonly #action: ErrorAction;
  #at = 0;
  /** The same bytes, for long texts. */
  #buffer: Buffer | undefined;

  constructor(bytes: Uint8Array, options: { readonly where?: string; readonly action?: ErrorAction } = {}) {
    this.#bytes = bytes;
    this.#where = options.where ?? 'value';
    this.#action = options.action ?? 'deadLetter';
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(): unknown {
    try {
      return this.#any(0);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** An object whose members were written without their names. */
  members(names: readonly string[]): object {
    const out: Record<string, unknown> = {};
    try {
      for (let i = 0; i < names.length; i++) put(out, names[i]!, this.#any(1));
      return out;
    } catch (error) {
      throw this.#explained(error);
    }
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw this.damaged('the bytes end too early');
    return byte;
  }

  varint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 128; scale < 2 ** 53; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte > 0x7f) continue;
      if (byte === 0 || value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw this.damaged('a length or number is not as it is written');
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    this.#eight();
    return eight.getFloat64(0, true);
  }

  text(): string {
    const text = this.#any(tags.MAX_DEPTH);
    if (typeof text !== 'string') throw this.damaged('something else stands where a text should');
    return text;
  }

  /** A length; as many bytes must be left, since each of what is counted takes `width` at least. */
  count(width = 1): number {
    const count = this.varint();
    if (count * width > this.left) throw this.damaged('a length goes beyond the end');
    return count;
  }

  /** Bytes with their length in front: a view, not a copy. */
  bytes(): Uint8Array {
    return this.run(this.count());
  }

  /** The next `length` bytes: a view, not a copy. */
  run(length: number): Uint8Array {
    if (length > this.left) throw this.damaged('a length goes beyond the end');
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  damaged(what: string, cause?: unknown): HeadraceError {
    return new HeadraceError({
      code: 'HR_DECODE_FAILED',
      action: this.#action,
      where: this.#where,
      what: `${what}, at byte ${Math.min(this.#at, this.#bytes.length)} of ${this.#bytes.length}`,
      todo: 'The bytes are damaged, were written by something else, or by a newer version.',
      cause,
    });
  }

  /** What is foreign here comes from V8: a text or a Map of more than it can hold. */
  #explained(error: unknown): HeadraceError {
    return isHeadraceError(error) ? error : this.damaged('a value is too large', error);
  }

  #any(depth: number): unknown {
    const tag = this.byte();
    if (tag >= tags.SHORT) return this.#latin(tag & 0x7f);
    if (tag >= tags.SMALL) return tag & 0x3f;
    switch (tag) {
      case tags.NULL:
        return null;
      case tags.UNDEFINED:
        return undefined;
      case tags.FALSE:
        return false;
      case tags.TRUE:
        return true;
      case tags.WHOLE:
        return this.#whole();
      case tags.DOUBLE:
        return this.double();
      case tags.BIGINT_64:
        this.#eight();
        return eight.getBigInt64(0, true);
      case tags.BIGINT:
        return this.#bigint();
      case tags.DATE:
        return new Date(this.double());
      case tags.LATIN:
        return this.#latin(this.count());
      case tags.UTF_8:
        return this.#utf8();
      case tags.UTF_16: {
        const units = this.count(2);
        this.#at += units * 2;
        return this.#whole16(this.#at - units * 2, this.#at);
      }
      case tags.TYPED_ARRAY:
        return this.#typedArray();
      default:
        return this.#nested(tag, depth);
    }
  }

  #nested(tag: number, depth: number): unknown {
    if (tag < tags.ARRAY || tag > tags.SET) throw this.damaged(`there is no kind of value 0x${tag.toString(16)}`);
    if (depth >= tags.MAX_DEPTH) throw this.damaged(`the value is nested deeper than ${tags.MAX_DEPTH} levels`);
    if (tag === tags.OBJECT) return this.#named({}, depth);
    if (tag === tags.BARE_OBJECT) return this.#named(Object.create(null) as Record<string, unknown>, depth);
    if (tag === tags.ARRAY) {
      const count = this.count();
      // It grows with what is there: a count alone, nested 256 times, could ask for memory beyond all measure.
      const out: unknown[] = [];
      for (let i = 0; i < count; i++) out.push(this.#any(depth + 1));
      return out;
    }
    if (tag === tags.SET) {
      const out = new Set<unknown>();
      for (let left = this.count(); left > 0; left--) out.add(this.#any(depth + 1));
      return out;
    }
    const out = new Map<unknown, unknown>();
    for (let left = this.count(2); left > 0; left--) out.set(this.#any(depth + 1), this.#any(depth + 1));
    return out;
  }

  #named(out: Record<string, unknown>, depth: number): object {
    for (;;) {
      const tag = this.#bytes[this.#at];
      if (tag === tags.END) {
        this.#at++;
        return out;
      }
      const name =
        tag !== undefined && tag > tags.SHORT && tag <= tags.SHORT + KNOWN_CHARACTERS ? this.#name(tag - tags.SHORT) : this.text();
      put(out, name, this.#any(depth + 1));
    }
  }

  #name(length: number): string {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    if (from + length > bytes.length) throw this.damaged('a length goes beyond the end');
    let hash = length;
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + bytes[from + i]!) | 0;
    const slot = (hash ^ (hash >>> 10)) & (KNOWN_NAMES - 1);
    const known = knownNames[slot]!;
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[from + i]) i++;
      if (i === length) {
        this.#at = from + length;
        return known;
      }
    }
    this.#at = from;
    return (knownNames[slot] = this.#latin(length));
  }

  #latin(length: number): string {
    const from = this.#at;
    const to = from + length;
    const bytes = this.#bytes;
    if (to > bytes.length) throw this.damaged('a length goes beyond the end');
    this.#at = to;
    if (length > LOOP_CHARACTERS) return this.#slow().toString('latin1', from, to);
    let text = '';
    let i = from;
    for (; i + 4 <= to; i += 4) text += String.fromCharCode(bytes[i]!, bytes[i + 1]!, bytes[i + 2]!, bytes[i + 3]!);
    for (; i < to; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }

  #utf8(): string {
    const run = this.bytes();
    try {
      return utf8.decode(run);
    } catch (cause) {
      throw this.damaged('a text is not UTF-8', cause);
    }
  }

  #whole16(from: number, to: number): string {
    return this.#slow().toString('utf16le', from, to);
  }

  #whole(): number {
    const value = this.varint();
    if (value > 0xffff_ffff) throw this.damaged('a whole number has more than 32 bits');
    return (value >>> 1) ^ -(value & 1);
  }

  #bigint(): bigint {
    const sign = this.byte();
    if (sign > 1) throw this.damaged('a bigint has no sign');
    const digits = Buffer.from(this.bytes()).toString('hex');
    try {
      const magnitude = BigInt(`0x${digits}`);
      return sign === 1 ? -magnitude : magnitude;
    } catch (cause) {
      throw this.damaged('a bigint is empty or too large', cause);
    }
  }

  #typedArray(): unknown {
    const made = tags.typedArrays[this.byte()];
    if (made === undefined) throw this.damaged('there is no such typed array');
    // A copy, since it would not be aligned here, and would keep everything around it in memory.
    const run = new Uint8Array(this.bytes());
    if (run.length % made.BYTES_PER_ELEMENT !== 0) throw this.damaged('a typed array ends within a member');
    tags.inFormatOrder(run, made.BYTES_PER_ELEMENT);
    return new made(run.buffer);
  }

  #eight(): void {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at + 8 > bytes.length) throw this.damaged('the bytes end too early');
    for (let i = 0; i < 8; i++) eightBytes[i] = bytes[at + i]!;
    this.#at = at + 8;
  }

  #slow(): Buffer {
    return (this.#buffer ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength));
  }
}

/** An own member whatever its name: to set `__proto__` would change the prototype. */
function put(out: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(out, name, { value, writable: true, enumerable: true, configurable: true });
  else out[name] = value;
}
