import { isCutOff, type Trimming } from './blanks.ts';
import { type Dialect, LF } from './dialect.ts';

const BEGINS = 0; // A place begins: a quote here opens it.
const PLAIN = 1;
const QUOTED = 2;
const CLOSED = 3; // Behind a quote in a quoted place: another one makes it one of the text.

/** Looks for the end of one row, or of one comment, as far as there are bytes, and goes on there when there are more. */
export class RowEnd {
  readonly #separator: number;
  readonly #quote: number;
  readonly #comment: number;
  readonly #trimming: Trimming;
  #state = BEGINS;
  #begun = false;
  /** Whether it looks at a comment. */
  isComment = false;

  constructor({ separator, quote, comment, trims }: Pick<Dialect, 'separator' | 'quote' | 'comment' | 'trims'>) {
    this.#separator = separator;
    this.#trimming = { trims, separator };
    this.#quote = quote;
    this.#comment = comment;
  }

  /** The next row begins. */
  begin(): void {
    this.#state = BEGINS;
    this.#begun = false;
    this.isComment = false;
  }

  /** The line feed that ends the row, at or behind `at`, where the call before came to an end; -1 where it is not there. */
  find(bytes: Uint8Array, at: number, to: number): number {
    if (at >= to) return -1;
    if (!this.#begun) {
      this.#begun = true;
      this.isComment = bytes[at] === this.#comment;
    }
    if (this.isComment) return (to < bytes.length ? bytes.subarray(0, to) : bytes).indexOf(LF, at);
    const separator = this.#separator;
    const quote = this.#quote;
    const trimming = this.#trimming;
    let state = this.#state;
    for (let i = at; i < to; i++) {
      if (state === QUOTED) {
        // Not one byte further than `to`: behind it there may be megabytes of what was, and this is called for every piece.
        i = (to < bytes.length ? bytes.subarray(0, to) : bytes).indexOf(quote, i);
        if (i < 0) break;
        state = CLOSED;
        continue;
      }
      const byte = bytes[i]!;
      if (byte === LF) {
        this.#state = BEGINS;
        return i;
      }
      if (byte === separator) state = BEGINS;
      else if (byte === quote && state !== PLAIN)
        state = QUOTED; // It opens the place, or is the second of two inside of it.
      else if (state !== BEGINS || !isCutOff(byte, trimming)) state = PLAIN;
    }
    this.#state = state;
    return -1;
  }
}
