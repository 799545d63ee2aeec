import { HeadraceError } from '../core/error.ts';
import type { Aggregate } from './aggregates.ts';

/** States by the name of their field. */
export type PackedRow = Readonly<Record<string, unknown>>;

/** Several aggregates as one. What a record gives to each is asked of all before the state of any is changed. */
export class AggregateRow<T> {
  readonly #names: readonly string[];
  readonly #aggregates: readonly Aggregate<T, unknown>[];
  readonly #taken: unknown[];

  constructor(fields: Readonly<Record<string, Aggregate<T, unknown>>>) {
    this.#names = Object.keys(fields);
    this.#aggregates = Object.values(fields);
    // Fractions, so that the engine keeps the numbers themselves in it and not boxes of them.
    this.#taken = this.#names.map(() => 0.5);
  }

  create(): unknown[] {
    return this.#aggregates.map((aggregate) => aggregate.create());
  }
  take(value: T): void {
    for (let i = 0; i < this.#taken.length; i++) this.#taken[i] = this.#aggregates[i]!.of(value);
  }
  addTaken(states: unknown[]): void {
    for (let i = 0; i < this.#taken.length; i++) this.#aggregates[i]!.add(states[i], this.#taken[i]);
  }
  merge(states: unknown[], later: readonly unknown[]): void {
    for (let i = 0; i < states.length; i++) this.#aggregates[i]!.merge(states[i], later[i]);
  }
  merged(...parts: readonly (readonly unknown[])[]): unknown[] {
    const states = this.create();
    for (const part of parts) this.merge(states, part);
    return states;
  }
  extract(states: readonly unknown[]): unknown[] {
    return states.map((state, i) => this.#aggregates[i]!.extract(state));
  }

  /** `fromEntries` makes properties of all names, also of `__proto__`. */
  pack(states: readonly unknown[]): PackedRow {
    return Object.fromEntries(this.#names.map((name, i) => [name, states[i]]));
  }

  /** A field that was added since begins empty, one that was removed is left behind. */
  restore(packed: PackedRow): unknown[] {
    return this.create().map((empty, i) => {
      const name = this.#names[i]!;
      if (!Object.hasOwn(packed, name)) return empty;
      const state = packed[name];
      if (!holdsAllOf(state, empty)) throw otherKind(name);
      return state;
    });
  }
}

/** The state of another kind of aggregate lacks what this one counts on, and would answer NaN for ever. */
function holdsAllOf(state: unknown, empty: unknown): boolean {
  if (typeof state !== typeof empty) return false;
  if (typeof state !== 'object' || typeof empty !== 'object' || state === null || empty === null) return true;
  return Object.keys(empty).every((name) => Object.hasOwn(state, name));
}

function otherKind(field: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_UNREADABLE',
    what: `the aggregate '${field}' was of another kind when its state was written`,
    todo: 'Give the new aggregate a name of its own, or begin anew.',
  });
}
