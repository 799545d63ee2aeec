const LF = 10;
const CR = 13;
/** How much is kept of a line that is too long. */
const KEPT_BYTES = 65_536;

/** A line over the limit, once its end was found. */
export class LongLine {
  /** How it begins. */
  readonly beginning: Uint8Array;

  constructor(beginning: Uint8Array) {
    this.beginning = beginning;
  }
}

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
  /** How many lines were answered, those before the beginning among them. */
  lines: number;
  /** How the line being cut begins, in pieces, if it is over the limit: its other bytes are dropped until its end. */
  #long: Uint8Array[] | undefined;
  #longBytes = 0;
  readonly #limit: number;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  constructor(position: number, limit: number, lines = 0) {
    this.position = position;
    this.lineAt = position;
    this.lines = lines;
    this.#limit = limit;
  }

  /** The block is the cutter's from now on; the one before must be used up. */
  feed(block: Uint8Array): void {
    this.#block = block;
    this.#at = 0;
  }

  /** The next line without its end; undefined when the block is used up. */
  next(): Uint8Array | LongLine | undefined {
    const block = this.#block;
    const from = this.#at;
    const lf = block.indexOf(LF, from);
    const to = lf === -1 ? block.length : lf;
    this.#at = lf === -1 ? block.length : lf + 1;
    const length = this.#pieceBytes + to - from;
    // One byte more is allowed for the carriage return that is not part of the line.
    if (length > this.#limit + 1 || this.#long !== undefined) this.#drop(from, to);
    if (lf === -1) {
      if (this.#long === undefined) this.#keep(from, to);
      this.#pieceBytes = length;
      return undefined;
    }
    const line = this.#long === undefined ? this.#finish(block.subarray(from, to)) : new LongLine(Buffer.concat(this.#long));
    this.#pass(length + 1);
    return line;
  }

  /** At the end of the file: the last line, if it had no end. */
  last(): Uint8Array | LongLine | undefined {
    if (this.#pieceBytes === 0) return undefined;
    const line = this.#long === undefined ? this.#finish(this.#block.subarray(0, 0)) : new LongLine(Buffer.concat(this.#long));
    this.#pass(this.#pieceBytes);
    return line;
  }

  #drop(from: number, to: number): void {
    if (this.#long === undefined) {
      this.#long = [];
      this.#longBytes = 0;
      for (const piece of this.#pieces) this.#dropPiece(piece);
      this.#pieces = [];
    }
    this.#dropPiece(this.#block.subarray(from, to));
  }

  #dropPiece(piece: Uint8Array): void {
    if (this.#longBytes === KEPT_BYTES) return;
    // A copy: its block is not kept alive for it.
    const kept = piece.slice(0, KEPT_BYTES - this.#longBytes);
    this.#long?.push(kept);
    this.#longBytes += kept.length;
  }

  #keep(from: number, to: number): void {
    if (to > from) this.#pieces.push(this.#block.subarray(from, to));
  }

  #finish(tail: Uint8Array): Uint8Array {
    const line = this.#pieces.length === 0 ? tail : Buffer.concat([...this.#pieces, tail]);
    return line.length > 0 && line[line.length - 1] === CR ? line.subarray(0, line.length - 1) : line;
  }

  #pass(bytes: number): void {
    this.lineAt = this.position;
    this.position += bytes;
    this.lines++;
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#long = undefined;
  }
}
