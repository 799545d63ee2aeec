import type { PaneStates } from './pane-states.ts';

interface Listed<T> {
  values: T[];
  times: number[];
  /** Times never fall, so nothing needs to be sorted. */
  isSorted: boolean;
}

/** The records themselves, by event time; those of one time as they came. */
export class ListedStates<T> implements PaneStates<T, readonly T[]> {
  readonly bytesPerRow = 96;
  readonly keepsRecords = true;
  readonly #rows: (Listed<T> | undefined)[] = [];
  #value!: T;
  #timeMs = 0;

  grow(rows: number): void {
    while (this.#rows.length < rows) this.#rows.push(undefined);
  }
  open(row: number): void {
    this.#rows[row] = { values: [], times: [], isSorted: true };
  }
  take(value: T, timeMs: number): void {
    this.#value = value;
    this.#timeMs = timeMs;
  }
  add(row: number): void {
    const list = this.#rows[row]!;
    if (this.#timeMs < list.times.at(-1)!) list.isSorted = false;
    list.values.push(this.#value);
    list.times.push(this.#timeMs);
  }
  merge(row: number, later: number): void {
    const list = this.#rows[row]!;
    const { values, times, isSorted } = this.#rows[later]!;
    list.isSorted &&= isSorted && !(times[0]! < list.times.at(-1)!);
    for (const value of values) list.values.push(value);
    for (const time of times) list.times.push(time);
  }
  pane(row: number): readonly T[] {
    const { values, times, isSorted } = this.#rows[row]!;
    if (isSorted) return values.slice();
    return values
      .map((_, i) => i)
      .sort((a, b) => times[a]! - times[b]! || a - b)
      .map((i) => values[i]!);
  }
  release(row: number): void {
    this.#rows[row] = undefined;
  }
  pack(row: number): unknown {
    const { values, times } = this.#rows[row]!;
    return { values, times: Float64Array.from(times) };
  }
  unpack(row: number, plain: unknown): void {
    const { values, times } = plain as { readonly values: readonly T[]; readonly times: Float64Array };
    this.#rows[row] = { values: [...values], times: [...times], isSorted: times.every((time, i) => i === 0 || time >= times[i - 1]!) };
  }
}
