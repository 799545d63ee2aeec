import type { CellTable } from '../core/state.ts';
import type { Aggregate } from '../windows/aggregates/aggregate.ts';
import { type CellCall, CellState, checked } from './cell-call.ts';

export class ListState<V> extends CellState {
  readonly #table: CellTable<V[]>;
  readonly #newest: number;
  /** The newest stand at the end; older ones than `newest` may stand in front. */
  #kept: V[] | undefined;
  #added: V[] = [];
  #isCleared = false;

  constructor(table: CellTable<V[]>, call: CellCall, newest: number) {
    super(call);
    this.#table = table;
    this.#newest = newest;
  }

  get length(): number {
    this.enter();
    return Math.min(this.#newest, (this.#kept?.length ?? 0) + this.#added.length);
  }
  push(value: V): void {
    this.enter();
    this.#added.push(checked(value, 'push'));
  }
  values(): readonly V[] {
    this.enter();
    return (this.#kept ?? []).concat(this.#added).slice(-this.#newest);
  }
  clear(): void {
    this.enter();
    this.#kept = undefined;
    this.#added.length = 0;
    this.#isCleared = true;
  }

  protected load(keyId: number): void {
    this.#kept = this.#table.get(keyId);
  }
  protected store(keyId: number): void {
    if (this.#added.length === 0 && !this.#isCleared) return;
    const kept = this.#kept ?? [];
    for (const value of this.#added) kept.push(value);
    // Cut off at once as many as are kept: a shift for each would be more work than this copy is.
    if (kept.length >= 2 * this.#newest) kept.splice(0, kept.length - this.#newest);
    if (kept.length === 0) this.#table.delete(keyId);
    else this.#table.set(keyId, kept);
  }
  protected forget(): void {
    this.#kept = undefined;
    this.#added.length = 0;
    this.#isCleared = false;
  }
}

/** What is added waits as what the aggregate takes of a value: asking for that is the one part that may fail. */
export class AggregateState<T, R> extends CellState {
  readonly #table: CellTable<unknown>;
  readonly #aggregate: Aggregate<T, R>;
  #kept: unknown;
  readonly #taken: unknown[] = [];
  /** A state of its own: the kept one with what was added, for who asks in between. */
  #copy: unknown;
  #isCleared = false;

  constructor(table: CellTable<unknown>, call: CellCall, aggregate: Aggregate<T, R>) {
    super(call);
    this.#table = table;
    this.#aggregate = aggregate;
  }

  add(value: T): void {
    this.enter();
    this.#taken.push(this.#aggregate.of(value, this.timeMs));
  }
  get(): R {
    this.enter();
    if (this.#taken.length > 0) this.#addTaken(this.#copied());
    return this.#aggregate.extract(this.#copy ?? this.#kept ?? this.#aggregate.create());
  }
  clear(): void {
    this.enter();
    this.#kept = undefined;
    this.#copy = undefined;
    this.#taken.length = 0;
    this.#isCleared = true;
  }

  #copied(): unknown {
    if (this.#copy !== undefined) return this.#copy;
    const copy = this.#aggregate.create();
    if (this.#kept !== undefined) this.#aggregate.merge(copy, this.#kept);
    this.#copy = copy;
    return copy;
  }

  #addTaken(state: unknown): void {
    for (const x of this.#taken) this.#aggregate.add(state, x);
    this.#taken.length = 0;
  }

  protected load(keyId: number): void {
    this.#kept = this.#table.get(keyId);
  }
  protected store(keyId: number): void {
    if (this.#copy === undefined && this.#taken.length === 0) {
      if (this.#isCleared) this.#table.delete(keyId);
      return;
    }
    const state = this.#copy ?? this.#kept ?? this.#aggregate.create();
    this.#addTaken(state);
    this.#table.set(keyId, state);
  }
  protected forget(): void {
    this.#kept = undefined;
    this.#copy = undefined;
    this.#taken.length = 0;
    this.#isCleared = false;
  }
}
