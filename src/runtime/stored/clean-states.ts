/** A state that is as the store has it. */
export interface Clean {
  readonly state: unknown;
  readonly touchedMs: number;
  readonly cost: number;
}

/** Whose states these are: it is told of those that go. */
export interface CleanOwner {
  released(state: unknown): void;
}

interface CleanTable {
  readonly states: Map<number, Clean>;
  /** Goes through the states oldest first, and on: one begun anew would pass all that were removed before, each time. */
  oldest: MapIterator<number>;
}

/** States that were read or written lately, of all tables, bounded in bytes; what was added longest ago goes first. */
export class CleanStates {
  readonly #limit: number;
  readonly #tables = new Map<CleanOwner, CleanTable>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(table: CleanOwner, keyId: number, clean: Clean): void {
    this.take(table, keyId);
    if (clean.cost > this.#limit) {
      table.released(clean.state);
      return;
    }
    let own = this.#tables.get(table);
    if (own === undefined) {
      const states = new Map<number, Clean>();
      this.#tables.set(table, (own = { states, oldest: states.keys() }));
    }
    own.states.set(keyId, clean);
    this.#bytes += clean.cost;
    while (this.#bytes > this.#limit) this.#removeOne(table, own);
  }

  /** Whoever takes it may change it. */
  take(table: CleanOwner, keyId: number): Clean | undefined {
    const states = this.#tables.get(table)?.states;
    const clean = states?.get(keyId);
    if (clean === undefined) return undefined;
    states!.delete(keyId);
    this.#bytes -= clean.cost;
    return clean;
  }

  /** Of the table that has just got one. */
  #removeOne(table: CleanOwner, own: CleanTable): void {
    // One that has another's bytes in its way: its last goes, and then those of the others.
    const [owner, from] = own.states.size > 0 ? [table, own] : [...this.#tables].find(([, { states }]) => states.size > 0)!;
    let next = from.oldest.next();
    if (next.done === true) {
      from.oldest = from.states.keys();
      next = from.oldest.next();
    }
    const keyId = next.value!;
    const { cost, state } = from.states.get(keyId)!;
    this.#bytes -= cost;
    from.states.delete(keyId);
    owner.released(state);
  }
}
