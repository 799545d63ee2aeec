/** Gathers the bytes of one element from blocks. Of one over the limit only the beginning is kept. */
export class ElementBytes {
  readonly #limit: number;
  readonly #beginning: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** `beginning` is how much is kept of an element over the limit, and is not more than the limit. */
  constructor(limit: number, beginning: number) {
    this.#limit = limit;
    this.#beginning = beginning;
  }

  add(piece: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes += piece.length;
    if (before > this.#limit) return;
    this.#pieces.push(piece);
    if (this.#bytes > this.#limit) this.#pieces = [Buffer.concat(this.#pieces, this.#beginning)];
  }

  /** How long it is, and what was kept of it; the next one begins. */
  take(): { readonly bytes: number; readonly kept: Buffer } {
    const [only] = this.#pieces;
    const kept = this.#pieces.length === 1 ? Buffer.from(only!.buffer, only!.byteOffset, only!.byteLength) : Buffer.concat(this.#pieces);
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    return { bytes, kept };
  }
}
