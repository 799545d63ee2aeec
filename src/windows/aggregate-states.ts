import { AggregateRow, type Fields, type PackedRow } from './aggregates/row.ts';
import { AggregateSums } from './aggregate-sums.ts';
import type { PaneHead, PaneStates } from './pane-states.ts';

const NO_OBJECTS: unknown[] = [];
const ROW_BYTES = 64;

/** Several aggregates in one pass. Those that are numbers lie side by side, row behind row, in one typed array. */
export class AggregateStates<T> implements PaneStates<T, object> {
  readonly keepsRecords = false;
  readonly sums: AggregateSums | undefined;
  readonly #row: AggregateRow<T>;
  readonly #width: number;
  readonly #hasObjects: boolean;
  #cells = new Float64Array(0);
  readonly #objects: unknown[][] = [];

  constructor(fields: Fields<T>, generate?: boolean) {
    this.#row = new AggregateRow(fields, { generate });
    this.#width = this.#row.cells;
    this.#hasObjects = this.#row.objects > 0;
    if (!this.#hasObjects && this.#width > 0) this.sums = new AggregateSums(this.#row as AggregateRow<never>, this.#cells);
  }

  get bytesPerRow(): number {
    return ROW_BYTES + this.#row.bytes + (this.sums?.bytesPerRow ?? 0);
  }

  grow(rows: number): void {
    const larger = new Float64Array(rows * this.#width);
    larger.set(this.#cells);
    this.#cells = larger;
    this.sums?.moved(larger);
    if (this.#hasObjects) while (this.#objects.length < rows) this.#objects.push(NO_OBJECTS);
  }
  open(row: number): void {
    this.#row.reset(this.#cells, row * this.#width);
    if (this.#hasObjects) this.#objects[row] = this.#row.create();
  }
  take(value: T, timeMs: number): void {
    this.#row.take(value, timeMs);
  }
  add(row: number): void {
    this.#row.addTaken(this.#cells, row * this.#width, this.#objectsOf(row));
  }
  merge(row: number, later: number): void {
    this.#row.merge(this.#cells, row * this.#width, this.#objectsOf(row), this.#cells, later * this.#width, this.#objectsOf(later));
  }
  pane(row: number, head: PaneHead): object {
    return this.#row.pane(this.#cells, row * this.#width, this.#objectsOf(row), head);
  }
  release(row: number): void {
    if (this.#hasObjects) this.#objects[row] = NO_OBJECTS;
  }
  pack(row: number): PackedRow {
    return this.#row.pack(this.#cells, row * this.#width, this.#objectsOf(row));
  }
  unpack(row: number, plain: unknown): void {
    const objects = this.#row.restore(plain as PackedRow, this.#cells, row * this.#width);
    if (this.#hasObjects) this.#objects[row] = objects;
  }

  #objectsOf(row: number): unknown[] {
    return this.#hasObjects ? this.#objects[row]! : NO_OBJECTS;
  }
}
