const LF = 10;
const CR = 13;

/**
 * Cuts blocks of a file into lines. A line that reaches over blocks is kept in pieces until its end comes, so a long
 * line is copied once and not once a block. Lines are views into the blocks: a block lives as long as one of its lines.
 *
 * Invariant: `position` is where the first line begins that was not cut yet, also while a long one is being dropped, so
 * it does not depend on where blocks begin or how often anybody asked.
 */
export class LineCutter {
  /** Where the next line begins, in bytes from the start of the file. */
  position: number;
  /** Where the line began that was answered last. */
  lineAt: number;
  /** The line being cut is over the limit: its bytes are dropped until its end. */
  #isSkipping = false;
  readonly #limit: number;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  constructor(position: number, limit: number) {
    this.position = position;
    this.lineAt = position;
    this.#limit = limit;
  }

  /** The block is the cutter's from now on; the one before must be used up. */
  feed(block: Uint8Array): void {
    this.#block = block;
    this.#at = 0;
  }

  /**
   * The next line without its end; undefined when the block is used up; 'tooLong' once for a line over the limit, whose
   * rest is dropped.
   */
  next(): Uint8Array | undefined | 'tooLong' {
    const block = this.#block;
    const from = this.#at;
    const lf = block.indexOf(LF, from);
    const to = lf === -1 ? block.length : lf;
    this.#at = lf === -1 ? block.length : lf + 1;
    const length = this.#pieceBytes + to - from;
    const isWhole = lf !== -1;
    this.lineAt = this.position;
    if (this.#isSkipping) {
      this.#pieceBytes = length;
      if (!isWhole) return undefined;
      this.#pass(length + 1);
      return this.next();
    }
    // One byte more is allowed for the carriage return that is not part of the line.
    if (length > this.#limit + 1) {
      this.#pieces = [];
      this.#pieceBytes = length;
      this.#isSkipping = true;
      if (isWhole) this.#pass(length + 1);
      return 'tooLong';
    }
    if (!isWhole) {
      this.#keep(from, to);
      return undefined;
    }
    const line = this.#finish(block.subarray(from, to));
    this.#pass(length + 1);
    return line;
  }

  /** At the end of the file: the last line, if it had no end. */
  last(): Uint8Array | undefined {
    this.lineAt = this.position;
    const line = this.#pieceBytes === 0 || this.#isSkipping ? undefined : this.#finish(this.#block.subarray(0, 0));
    this.#pass(this.#pieceBytes);
    return line;
  }

  #keep(from: number, to: number): void {
    if (to === from) return;
    this.#pieces.push(this.#block.subarray(from, to));
    this.#pieceBytes += to - from;
  }

  #finish(tail: Uint8Array): Uint8Array {
    const line = this.#pieces.length === 0 ? tail : Buffer.concat([...this.#pieces, tail]);
    return line.length > 0 && line[line.length - 1] === CR ? line.subarray(0, line.length - 1) : line;
  }

  #pass(bytes: number): void {
    this.position += bytes;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#isSkipping = false;
  }
}
