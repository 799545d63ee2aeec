import type { KeyTable } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import type { Key } from '../core/keys.ts';
import type { CellsSpec, CellTable, PartitionTable } from '../core/state.ts';

/** One table as it was when a snapshot was taken: states by key or by partition, packed. */
export type PackedTable = readonly (readonly [Key | undefined, unknown])[];

/** Packed states by name of their table. What is not packed yet is packed when it is asked for. */
export type PackedState = ReadonlyMap<string, () => PackedTable>;

interface Mark {
  readonly plain: Map<Key, unknown>;
  readonly missing: Set<Key>;
}

/**
 * States in memory, captured as the real host does: a snapshot marks them, and a marked state is packed before somebody
 * gets it, or when the snapshot is read. So a station that changes a state without asking for it first spoils it.
 */
class RigTable<Id extends Key, S> {
  captures = 0;
  readonly #states = new Map<Id, S>();
  readonly #marks: Mark[] = [];
  readonly #spec: CellsSpec<S>;

  constructor(spec: CellsSpec<S>) {
    this.#spec = spec;
  }

  get count(): number {
    return this.#states.size;
  }
  get(id: Id): S | undefined {
    this.#packMarked(id);
    return this.#states.get(id);
  }
  set(id: Id, state: S): void {
    this.#packMarked(id);
    this.#states.set(id, state);
  }
  delete(id: Id): void {
    this.#packMarked(id);
    this.#states.delete(id);
  }
  ids(): Id[] {
    return [...this.#states.keys()].sort((a, b) => (a < b ? -1 : 1));
  }
  entries(): [Id, S][] {
    return this.ids().map((id) => [id, this.get(id)!]);
  }

  capture(nameOf: (id: Id) => Key | undefined): () => PackedTable {
    this.captures++;
    const mark: Mark = { plain: new Map(), missing: new Set(this.#states.keys()) };
    this.#marks.push(mark);
    return () => {
      for (const id of [...mark.missing]) this.#packMarked(id as Id);
      return [...mark.plain].map(([id, plain]) => [nameOf(id as Id), plain]);
    };
  }

  restore(id: Id, plain: unknown, key: Key | undefined): void {
    const own = structuredClone(plain);
    this.#states.set(id, this.#spec.unpack === undefined ? (own as S) : this.#spec.unpack(own, key));
  }

  #packMarked(id: Id): void {
    const { pack } = this.#spec;
    for (const { plain, missing } of this.#marks) {
      if (!missing.delete(id)) continue;
      const state = this.#states.get(id)!;
      plain.set(id, structuredClone(pack === undefined ? state : pack(state)));
    }
  }
}

/** All tables of one station. */
export class RigState {
  readonly #keys: KeyTable | undefined;
  readonly #cells = new Map<string, RigTable<number, unknown>>();
  readonly #partitions = new Map<string, RigTable<string, unknown>>();

  constructor(keys: KeyTable | undefined) {
    this.#keys = keys;
  }

  cells<S>(spec: CellsSpec<S>): CellTable<S> {
    return this.#added(this.#cells, spec);
  }

  partitions<S>(spec: CellsSpec<S>): PartitionTable<S> {
    return this.#added(this.#partitions, spec);
  }

  capture(): PackedState {
    const captured = new Map<string, () => PackedTable>();
    for (const [name, table] of this.#cells)
      captured.set(
        name,
        table.capture((id) => this.#keyAt(id)),
      );
    for (const [name, table] of this.#partitions)
      captured.set(
        name,
        table.capture((id) => id),
      );
    return captured;
  }

  /** After the station was opened, so that one which reads its state while it is opened finds none. */
  restore(packed: PackedState): void {
    for (const [name, entries] of packed) {
      const cells = this.#cells.get(name);
      const partitions = this.#partitions.get(name);
      for (const [id, plain] of entries()) {
        if (partitions !== undefined) partitions.restore(id as string, plain, undefined);
        else cells?.restore(id === undefined ? -1 : this.#table.idOf(id), plain, id);
      }
    }
  }

  #added<Id extends Key, S>(tables: Map<string, RigTable<Id, unknown>>, spec: CellsSpec<S>): RigTable<Id, S> {
    assert(!this.#cells.has(spec.name) && !this.#partitions.has(spec.name), `an operator has one table '${spec.name}'`);
    const table = new RigTable<Id, S>(spec);
    tables.set(spec.name, table as RigTable<Id, unknown>);
    return table;
  }

  #keyAt(id: number): Key | undefined {
    return id < 0 ? undefined : this.#table.keyAt(id);
  }

  get #table(): KeyTable {
    assert(this.#keys !== undefined, 'state by key is captured where the rig has keys');
    return this.#keys;
  }
}
