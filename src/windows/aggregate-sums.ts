import type { AggregateRow } from './aggregates/row.ts';
import type { RowSums } from './pane-states.ts';

const NO_OBJECTS: unknown[] = [];

/** Sums of rows that are numbers, in an array of the same shape as that of the states; it is made when there is a first sum. */
export class AggregateSums implements RowSums {
  readonly #row: AggregateRow<never>;
  readonly #width: number;
  #cells: Float64Array;
  #sums = new Float64Array(0);

  constructor(row: AggregateRow<never>, cells: Float64Array) {
    this.#row = row;
    this.#width = row.cells;
    this.#cells = cells;
  }

  /** How many bytes a row takes here. */
  get bytesPerRow(): number {
    return this.#sums.length > 0 ? this.#width * Float64Array.BYTES_PER_ELEMENT : 0;
  }

  /** The states lie in another array from now on. */
  moved(cells: Float64Array): void {
    this.#cells = cells;
  }

  begin(row: number): void {
    this.#copy(this.#roomy(), row, this.#cells, row);
  }
  after(row: number, earlier: number): void {
    const sums = this.#roomy();
    this.#copy(sums, row, sums, earlier);
    this.#merge(sums, row, this.#cells, row);
  }
  before(row: number, later: number): void {
    const sums = this.#roomy();
    this.#copy(sums, row, this.#cells, row);
    this.#merge(sums, row, sums, later);
  }
  join(row: number, earlier: number, later: number): void {
    this.#copy(this.#cells, row, this.#sums, earlier);
    this.#merge(this.#cells, row, this.#sums, later);
  }
  copy(row: number, of: number): void {
    this.#copy(this.#cells, row, this.#sums, of);
  }

  #copy(into: Float64Array, row: number, from: Float64Array, fromRow: number): void {
    this.#row.copy(into, row * this.#width, from, fromRow * this.#width);
  }

  #merge(into: Float64Array, row: number, later: Float64Array, laterRow: number): void {
    this.#row.merge(into, row * this.#width, NO_OBJECTS, later, laterRow * this.#width, NO_OBJECTS);
  }

  #roomy(): Float64Array {
    if (this.#sums.length >= this.#cells.length) return this.#sums;
    const larger = new Float64Array(this.#cells.length);
    larger.set(this.#sums);
    return (this.#sums = larger);
  }
}
