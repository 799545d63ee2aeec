import { assert } from '../../core/error.ts';
import { HASH_BITS } from './atom-hash.ts';
import { laterForm } from './sketch-form.ts';

const FORM = 1;
const LOW_BITS = 21;
const LOW = 2 ** LOW_BITS;
/** A slot of the table that holds nothing. */
const EMPTY = -1;

/**
 * How many different hashes there were. As long as they are few they are kept themselves, in a table with half its slots
 * empty, and the answer is exact. When the table would be larger than the registers, they become registers: of all
 * hashes that begin with the same `precision` bits, the longest run of zeros behind these. What is kept depends only on
 * which hashes there were, not on their order or on how they were divided, so merging is exact.
 */
export class HyperLogLog {
  readonly precision: number;
  #table: Float64Array | undefined = new Float64Array(16).fill(EMPTY);
  #count = 0;
  #registers: Uint8Array | undefined;

  constructor(precision: number) {
    this.precision = precision;
  }

  add(hash: number): void {
    if (this.#registers !== undefined) raise(this.#registers, this.precision, hash);
    else this.#keep(hash);
  }

  merge(later: HyperLogLog): void {
    assert(later.precision === this.precision, 'sketches of one aggregate have one precision');
    if (this.#registers === undefined && this.#count === 0) {
      this.#table = later.#table?.slice();
      this.#registers = later.#registers?.slice();
      this.#count = later.#count;
      return;
    }
    if (later.#registers === undefined) {
      for (const hash of later.#table!) if (hash !== EMPTY) this.add(hash);
      return;
    }
    const registers = this.#registers ?? this.#spread();
    for (let i = 0; i < registers.length; i++) if (later.#registers[i]! > registers[i]!) registers[i] = later.#registers[i]!;
  }

  /** Not rounded. */
  estimate(): number {
    return this.#registers === undefined ? this.#count : estimateOf(this.#registers, HASH_BITS - this.precision);
  }

  /** Form, precision, 1 for registers; then these, or the hashes in order. Numbers are little-endian. */
  toBytes(): Uint8Array<ArrayBuffer> {
    if (this.#registers !== undefined) {
      const bytes = new Uint8Array(3 + this.#registers.length);
      bytes.set([FORM, this.precision, 1]);
      bytes.set(this.#registers, 3);
      return bytes;
    }
    const hashes = this.#table!.filter((hash) => hash !== EMPTY).sort();
    const bytes = new Uint8Array(3 + 8 * hashes.length);
    bytes.set([FORM, this.precision, 0]);
    const view = new DataView(bytes.buffer);
    for (const [i, hash] of hashes.entries()) view.setFloat64(3 + 8 * i, hash, true);
    return bytes;
  }

  /** Undefined where it is no sketch of this precision. */
  static of(bytes: Uint8Array, precision: number): HyperLogLog | undefined {
    const [form, was, isSpread] = bytes;
    if (form === undefined || form > FORM) throw laterForm('distinct', form, FORM);
    if (was !== precision) return undefined;
    const sketch = new HyperLogLog(precision);
    const body = bytes.length - 3;
    if (isSpread === 1) {
      if (body !== 2 ** precision) return undefined;
      sketch.#registers = bytes.slice(3);
      sketch.#table = undefined;
      return sketch;
    }
    if (body % 8 !== 0) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 3; at < bytes.length; at += 8) sketch.add(view.getFloat64(at, true));
    return sketch;
  }

  #keep(hash: number): void {
    const table = this.#table!;
    const mask = table.length - 1;
    let slot = (hash % LOW) & mask;
    for (; table[slot] !== EMPTY; slot = (slot + 1) & mask) if (table[slot] === hash) return;
    table[slot] = hash;
    // The table takes 16 bytes a hash at least; at 1/16 of the registers' number it takes what they take.
    if (++this.#count > 2 ** this.precision / 16) this.#spread();
    else if (this.#count * 2 > table.length) this.#grow(table);
  }

  #grow(table: Float64Array): void {
    this.#table = new Float64Array(table.length * 2).fill(EMPTY);
    this.#count = 0;
    for (const hash of table) if (hash !== EMPTY) this.#keep(hash);
  }

  #spread(): Uint8Array {
    const registers = new Uint8Array(2 ** this.precision);
    for (const hash of this.#table!) if (hash !== EMPTY) raise(registers, this.precision, hash);
    this.#registers = registers;
    this.#table = undefined;
    return registers;
  }
}

function raise(registers: Uint8Array, precision: number, hash: number): void {
  const high = Math.floor(hash / LOW);
  const at = high >>> (32 - precision);
  const rest = high << precision;
  let zeros: number;
  if (rest !== 0) zeros = Math.clz32(rest);
  else zeros = 32 - precision + Math.clz32((hash - high * LOW) << (32 - LOW_BITS));
  const rank = Math.min(zeros, HASH_BITS - precision) + 1;
  if (rank > registers[at]!) registers[at] = rank;
}

/**
 * Ertl's improved raw estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017): no tables of
 * measured bias, and none is needed from nothing up to the end of the hashes. `most` + 1 is the highest rank there is.
 */
function estimateOf(registers: Uint8Array, most: number): number {
  const m = registers.length;
  const counts = new Float64Array(most + 2);
  for (let i = 0; i < m; i++) counts[registers[i]!]!++;
  let z = m * tau(1 - counts[most + 1]! / m);
  for (let rank = most; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!);
  z += m * sigma(counts[0]! / m);
  return (m / (2 * Math.LN2)) * (m / z);
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY;
  let x = start;
  let y = 1;
  let z = x;
  for (let before = -1; z !== before; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0;
  let x = start;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; z !== before; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
