const NOTHING = new Uint8Array(0);

/** Bytes that were fed and not yet read, next to each other. Whoever keeps some of them copies them. */
export class ByteWindow {
  bytes: Uint8Array = NOTHING;
  /** What is unread is bytes[from, to). */
  from = 0;
  to = 0;
  /** The byte of the file that bytes[0] is. */
  base: number;
  #own: Uint8Array = this.bytes;

  constructor(base: number) {
    this.base = base;
  }

  /** The byte of the file at which the unread ones begin. */
  get position(): number {
    return this.base + this.from;
  }

  /** What was fed is forgotten; what is fed next begins at that byte. */
  begin(base: number): void {
    this.base = base;
    this.#take(NOTHING, 0, 0);
  }

  feed(fed: Uint8Array): void {
    const left = this.to - this.from;
    this.base += this.from;
    if (left === 0) {
      this.#take(fed, 0, fed.length);
      return;
    }
    const needed = left + fed.length;
    if (this.bytes === this.#own && this.#own.length - this.to >= fed.length) {
      this.base -= this.from; // Nothing moves.
      this.#own.set(fed, this.to);
      this.to += fed.length;
      return;
    }
    // Twice what is needed, so that a long record fed in small pieces is not moved at each of them. Given back once it is
    // many times what is needed.
    const own = this.#own.length >= needed && this.#own.length <= 8 * needed + 65_536 ? this.#own : new Uint8Array(2 * needed);
    own.set(this.bytes.subarray(this.from, this.to), 0);
    own.set(fed, left);
    this.#own = own;
    this.#take(own, 0, needed);
  }

  #take(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }
}
