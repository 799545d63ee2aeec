import { stableHash } from '../core/hash.ts';
import { canonicalEnd, canonicalView } from '../core/key-bytes.ts';
import type { Key } from '../core/keys.ts';

/**
 * Keys that are known by their bytes only, and where those stand: nobody has asked for them yet. A start that goes on
 * from a checkpoint knows all keys at once and meets them one by one, so to make a string of each and enter it into a
 * Map would be most of what the start costs: 60 ns a key as bytes, 1,000 ns as an entry of a Map of a million.
 *
 * Per share of the keys (their hash modulo `shares`) stands a table of hash and id, with open addressing and at most
 * half full. A checkpoint brings its keys share by share, so the table at work lies in the processor's cache.
 */
export class SleepingKeys {
  readonly #shares: (Share | undefined)[];
  /** The bytes that keys stand in, kept for as long as one of them may be asked for. */
  readonly #blocks: Uint8Array[] = [];
  /** By id: which block, and where in it; 0 for a key that came otherwise. */
  #places: Float64Array = new Float64Array(64);
  /** How many have not been found by their value yet. */
  #count = 0;

  constructor(shares: number) {
    this.#shares = Array.from({ length: shares });
  }

  get count(): number {
    return this.#count;
  }

  /** The id of these bytes, or -1. A hash stands for its share and for the place in it. */
  find(hash: number, bytes: Uint8Array, from: number, to: number): number {
    const share = this.#shares[hash % this.#shares.length];
    if (share === undefined) return -1;
    const { slots, shift } = share;
    const mask = slots.length - 2;
    for (let slot = (Math.imul(hash, SPREAD) >>> shift) << 1; ; slot = (slot + 2) & mask) {
      const next = slots[slot + 1]!;
      if (next === 0) return -1;
      if (slots[slot] === (hash | 0) && this.#isAt(next - 1, bytes, from, to)) return next - 1;
    }
  }

  /** A key that is not there. The bytes are kept. */
  add(id: number, hash: number, bytes: Uint8Array, from: number): void {
    if (this.#blocks[this.#blocks.length - 1] !== bytes) this.#blocks.push(bytes);
    if (id >= this.#places.length) this.#places = longer(this.#places, id);
    this.#places[id] = this.#blocks.length * BLOCK + from;
    const at = hash % this.#shares.length;
    let share = this.#shares[at];
    if (share === undefined || share.count * 4 >= share.slots.length) this.#shares[at] = share = grown(share);
    enter(share, hash | 0, id + 1);
    share.count++;
    this.#count++;
  }

  /** So many are about to come into a share. */
  expect(keys: number, share: number): void {
    const most = Math.min(keys, MOST_EXPECTED) + (this.#shares[share]?.count ?? 0);
    const wanted = 2 ** Math.ceil(Math.log2(most * 4));
    if (wanted > (this.#shares[share]?.slots.length ?? FIRST)) this.#shares[share] = grown(this.#shares[share], wanted);
  }

  /** The id of a key that is met for the first time, or -1. From here on it is known by its value. */
  wake(key: Key): number {
    const bytes = canonicalView(key);
    const id = this.find(stableHash(bytes), bytes, 0, bytes.length);
    if (id >= 0) this.#count--;
    return id;
  }

  /** The bytes of a key that came as bytes: a view. */
  bytesOf(id: number): Uint8Array | undefined {
    const place = this.#places[id] ?? 0;
    if (place === 0) return undefined;
    const bytes = this.#blocks[Math.floor(place / BLOCK) - 1]!;
    const from = place % BLOCK;
    return bytes.subarray(from, canonicalEnd(bytes, from));
  }

  /** A key has one form, and none begins with another: no lengths are compared. */
  #isAt(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const place = this.#places[id]!;
    const known = this.#blocks[Math.floor(place / BLOCK) - 1]!;
    const shift = (place % BLOCK) - from;
    for (let i = from; i < to; i++) if (known[i + shift] !== bytes[i]) return false;
    return true;
  }
}

/** Its length is a power of two: hash and id plus one by turns. */
interface Share {
  readonly slots: Int32Array;
  readonly shift: number;
  count: number;
}

const FIRST = 64;
/** A first entry that is much shorter than the others must not take memory for keys that never come. */
const MOST_EXPECTED = 16_384;
/** 2^32 / the golden ratio: the hash modulo a power of two is alike for all keys of a share. */
const SPREAD = 0x9e3779b1;
/** No block is longer. */
const BLOCK = 2 ** 32;

function grown(old: Share | undefined, length: number = old === undefined ? FIRST : old.slots.length * 2): Share {
  const share: Share = { slots: new Int32Array(length), shift: Math.clz32(length >> 1) + 1, count: old?.count ?? 0 };
  if (old === undefined) return share;
  const { slots } = old;
  for (let slot = 0; slot < slots.length; slot += 2) if (slots[slot + 1] !== 0) enter(share, slots[slot]!, slots[slot + 1]!);
  return share;
}

function enter({ slots, shift }: Share, hash: number, entry: number): void {
  const mask = slots.length - 2;
  let slot = (Math.imul(hash, SPREAD) >>> shift) << 1;
  while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
  slots[slot] = hash;
  slots[slot + 1] = entry;
}

function longer(places: Float64Array, id: number): Float64Array {
  const larger = new Float64Array(Math.max(id + 1, places.length * 2));
  larger.set(places);
  return larger;
}
