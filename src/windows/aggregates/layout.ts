import { HeadraceError } from '../../core/error.ts';
import { Failure, isThenable, refusedPromise } from '../../core/failure.ts';

/** The window that an answer is about: [start, end), in milliseconds, or in ordinals of records for windows by number. */
export interface WindowSpan {
  readonly start: number;
  readonly end: number;
}

/** For windows without a length in time: nobody who divides by it may be used in them. */
export const NO_SPAN: WindowSpan = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/** One number that an aggregate takes of a record. */
export interface NumericInput<in T> {
  /** What the user says; absent where the number is the event time of the record. */
  readonly of?: ((value: T) => unknown) | undefined;
  /** Makes a number of the answer, or refuses the record. `kind` is for the error. */
  check(answer: unknown, kind: string): number;
}

/**
 * How the state of an aggregate lies in numbers, if it can: a run of `names.length` float64 somewhere in an array that
 * belongs to the windows. Many keys are then one array, aggregates of one window lie side by side, and a record
 * allocates nothing. What is taken of a record lies in such a run too, so that `add` cannot fail.
 *
 * @example
 * ```ts
 * // The product of what comes, as one number.
 * const layout: NumericLayout<number, number> = {
 *   names: ['product'],
 *   initial: [1],
 *   inputs: [{ of: (n) => n, check: finite }],
 *   add: (cells, at, inputs, from) => void (cells[at]! *= inputs[from]!),
 *   merge: (cells, at, later, laterAt) => void (cells[at]! *= later[laterAt]!),
 *   extract: (cells, at) => cells[at]!,
 * };
 * const product = numericAggregate('product', layout);
 * const state = product.create();
 * for (const n of [2, 3, 7]) product.add(state, product.of(n));
 * console.log(product.extract(state), product.pack?.(state)); // 42 { product: 42 }
 * ```
 */
export interface NumericLayout<in T, out R = unknown> {
  /** Of the fields, in their order. They are part of the format: a state is kept by them. */
  readonly names: readonly string[];
  /** What the fields mean besides their names, a half-life for example: a state with other settings is of another kind. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
  /** The fields of a window without records. */
  readonly initial: readonly number[];
  readonly inputs: readonly NumericInput<T>[];
  add(cells: Float64Array, at: number, inputs: Float64Array, from: number): void;
  /** Adds what came later to what came before; the two may be runs of one array, and only the first changes. */
  merge(cells: Float64Array, at: number, later: Float64Array, laterAt: number): void;
  extract(cells: Float64Array, at: number, window: WindowSpan): R;
}

const A_NUMBER = 'a finite number';

/** One NaN would spoil everything behind it, so the record that brings it is refused instead. */
export function finite(x: unknown, kind: string): number {
  if (typeof x === 'number' && Number.isFinite(x)) return x;
  throw refused(x, kind, A_NUMBER);
}

/** 1 for true and 0 for false. */
export function flag(x: unknown, kind: string): number {
  if (typeof x === 'boolean') return x ? 1 : 0;
  throw refused(x, kind, 'true or false');
}

/** The event time of a record, where there is one. */
export function timed(x: unknown, kind: string): number {
  if (typeof x === 'number' && Number.isFinite(x)) return x;
  throw new HeadraceError({
    code: 'HR_TIME_INVALID',
    action: 'deadLetter',
    what: `${kind} weighs records by their event time, and this one has none`,
    todo: 'Say by eventTime when each record happened, or weigh by records: { halfLife: { records: 20 } }.',
  });
}

/** What to throw for an answer of a user's function that is not what an aggregate wants. */
export function refused(x: unknown, kind: string, wanted: string): Error | Failure {
  if (x instanceof Failure) return x;
  if (isThenable(x)) return refusedPromise(x, kind);
  return new HeadraceError({
    code: wanted === A_NUMBER ? 'HR_NUMBER_INVALID' : 'HR_VALUE_INVALID',
    action: 'deadLetter',
    what: `${kind} wants ${wanted} and got ${described(x)}`,
    todo: `Answer ${wanted} for each value, or filter out those that have none.`,
  });
}

function described(x: unknown): string {
  if (typeof x === 'number' || x === null) return String(x);
  return Array.isArray(x) ? 'an array' : typeof x;
}

export function itself(value: unknown): unknown {
  return value;
}
