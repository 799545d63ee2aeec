import { stableHash } from '../core/hash.ts';
import type { Random } from '../core/world.ts';

const utf16 = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[i * 2] = unit & 0xff;
    bytes[i * 2 + 1] = unit >> 8;
  }
  return bytes;
};

/**
 * xoshiro128** (Blackman and Vigna, public domain) from any seed: the same numbers for the same seed for ever, a period
 * of 2^128 - 1, 2.5 ns a number. Not for secrets.
 *
 * The seed of a fork is the seed it came from and its name, never what was drawn before; so it can be printed, and
 * `new SeededRandom(printed)` is the same stream.
 *
 * @example
 * ```ts
 * const random = new SeededRandom(7);
 * console.log(random.next() === new SeededRandom('7').next()); // true
 * console.log(random.fork('faults').seed); // 7/6:faults
 * console.log(random.fork('faults').next() === new SeededRandom(7).fork('faults').next()); // true
 * ```
 */
export class SeededRandom implements Random {
  readonly seed: string;
  readonly #state: Uint32Array;

  constructor(seed: string | number) {
    this.seed = String(seed);
    const bytes = utf16(this.seed);
    // The state may be anything but all zeros; the last bit of the fourth word sees to that.
    this.#state = Uint32Array.from([1, 2, 3, 4], (word) => stableHash(bytes, word));
    this.#state[3] = this.#state[3]! | 1;
    for (let i = 0; i < 8; i++) step(this.#state);
  }

  next(): number {
    // 53 bits: all that a double in [0, 1) holds.
    const high = step(this.#state) >>> 5;
    const low = step(this.#state) >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name.length}:${name}`); // With its length, so that a/b is not a, then b.
  }
}

/** Random numbers from a seed that nobody chose, but that can be printed and used again. */
export function realRandom(): SeededRandom {
  return new SeededRandom(crypto.randomUUID());
}

/** @internal One step of xoshiro128** 1.1, an unsigned 32-bit number. */
export function step(state: Uint32Array): number {
  const s1 = state[1]!;
  const times5 = Math.imul(s1, 5);
  const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
  state[2] = state[2]! ^ state[0]!;
  state[3] = state[3]! ^ s1;
  state[1] = s1 ^ state[2]!;
  state[0] = state[0]! ^ state[3]!;
  state[2] = state[2]! ^ (s1 << 9);
  const s3 = state[3]!;
  state[3] = (s3 << 11) | (s3 >>> 21);
  return result;
}
