import type { Cell } from '../core/operator.ts';

/** The cell of an operator that keeps one state for everybody. */
export class OneCell<S> implements Cell<S> {
  #state: S | undefined;
  get(): S | undefined {
    return this.#state;
  }
  set(state: S): void {
    this.#state = state;
  }
  clear(): void {
    this.#state = undefined;
  }
  /** Unkeyed: every record finds the same cell. */
  at(_keyId: number): void {}
  get count(): number {
    return this.#state === undefined ? 0 : 1;
  }
}

/** One state per key, by the small id that `keyBy` gave it: an array access instead of a hash. */
export class KeyedCells<S> implements Cell<S> {
  readonly #states: (S | undefined)[] = [];
  #at = 0;
  #count = 0;
  /** Chooses the cell that the next calls mean. */
  at(keyId: number): void {
    this.#at = keyId;
  }
  get(): S | undefined {
    return this.#states[this.#at];
  }
  set(state: S): void {
    while (this.#states.length <= this.#at) this.#states.push(undefined);
    if (this.#states[this.#at] === undefined) this.#count++;
    this.#states[this.#at] = state;
  }
  clear(): void {
    if (this.#states[this.#at] !== undefined) this.#count--;
    this.#states[this.#at] = undefined;
  }
  get count(): number {
    return this.#count;
  }
}

export type Cells = OneCell<unknown> | KeyedCells<unknown>;
