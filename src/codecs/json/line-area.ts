const LF = 10;
/** What may be read behind the last line, by code that reads sixteen bytes at once; and a line end. */
export const AREA_PADDING = 64;

/**
 * Gathers the bytes of a file so that whole lines stand next to each other in one area. A line that is longer than the
 * area is gathered beside it, up to `longest`; of one that is longer still only its beginning is kept.
 *
 * Invariant: the bytes from `from` on were not told yet, `base + from` is their place in the file, and where `whole` is
 * greater than `from`, whole lines stand between the two.
 */
export class LineArea {
  area: Buffer;
  from = 0;
  whole = 0;
  /** The place in the file of the first byte of the area. */
  base: number;
  /** The line that ends the file has no end there: the area has one more byte than the file. */
  isUnended = false;
  readonly #capacity: number;
  readonly #longest: number;
  readonly #keep: number;
  #to = 0;
  #fed: Uint8Array = new Uint8Array(0);
  #fedAt = 0;
  #isEnd = false;
  #pieces: Uint8Array[] | undefined;
  #pieceBytes = 0;
  /** A line that was too long for the area, once it is there. */
  #long: LongLine | undefined;

  /** `longest` is without the line end; of a longer line `keep` bytes are kept. */
  constructor(area: Buffer, base: number, longest: number, keep: number) {
    this.area = area;
    this.base = base;
    this.#capacity = area.length - AREA_PADDING;
    this.#longest = longest;
    this.#keep = keep;
  }

  /** What was fed is forgotten; what is fed next begins at that byte, with a line. */
  begin(base: number): void {
    this.base = base;
    this.from = this.whole = this.#to = 0;
    this.feed(new Uint8Array(0));
    this.#isEnd = this.isUnended = false;
    this.#pieces = this.#long = undefined;
  }

  feed(bytes: Uint8Array): void {
    this.#fed = bytes;
    this.#fedAt = 0;
  }

  end(): void {
    this.#isEnd = true;
  }

  /** Once all whole lines are told: whether there are more of them, or a long one. */
  refill(): boolean {
    this.#moveUp();
    for (;;) {
      if (this.#fedAt === this.#fed.length) return this.#isEnd && this.#last();
      if (this.#pieces !== undefined) {
        if (this.#gather()) return true;
        continue;
      }
      const count = Math.min(this.#capacity - this.#to, this.#fed.length - this.#fedAt);
      this.area.set(this.#fed.subarray(this.#fedAt, this.#fedAt + count), this.#to);
      const lf = this.area.subarray(this.#to, this.#to + count).lastIndexOf(LF);
      this.#fedAt += count;
      if (lf !== -1) this.whole = this.#to + lf + 1;
      this.#to += count;
      if (lf !== -1) return true;
      if (this.#to === this.#capacity) this.#beginLong();
    }
  }

  /** The long line, once. Its first byte is `base`. */
  takeLong(): LongLine | undefined {
    const long = this.#long;
    this.#long = undefined;
    return long;
  }

  /** Behind the long line that was taken. */
  passLong({ bytes, hasEnd }: LongLine): void {
    this.base += bytes + (hasEnd ? 1 : 0);
  }

  #moveUp(): void {
    if (this.from > 0) this.area.copyWithin(0, this.from, this.#to);
    this.base += this.from;
    this.#to -= this.from;
    this.from = 0;
    this.whole = 0;
  }

  #beginLong(): void {
    this.#pieces = [];
    this.#pieceBytes = 0;
    this.#keepPiece(this.area.subarray(0, this.#to));
    this.#to = 0;
  }

  /** Up to the end of the long line; whether it is there. */
  #gather(): boolean {
    const lf = this.#fed.indexOf(LF, this.#fedAt);
    const to = lf === -1 ? this.#fed.length : lf;
    this.#keepPiece(this.#fed.subarray(this.#fedAt, to));
    this.#fedAt = lf === -1 ? to : to + 1;
    return lf !== -1 && this.#tellLong(true);
  }

  #keepPiece(piece: Uint8Array): void {
    const isOver = this.#pieceBytes <= this.#longest + 1 && this.#pieceBytes + piece.length > this.#longest + 1;
    // A copy: the bytes that were fed are somebody else's once all of them were looked at.
    if (this.#pieceBytes <= this.#longest + 1) this.#pieces!.push(new Uint8Array(piece));
    this.#pieceBytes += piece.length;
    if (isOver) this.#pieces = [Buffer.concat(this.#pieces!, Math.min(this.#keep, this.#longest))];
  }

  #tellLong(hasEnd: boolean): true {
    this.#long = { kept: Buffer.concat(this.#pieces!), bytes: this.#pieceBytes, hasEnd };
    this.#pieces = undefined;
    return true;
  }

  /** The line at the end of the file that has no end. */
  #last(): boolean {
    if (this.#pieces !== undefined) return this.#tellLong(false);
    if (this.#to === 0) return false;
    this.area[this.#to++] = LF;
    this.whole = this.#to;
    this.isUnended = true;
    return true;
  }
}

export interface LongLine {
  /** All of it, or its beginning where it is longer than lines may be. */
  readonly kept: Buffer;
  /** How long it is, without its end. */
  readonly bytes: number;
  readonly hasEnd: boolean;
}
