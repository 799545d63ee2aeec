import { FixedWindows } from './fixed-windows.ts';
import type { StoredKeys } from './kept-rows.ts';
import { Sessions } from './sessions.ts';
import type { TimeState, WindowHost } from './time-state.ts';
import type { Windowing } from './windowing.ts';

/** Windows that follow from the clock; somebody else knows what is due. */
export class UnwatchedFixedWindows<T> extends FixedWindows<T> {
  protected override begun(): void {}
}

/** Sessions; somebody else knows what is due. */
export class UnwatchedSessions<T> extends Sessions<T> {
  protected override watch(): void {}
}

/**
 * Windows whose rows lie on a disk. In memory are the rows of keys that were touched lately; what is due of each
 * key first stands in an agenda. The order is that of windows in memory: by end, and those of one end by the first record
 * of their key, since a key has one row of an end.
 */
export class StoredWindows<T> implements Windowing<T> {
  /** Puts records into rows that are in memory. */
  readonly #inside: Pick<Windowing<T>, 'add'>;
  readonly #state: TimeState<T>;
  readonly #host: WindowHost;
  readonly #keys: StoredKeys;

  constructor(inside: Pick<Windowing<T>, 'add'>, state: TimeState<T>, host: WindowHost, keys: StoredKeys) {
    this.#inside = inside;
    this.#state = state;
    this.#host = host;
    this.#keys = keys;
  }

  add(value: T, timeMs: number, place: number): boolean {
    this.#keys.load(place);
    if (!this.#inside.add(value, timeMs, place)) return false;
    this.#keys.put(place);
    return true;
  }

  advance(watermark: number): void {
    this.#state.advance(watermark);
  }

  fire(): boolean {
    const state = this.#state;
    const { rows } = state;
    for (;;) {
      const due = this.#keys.first(state.watermark);
      if (due === undefined) return true;
      const place = due.keyId + 1;
      const row = this.#rowOf(place, due.order);
      const end = rows.end[row]!;
      if (rows.closed[row] === 0) {
        if (!this.#host.hasRoom) return false;
        state.fire(row);
      }
      if (state.isOver(end)) state.close(row);
      this.#keys.put(place);
    }
  }

  /** Rows of a life with state in memory. */
  restore(): void {
    const places = new Set<number>();
    this.#state.restore((row) => places.add(this.#state.rows.place[row]!));
    for (const place of places) this.#keys.put(place);
  }

  /** Orders are given once. */
  #rowOf(place: number, order: number): number {
    const { rows } = this.#state;
    let row = rows.newest(place);
    while (rows.order[row] !== order) row = rows.olderThan(row);
    return row;
  }
}
