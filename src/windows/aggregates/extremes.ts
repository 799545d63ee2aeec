import type { Aggregate } from './aggregate.ts';
import { finite, itself, type NumericLayout } from './layout.ts';
import { numericAggregate } from './numeric.ts';

/** The least; -0 is 0. NaN of nothing. */
export function min<T = number>(of: (value: T) => number = itself as (value: T) => number): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['least'],
    initial: [Number.POSITIVE_INFINITY],
    inputs: [{ of, check: finite }],
    add: lesser,
    merge: lesser,
    // What comes is finite, so infinity means that nothing has come.
    extract: (cells, at) => (cells[at] === Number.POSITIVE_INFINITY ? Number.NaN : cells[at]! + 0),
  };
  return numericAggregate('min', layout);
}

/** The greatest; -0 is 0. NaN of nothing. */
export function max<T = number>(of: (value: T) => number = itself as (value: T) => number): Aggregate<T, number> {
  const layout: NumericLayout<T, number> = {
    names: ['greatest'],
    initial: [Number.NEGATIVE_INFINITY],
    inputs: [{ of, check: finite }],
    add: greater,
    merge: greater,
    extract: (cells, at) => (cells[at] === Number.NEGATIVE_INFINITY ? Number.NaN : cells[at]! + 0),
  };
  return numericAggregate('max', layout);
}

function lesser(cells: Float64Array, at: number, inputs: Float64Array, from: number): void {
  if (inputs[from]! < cells[at]!) cells[at] = inputs[from]!;
}

function greater(cells: Float64Array, at: number, inputs: Float64Array, from: number): void {
  if (inputs[from]! > cells[at]!) cells[at] = inputs[from]!;
}
