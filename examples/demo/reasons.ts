/** Counts by reason. */
export class Reasons {
  readonly #counts = new Map<string, number>();
  #total = 0;

  add(reason: string): void {
    this.#total += 1;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get total(): number {
    return this.#total;
  }

  /** The most frequent first. */
  list(): readonly (readonly [reason: string, records: number])[] {
    return [...this.#counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  }
}
