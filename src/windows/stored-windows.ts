import { FixedWindows } from './fixed-windows.ts';
import { Sessions } from './sessions.ts';
import type { Spans } from './spans.ts';
import type { StoredKeys } from './kept-rows.ts';
import type { TimeState, WindowHost } from './time-state.ts';

/** Windows that follow from the clock, where rows lie on a disk. */
export class StoredFixedWindows<T> extends FixedWindows<T> {
  readonly #rows: StoredRows<T>;

  constructor(state: TimeState<T>, host: WindowHost, of: { readonly spans: Spans; readonly keys: StoredKeys }) {
    super(state, host, of.spans);
    this.#rows = new StoredRows(state, host, of.keys);
  }

  override add(value: T, timeMs: number, place: number): boolean {
    this.#rows.load(place);
    if (!super.add(value, timeMs, place)) return false;
    this.#rows.put(place);
    return true;
  }
  override advance(watermark: number): void {
    this.#rows.advance(watermark);
  }
  override fire(): boolean {
    return this.#rows.fire();
  }
  override restore(): void {
    this.#rows.restore();
  }
  protected override begun(): void {}
}

/** Sessions, where rows lie on a disk. */
export class StoredSessions<T> extends Sessions<T> {
  readonly #rows: StoredRows<T>;

  constructor(state: TimeState<T>, host: WindowHost, of: { readonly gap: number; readonly keys: StoredKeys }) {
    super(state, host, of.gap);
    this.#rows = new StoredRows(state, host, of.keys);
  }

  override add(value: T, timeMs: number, place: number): boolean {
    this.#rows.load(place);
    if (!super.add(value, timeMs, place)) return false;
    this.#rows.put(place);
    return true;
  }
  override advance(watermark: number): void {
    this.#rows.advance(watermark);
  }
  override fire(): boolean {
    return this.#rows.fire();
  }
  override restore(): void {
    this.#rows.restore();
  }
  protected override watch(): void {}
}

/**
 * What is due of windows that lie on a disk. In memory are the rows of keys that were touched lately; what is due of each
 * key first stands in an agenda. The order is that of windows in memory: by end, and those of one end by the first record
 * of their key, since a key has one row of an end.
 */
class StoredRows<T> {
  readonly #state: TimeState<T>;
  readonly #host: WindowHost;
  readonly #keys: StoredKeys;

  constructor(state: TimeState<T>, host: WindowHost, keys: StoredKeys) {
    this.#state = state;
    this.#host = host;
    this.#keys = keys;
  }

  load(place: number): void {
    this.#keys.load(place);
  }

  put(place: number): void {
    this.#keys.put(place);
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
