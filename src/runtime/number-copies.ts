/** States that are numbers as a barrier saw them, with the epochs of their last touches. */
export interface NumberCopy {
  readonly numbers: Float64Array;
  readonly stamps: Uint16Array;
}

/** Copies into the memory of the capture before, where that is done with: fresh memory costs twice as much as the copying. */
export class NumberCopies {
  #spare: NumberCopy | undefined;

  copyOf({ numbers, stamps }: NumberCopy, end: number): NumberCopy {
    let into = this.#spare;
    this.#spare = undefined;
    if (into === undefined || into.stamps.length < end) {
      const room = Math.max(end, Math.min(stamps.length, end * 2));
      into = { numbers: new Float64Array(room), stamps: new Uint16Array(room) };
    }
    into.numbers.set(numbers.subarray(0, end));
    into.stamps.set(stamps.subarray(0, end));
    return into;
  }

  done(copy: NumberCopy): void {
    this.#spare = copy;
  }
}
