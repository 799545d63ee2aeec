import { Failure, isThenable, refusedPromise } from '../../core/failure.ts';
import { refused } from './layout.ts';

/** What can be put in an order, and what can be told apart by its value alone. */
export type Ordered = string | number | bigint;
export type Atom = string | number | bigint | boolean;

/** Below 0 where a comes first: numbers and bigints by their value, then texts by their code units. */
export function compare(a: Ordered, b: Ordered): number {
  const isText = typeof a === 'string';
  if (isText !== (typeof b === 'string')) return isText ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A total order of all atoms, so that what is equally frequent is always listed in the same order. */
export function compareAtoms(a: Atom, b: Atom): number {
  const order = compare(typeof a === 'boolean' ? Number(a) : a, typeof b === 'boolean' ? Number(b) : b);
  // 1, 1n and true are three values.
  return order !== 0 ? order : compare(typeof a, typeof b);
}

export function ordered(x: unknown, kind: string): Ordered {
  if (typeof x === 'string' || typeof x === 'bigint' || (typeof x === 'number' && Number.isFinite(x))) return x;
  throw refused(x, kind, 'a finite number, a bigint or a string');
}

/** -0 is 0. */
export function atom(x: unknown, kind: string): Atom {
  if (typeof x === 'string' || typeof x === 'bigint' || typeof x === 'boolean') return x;
  if (typeof x === 'number' && Number.isFinite(x)) return x === 0 ? 0 : x;
  throw refused(x, kind, 'a string, a finite number, a bigint or a boolean');
}

/** Any value but one that refuses its record. */
export function settled<V>(x: V, kind: string): V {
  if (x instanceof Failure) throw x;
  if (isThenable(x)) throw refusedPromise(x, kind);
  return x;
}
