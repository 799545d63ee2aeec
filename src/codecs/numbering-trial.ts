/** So much of what a dictionary may hold at most must have come before it is judged; and not fewer rows than these. */
const SHARE = 1 / 8;
const LEAST_ROWS = 1024;
/** With more new strings than this among them, others of as many rows again would be new as well, up to the bound. */
const MOSTLY = 0.95;

/**
 * Judges once whether numbering the strings of a column is in vain. Where all but a few of the rows at the beginning have a
 * string of their own, as ids have, the dictionary would only be filled up to its bound and then left: strings drawn evenly
 * of so many as it may hold have repeated more often by then.
 */
export class NumberingTrial {
  readonly #judgedAt: number;
  #rows = 0;

  constructor(mostEntries: number) {
    this.#judgedAt = Math.max(LEAST_ROWS, mostEntries * SHARE);
  }

  /** After `rows` more, of which there are `entries` different strings now: true where it should end. */
  isInVain(rows: number, entries: number): boolean {
    if (this.#rows >= this.#judgedAt) return false;
    this.#rows += rows;
    return this.#rows >= this.#judgedAt && entries > this.#rows * MOSTLY;
  }
}
