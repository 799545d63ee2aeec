import { HeadraceError } from '../core/error.ts';
import type { KeyPart } from '../core/keys.ts';
import type { CellTable } from '../core/state.ts';
import { type CellCall, CellState, checked } from './cell-call.ts';

export class ValueState<S> extends CellState {
  readonly #table: CellTable<S>;
  readonly #initial: () => S;
  #value: S | undefined;
  #isChanged = false;

  constructor(table: CellTable<S>, call: CellCall, initial: () => S) {
    super(call);
    this.#table = table;
    this.#initial = initial;
  }

  get(): S {
    this.enter();
    return this.#value === undefined ? this.#initial() : this.#value;
  }
  set(value: S): void {
    this.enter();
    this.#value = checked(value, 'set');
    this.#isChanged = true;
  }
  update(change: (value: S) => S): void {
    this.set(change(this.get()));
  }
  clear(): void {
    this.enter();
    this.#value = undefined;
    this.#isChanged = true;
  }

  protected load(keyId: number): void {
    this.#value = this.#table.get(keyId);
  }
  protected store(keyId: number): void {
    if (!this.#isChanged) return;
    if (this.#value === undefined) this.#table.delete(keyId);
    else this.#table.set(keyId, this.#value);
  }
  protected forget(): void {
    this.#value = undefined;
    this.#isChanged = false;
  }
}

/** Changes lie in a second map in front of the one that is kept, so that this one is as it was when they are dropped. */
export class MapState<M extends KeyPart, V> extends CellState {
  readonly #table: CellTable<Map<M, V>>;
  readonly #most: number;
  readonly #name: string;
  #kept: Map<M, V> | undefined;
  readonly #changes = new Map<M, V | typeof GONE>();
  #isCleared = false;
  #size = 0;

  constructor(table: CellTable<Map<M, V>>, call: CellCall, { most, name }: { readonly most: number; readonly name: string }) {
    super(call);
    this.#table = table;
    this.#most = most;
    this.#name = name;
  }

  get size(): number {
    this.enter();
    return this.#size;
  }
  get(member: M): V | undefined {
    this.enter();
    const changed = this.#changes.get(member);
    if (changed !== undefined) return changed === GONE ? undefined : (changed as V);
    return this.#kept?.get(member);
  }
  has(member: M): boolean {
    this.enter();
    const changed = this.#changes.get(member);
    return changed === undefined ? this.#kept?.has(member) === true : changed !== GONE;
  }
  set(member: M, value: V): void {
    if (!this.has(member)) {
      if (this.#size === this.#most) throw full(this.#name, this.#most);
      this.#size++;
    }
    const given = checked(value, 'set');
    // In a map of the key an absent member and an undefined one would be two things.
    if (given === undefined) throw undefinedMember(this.#name);
    this.#changes.set(member, given);
  }
  delete(member: M): void {
    if (!this.has(member)) return;
    this.#size--;
    this.#changes.set(member, GONE);
  }
  *entries(): Iterable<readonly [M, V]> {
    this.enter();
    // Of the moment of the call: what is set or deleted on the way changes nothing here.
    const changes = new Map(this.#changes);
    for (const [member, value] of this.#kept ?? []) {
      const changed = changes.get(member);
      changes.delete(member);
      if (changed !== GONE) yield [member, changed === undefined ? value : (changed as V)];
    }
    for (const [member, value] of changes) if (value !== GONE) yield [member, value as V];
  }
  clear(): void {
    this.enter();
    this.#kept = undefined;
    this.#changes.clear();
    this.#isCleared = true;
    this.#size = 0;
  }

  protected load(keyId: number): void {
    this.#kept = this.#table.get(keyId);
    this.#size = this.#kept?.size ?? 0;
  }
  protected store(keyId: number): void {
    if (this.#changes.size === 0 && !this.#isCleared) return;
    const kept = this.#kept ?? new Map<M, V>();
    for (const [member, value] of this.#changes) {
      if (value === GONE) kept.delete(member);
      else kept.set(member, value as V);
    }
    if (kept.size === 0) this.#table.delete(keyId);
    else this.#table.set(keyId, kept);
  }
  protected forget(): void {
    this.#kept = undefined;
    this.#changes.clear();
    this.#isCleared = false;
  }
}

const GONE: unique symbol = Symbol('gone');

function full(name: string, most: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_CELL_FULL',
    action: 'deadLetter',
    what: `the map of one key has ${most} members already`,
    where: `cell '${name}'`,
    todo: 'Delete members that are no longer needed, with a timer perhaps, or raise mapCell({ most }).',
  });
}

function undefinedMember(name: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPERATOR_FAILED',
    action: 'deadLetter',
    what: 'a member of a map cannot be undefined',
    where: `cell '${name}'`,
    todo: 'Use delete, or null.',
  });
}
