import type { Agenda, DueKey, Moment } from '../core/agenda.ts';

/** A state of a key that says which moment of it in the agenda counts. */
export interface Marked {
  queued?: Moment | undefined;
}

export interface StoredDuesOptions<S> {
  stateOf(keyId: number): S | undefined;
  /** When the first of what is kept of a key is due. */
  dueOf(state: S): Moment | undefined;
}

/**
 * Of each key the moment at which the first of what it keeps is due, in an agenda that lies on a disk. A key that is put
 * off stays where it is: when it comes to the front it is put in again by its true moment. One that is due earlier gets
 * a second entry, and its state says which counts.
 *
 * Invariant: of each state with something due the agenda has the entry `queued`, which is not behind what is due.
 */
export class StoredDues<S extends Marked> {
  readonly #agenda: Agenda;
  readonly #options: StoredDuesOptions<S>;

  constructor(agenda: Agenda, options: StoredDuesOptions<S>) {
    this.#agenda = agenda;
    this.#options = options;
  }

  /** Not behind the first that is due, and nobody's state is looked at. */
  get firstAt(): number | undefined {
    return this.#agenda.first()?.at;
  }

  /** The first that is due, if that is not behind `upTo`. */
  first(upTo: number): DueKey | undefined {
    for (;;) {
      const entry = this.#agenda.first();
      if (entry === undefined || entry.at > upTo) return undefined;
      const state = this.#options.stateOf(entry.keyId);
      if (state !== undefined && isSame(state.queued, entry)) {
        const due = this.#options.dueOf(state);
        if (isSame(due, entry)) return entry;
        state.queued = undefined;
        this.#agenda.take();
        this.put(entry.keyId, due, state);
      } else this.#agenda.take();
    }
  }

  /** What the key at the front was due for is done: it leaves, and stands in line for what is due next. */
  done(keyId: number, next: Moment | undefined, state: S): void {
    this.#agenda.take();
    state.queued = undefined;
    this.put(keyId, next, state);
  }

  /** What is due first of a key from now on; undefined for nothing. The state was asked for in this call. */
  put(keyId: number, next: Moment | undefined, state: S): void {
    const { queued } = state;
    if (next === undefined) {
      if (queued !== undefined) state.queued = undefined;
    } else if (queued === undefined || next.at < queued.at || (next.at === queued.at && next.order < queued.order)) {
      const { at, order } = next;
      state.queued = { at, order };
      this.#agenda.add(next, keyId);
    }
  }
}

function isSame(a: Moment | undefined, b: Moment): boolean {
  return a !== undefined && a.at === b.at && a.order === b.order;
}
