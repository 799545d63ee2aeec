/** A row that wants to be looked at when a time has come. */
export interface DueRow {
  readonly due: number;
  readonly row: number;
  /** Which turn of the row is meant: a later one is another window's. */
  readonly turn: number;
}

/** A binary heap of rows by when they are due. Entries are not taken out but left to be found void. */
export class RowHeap {
  readonly #entries: DueRow[] = [];

  get first(): DueRow | undefined {
    return this.#entries[0];
  }

  add(entry: DueRow): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (entries[above]!.due <= entry.due) break;
      entries[at] = entries[above]!;
      at = above;
    }
    entries[at] = entry;
  }

  take(): DueRow {
    const entries = this.#entries;
    const first = entries[0]!;
    const last = entries.pop()!;
    if (entries.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= entries.length) break;
      if (below + 1 < entries.length && entries[below + 1]!.due < entries[below]!.due) below++;
      if (entries[below]!.due >= last.due) break;
      entries[at] = entries[below]!;
      at = below;
    }
    entries[at] = last;
    return first;
  }
}
