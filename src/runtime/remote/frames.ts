import { frameDamaged, frameTooLarge } from './errors.ts';

/** A message in a stream of bytes: its length in four bytes, lowest first, and the message. */
export const LARGEST_FRAME: number = 256 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** The bytes that stand before a message of these parts. */
export function frameHead(parts: readonly Uint8Array[], largest: number = LARGEST_FRAME): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > largest) throw frameTooLarge(length, largest);
  const head = new Uint8Array(LENGTH_BYTES);
  new DataView(head.buffer).setUint32(0, length, true);
  return head;
}

/**
 * Cuts a stream of bytes, however it was cut before, back into messages. A message that lies within one piece is a view
 * of it; one that came in pieces is put together in memory of its own, taken only once its length is known.
 */
export class FrameReader {
  readonly #largest: number;
  readonly #head = new Uint8Array(LENGTH_BYTES);
  #headBytes = 0;
  #body: Uint8Array | undefined;
  #bodyBytes = 0;

  constructor(largest: number = LARGEST_FRAME) {
    this.#largest = largest;
  }

  /** True between messages: a stream that ends elsewhere was cut off. */
  get isBetween(): boolean {
    return this.#headBytes === 0;
  }

  push(piece: Uint8Array, receive: (message: Uint8Array) => void): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#body === undefined) {
        while (this.#headBytes < LENGTH_BYTES && at < piece.length) this.#head[this.#headBytes++] = piece[at++]!;
        if (this.#headBytes < LENGTH_BYTES) return;
        const length = new DataView(this.#head.buffer).getUint32(0, true);
        if (length > this.#largest) throw frameDamaged(`a message of ${length} bytes is announced, and ${this.#largest} is the most`);
        if (piece.length - at >= length) {
          this.#headBytes = 0;
          at += length;
          receive(piece.subarray(at - length, at));
          continue;
        }
        this.#body = new Uint8Array(length);
        this.#bodyBytes = 0;
      }
      const take = Math.min(this.#body.length - this.#bodyBytes, piece.length - at);
      this.#body.set(piece.subarray(at, at + take), this.#bodyBytes);
      this.#bodyBytes += take;
      at += take;
      if (this.#bodyBytes < this.#body.length) return;
      const whole = this.#body;
      this.#body = undefined;
      this.#headBytes = 0;
      receive(whole);
    }
  }
}
