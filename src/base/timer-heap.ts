import type { Timer } from '../core/world.ts';

/** A timer of a virtual clock: due at a time, and among timers of one time by rank, and then in the order they were set. */
export interface HeapTimer extends Timer {
  readonly due: number;
  readonly fn: () => void;
}

/**
 * A binary heap whose entries know their place, so that a cancelled timer leaves at once: what remains in it is what is
 * really pending, which is what leak tests count.
 */
export class TimerHeap {
  readonly #entries: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#entries.length;
  }

  first(): HeapTimer | undefined {
    return this.#entries[0];
  }

  add(due: number, fn: () => void, rank = 0): HeapTimer {
    const entry: Entry = { due, fn, rank, order: this.#order++, place: -1, cancel: () => this.#remove(entry) };
    this.#rise(entry, this.#entries.length);
    return entry;
  }

  #remove(entry: Entry): void {
    const place = entry.place;
    if (place === -1) return; // It has run, or was cancelled before.
    entry.place = -1;
    const last = this.#entries.pop()!;
    if (last === entry) return;
    this.#rise(last, place);
    this.#sink(last, last.place);
  }

  #rise(entry: Entry, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#entries[above]!;
      if (!isBefore(entry, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: Entry, from: number): void {
    let place = from;
    for (;;) {
      const left = this.#entries[2 * place + 1];
      const right = this.#entries[2 * place + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, entry)) break;
      const free = child.place;
      this.#put(child, place);
      place = free;
    }
    this.#put(entry, place);
  }

  #put(entry: Entry, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}

interface Entry extends HeapTimer {
  readonly rank: number;
  readonly order: number;
  /** Where it stands in the heap; -1 when it does not. */
  place: number;
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.due !== b.due) return a.due < b.due;
  return a.rank === b.rank ? a.order < b.order : a.rank < b.rank;
}
