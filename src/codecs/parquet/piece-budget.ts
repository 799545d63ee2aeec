import { type Spot, tooLarge } from './errors.ts';

/** What may be in memory of one file at once: the pages being read of all columns, packed and unpacked, and their dictionaries. */
export class PieceBudget {
  readonly limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Before anything of that size is made. */
  take(bytes: number, what: string, spot: Spot): void {
    if (this.#taken + bytes > this.limit) throw tooLarge(spot, { bytes: this.#taken + bytes, limit: this.limit, what });
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** A part of the budget that is given back at once. */
export class Holding {
  #held = 0;
  readonly #budget: PieceBudget;

  constructor(budget: PieceBudget) {
    this.#budget = budget;
  }

  take(bytes: number, what: string, spot: Spot): void {
    this.#budget.take(bytes, what, spot);
    this.#held += bytes;
  }

  release(): void {
    this.#budget.give(this.#held);
    this.#held = 0;
  }
}
