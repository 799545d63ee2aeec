import type { Aggregate } from './aggregate.ts';
import { finite, itself, type NumericLayout } from './layout.ts';
import { numericAggregate } from './numeric.ts';

/** A sum, and what rounding has cut off so far. */
export const SUM: Pick<NumericLayout<never>, 'names' | 'initial'> = { names: ['sum', 'lost'], initial: [0, 0] };

/**
 * The sum, with the digits that plain addition loses (Neumaier): 1e16 + 1 - 1e16 is 1, in whatever parts it is added up.
 * Off by one rounding of itself, and by n² × 2.5e-32 of what all amounts are together, at most. Beyond the largest
 * number it is infinite.
 *
 * @example
 * ```ts
 * const total = sum((order: { price: number }) => order.price);
 * const state = total.create();
 * for (const price of [1e16, 1, -1e16]) total.add(state, total.of({ price }));
 * console.log(total.extract(state)); // 1
 * ```
 */
export function sum<T = number>(of: (value: T) => number = itself as (value: T) => number): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = { ...SUM, inputs: [{ of, check: finite }], add: addTo, merge: mergeSums, extract: totalOf };
  return numericAggregate('sum', layout);
}

/** The mean: the sum as above, divided by the count. NaN of nothing. */
export function mean<T = number>(of: (value: T) => number = itself as (value: T) => number): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['sum', 'lost', 'n'],
    initial: [0, 0, 0],
    inputs: [{ of, check: finite }],
    add(cells, at, inputs, from) {
      addTo(cells, at, inputs, from);
      cells[at + 2]!++;
    },
    merge(cells, at, later, laterAt) {
      mergeSums(cells, at, later, laterAt);
      cells[at + 2]! += later[laterAt + 2]!;
    },
    extract: (cells, at) => totalOf(cells, at) / cells[at + 2]!,
  };
  return numericAggregate('mean', layout);
}

export function addTo(cells: Float64Array, at: number, inputs: Float64Array, from: number): void {
  const before = cells[at]!;
  const x = inputs[from]!;
  const sum = before + x;
  cells[at + 1]! += Math.abs(before) >= Math.abs(x) ? before - sum + x : x - sum + before;
  cells[at] = sum;
}

export function mergeSums(cells: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  addTo(cells, at, later, laterAt);
  cells[at + 1]! += later[laterAt + 1]!;
}

// Beyond the largest number what was lost is NaN; the sum alone is the better answer.
export function totalOf(cells: Float64Array, at: number): number {
  const sum = cells[at]!;
  return Number.isFinite(sum) ? sum + cells[at + 1]! : sum;
}
