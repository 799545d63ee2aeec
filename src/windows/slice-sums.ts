import type { RowSums } from './pane-states.ts';
import type { WindowRows } from './window-rows.ts';

/** A row has no sum, the sum of its block up to itself, or that from itself to the end of its block. */
const NONE = 0;
const UP_TO = 1;
const FROM = 2;

export interface SummedWindow {
  /** The oldest and the newest row of a key in the window. */
  readonly oldest: number;
  readonly newest: number;
  /** Where a block begins: the one border of blocks behind the start of the window, or in front of it. */
  readonly border: number;
  /** A row for the answer, where it is the sum of two. */
  readonly into: number;
}

/**
 * Sums of neighbouring slices, so that a window of many is put together of two. Time is cut into blocks as long as a
 * window: each window is the end of one block and the beginning of the next (van Herk and Gil-Werman). Beside each row
 * lies the sum of its block up to there; when the block is over, those from there to its end take their place. A slice is
 * merged into each once, and a pane once more: three merges a pane, however many slices a window has.
 *
 * Blocks are where they are by time alone, and sums are made of nothing but rows: so what is added to what, down to the
 * rounding, does not depend on when panes were asked for, nor on a restore. What changes a row that has been summed
 * spoils the sums of its key.
 */
export class SliceSums {
  readonly #rows: WindowRows;
  readonly #sums: RowSums;
  #kinds: Uint8Array = new Uint8Array(64);

  constructor(rows: WindowRows, sums: RowSums) {
    this.#rows = rows;
    this.#sums = sums;
  }

  /** A row begins. */
  begin(row: number): void {
    if (row >= this.#kinds.length) {
      const larger = new Uint8Array(Math.max(row + 1, this.#kinds.length * 2));
      larger.set(this.#kinds);
      this.#kinds = larger;
    }
    this.#kinds[row] = NONE;
  }

  isSummed(row: number): boolean {
    return this.#kinds[row] !== NONE;
  }

  /** The sums of a key hold no longer. */
  spoil(place: number): void {
    const rows = this.#rows;
    for (let row = rows.newest(place); row >= 0; row = rows.olderThan(row)) this.#kinds[row] = NONE;
  }

  /** The row whose sum, or state, is the whole of a window of one key: its own state where it is `into` or the only one. */
  whole({ oldest, newest, border, into }: SummedWindow): number {
    const { start } = this.#rows;
    const isEarly = start[oldest]! < border;
    const isLate = start[newest]! >= border;
    if (isEarly) this.#sumFrom(oldest, border);
    if (isLate) this.#sumUpTo(newest, border);
    if (isEarly && isLate) this.#sums.join(into, oldest, newest);
    else this.#sums.copy(into, isLate ? newest : oldest);
    return into;
  }

  /** From the last row that has its sum, or from the border. */
  #sumUpTo(row: number, border: number): void {
    const { start } = this.#rows;
    const kinds = this.#kinds;
    let at = row;
    let before = -1;
    while (kinds[at] !== UP_TO) {
      before = this.#rows.olderThan(at);
      if (before < 0 || start[before]! < border) {
        this.#sums.begin(at);
        kinds[at] = UP_TO;
        break;
      }
      at = before;
    }
    while (at !== row) {
      before = at;
      at = this.#rows.newerThan(at);
      this.#sums.after(at, before);
      kinds[at] = UP_TO;
    }
  }

  /** From the end of the block, which is over, back to the row. */
  #sumFrom(row: number, border: number): void {
    const { start } = this.#rows;
    const kinds = this.#kinds;
    let at = row;
    while (kinds[at] !== FROM) {
      const later = this.#rows.newerThan(at);
      if (later < 0 || start[later]! >= border) {
        this.#sums.begin(at);
        kinds[at] = FROM;
        break;
      }
      at = later;
    }
    while (at !== row) {
      const later = at;
      at = this.#rows.olderThan(at);
      this.#sums.before(at, later);
      kinds[at] = FROM;
    }
  }
}
