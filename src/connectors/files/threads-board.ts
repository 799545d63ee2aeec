const NEXT = 0;
const ALLOWED = 1;
const ROWS = 2;
const WORDS = 3;

/**
 * Which units are still to be read, for all threads to see. A thread that takes its units here need not return to its event
 * loop between them, which costs as much as the reading of half a unit.
 */
export class Board {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** How many rows a piece may have. */
  get rows(): number {
    return Atomics.load(this.#words, ROWS);
  }

  /** Units in front of this one may be taken. */
  allow(units: number, rows: number): void {
    Atomics.store(this.#words, ROWS, rows);
    if (Atomics.exchange(this.#words, ALLOWED, units) !== units) Atomics.notify(this.#words, ALLOWED);
  }

  /** The next unit, if one may be taken. */
  take(): number | undefined {
    for (;;) {
      const unit = Atomics.load(this.#words, NEXT);
      if (unit >= Atomics.load(this.#words, ALLOWED)) return undefined;
      if (this.takes(unit)) return unit;
    }
  }

  /** Takes this unit, if it is the next one. */
  takes(unit: number): boolean {
    return Atomics.compareExchange(this.#words, NEXT, unit, unit + 1) === unit;
  }

  /** The next unit, waited for. */
  wait(): number {
    for (;;) {
      const allowed = Atomics.load(this.#words, ALLOWED);
      const unit = this.take();
      if (unit !== undefined) return unit;
      Atomics.wait(this.#words, ALLOWED, allowed);
    }
  }
}
