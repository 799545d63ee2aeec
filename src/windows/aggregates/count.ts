import type { Aggregate } from './aggregate.ts';
import { finite, flag, type NumericInput, type NumericLayout } from './layout.ts';
import { numericAggregate } from './numeric.ts';
import { addTo, mergeSums, SUM, totalOf } from './sum.ts';

/**
 * How many records, or how many of which something is true.
 *
 * @example
 * ```ts
 * const slow = count((ms: number) => ms > 100);
 * const state = slow.create();
 * for (const ms of [20, 140, 90, 101]) slow.add(state, slow.of(ms));
 * console.log(slow.extract(state)); // 2
 * ```
 */
export function count<T = unknown>(test?: (value: T) => boolean): Aggregate<T, number> {
  const inputs: readonly NumericInput<T>[] = test === undefined ? [] : [{ of: test, check: flag }];
  const layout: NumericLayout<T, number> = {
    names: ['n'],
    initial: [0],
    inputs,
    add: inputs.length === 0 ? addOne : addFlag,
    merge: addCounts,
    extract: (cells, at) => cells[at]!,
  };
  return numericAggregate('count', layout);
}

/**
 * How much a second of the window: records, or what `of` answers for each. The length of a session reaches from its
 * first record to the gap behind its last; an early pane divides by the whole length too. Windows that have no length
 * in time (by number, or `global`) refuse it.
 *
 * @example
 * ```ts
 * const bytes = rate((size: number) => size);
 * const state = bytes.create();
 * for (const size of [1500, 500]) bytes.add(state, bytes.of(size));
 * console.log(bytes.extract(state, { start: 0, end: 10_000 })); // 200
 * ```
 */
export function rate<T = unknown>(of?: (value: T) => number): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    ...SUM,
    inputs: [of === undefined ? { of: one, check: finite } : { of, check: finite }],
    add: addTo,
    merge: mergeSums,
    extract: (cells, at, { start, end }) => totalOf(cells, at) / ((end - start) / 1000),
  };
  return numericAggregate('rate', layout, { needs: 'span' });
}

function one(): number {
  return 1;
}

function addOne(cells: Float64Array, at: number): void {
  cells[at]!++;
}

function addFlag(cells: Float64Array, at: number, inputs: Float64Array, from: number): void {
  cells[at]! += inputs[from]!;
}

function addCounts(cells: Float64Array, at: number, later: Float64Array, laterAt: number): void {
  cells[at]! += later[laterAt]!;
}
