/** States that nobody has asked for since the start: the bytes of a checkpoint, and where in them each stands. By the number of the key plus one. */
export class WaitingStates {
  readonly #blocks: Uint8Array[];
  #places: Float64Array;
  #count = 0;

  constructor(blocks: Uint8Array[] = [], places: Float64Array = new Float64Array(64)) {
    this.#blocks = blocks;
    this.#places = places;
  }

  get count(): number {
    return this.#count;
  }

  has(at: number): boolean {
    return at < this.#places.length && this.#places[at] !== 0;
  }

  /** The bytes are kept. */
  add(at: number, bytes: Uint8Array, from: number): void {
    if (this.#blocks[this.#blocks.length - 1] !== bytes) this.#blocks.push(bytes);
    if (at >= this.#places.length) {
      const larger = new Float64Array(Math.max(at + 1, this.#places.length * 2));
      larger.set(this.#places);
      this.#places = larger;
    }
    if (this.#places[at] === 0) this.#count++;
    this.#places[at] = this.#blocks.length * BLOCK + from;
  }

  /** It waits no longer. */
  remove(at: number): void {
    if (!this.has(at)) return;
    this.#places[at] = 0;
    this.#count--;
  }

  bytesOf(at: number): Uint8Array {
    return this.#blocks[Math.floor(this.#places[at]! / BLOCK) - 1]!;
  }

  /** Where it begins in those bytes. */
  placeOf(at: number): number {
    return this.#places[at]! % BLOCK;
  }

  /** As they are now, for a barrier: later ones are added to, and taken from, this one only. */
  captured(end: number): WaitingStates {
    return new WaitingStates(this.#blocks.slice(), this.#places.slice(0, end));
  }
}

/** No section is longer. */
const BLOCK = 2 ** 32;
