/**
 * Chance that can be thrown again: the numbers follow from a seed and a record's number alone, so record 7 is the same
 * whether or not somebody has read the first six.
 */
export class Dice {
  #state = 0;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = mix(seed | 0);
  }

  /** Begins the throws of a record. */
  of(record: number): void {
    this.#state = mix(this.#seed ^ record) ^ mix(Math.floor(record / 4_294_967_296));
  }

  /** A whole number from 0 to `sides - 1`. */
  below(sides: number): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0;
    return Math.floor(((mix(this.#state) >>> 0) / 4_294_967_296) * sides);
  }
}

/** Every bit of the answer hangs on every bit of the question (murmur3's last step). */
function mix(word: number): number {
  let bits = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return bits ^ (bits >>> 16);
}
