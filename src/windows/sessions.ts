import { RowHeap } from './row-heap.ts';
import type { TimeState, WindowHost } from './time-state.ts';
import type { Windowing } from './windowing.ts';

/**
 * Windows that end with a silence. A record alone would be a session [time, time + gap); it becomes one with all
 * sessions of its key that it overlaps, and those with each other. Sessions that only touch stay two. A session is one
 * row, and the rows lie in a heap by when they want to be looked at: a session that has grown meanwhile is put back.
 *
 * A window is its span: when that changes another window begins, whose panes are counted from 0.
 */
export class Sessions<T> implements Windowing<T> {
  readonly #state: TimeState<T>;
  readonly #host: WindowHost;
  readonly #gap: number;
  readonly #heap = new RowHeap();
  #due: number[] = [];
  #fired = 0;

  constructor(state: TimeState<T>, host: WindowHost, gap: number) {
    this.#state = state;
    this.#host = host;
    this.#gap = gap;
  }

  add(value: T, timeMs: number, place: number): boolean {
    const state = this.#state;
    const { states, rows } = state;
    const end = timeMs + this.#gap;
    // By what the record would be alone, so that it does not depend on what else there is.
    if (state.isOver(end)) return false;
    states.take(value, timeMs);
    const together = this.#overlapping(place, timeMs, end);
    states.stage?.(together, this.#host.keyAt(place));
    state.touch(place);
    let row = together[0];
    if (row === undefined) {
      row = state.open(place, timeMs, end);
      this.watch(row, end);
    } else if (together.length > 1 || timeMs < rows.start[row]! || end > rows.end[row]!) this.#grow(together, timeMs, end);
    state.add(row, timeMs);
    return true;
  }

  advance(watermark: number): void {
    const state = this.#state;
    state.advance(watermark);
    const { rows } = state;
    const heap = this.#heap;
    while (heap.first !== undefined && heap.first.due <= watermark) {
      const { row, turn } = heap.take();
      if (rows.turn[row] !== turn) continue;
      const end = rows.end[row]!;
      if (rows.closed[row] === 0 && end <= watermark) this.#due.push(row);
      else if (rows.closed[row] === 1 && state.isOver(end)) state.close(row);
      else this.watch(row, rows.closed[row] === 0 ? end : end + state.setting.latenessMs);
    }
    state.inOrder(this.#due);
  }

  fire(): boolean {
    const state = this.#state;
    const { rows } = state;
    while (this.#fired < this.#due.length) {
      if (!this.#host.hasRoom) return false;
      const row = this.#due[this.#fired++]!;
      const end = rows.end[row]!;
      state.fire(row);
      if (state.isOver(end)) state.close(row);
      else this.watch(row, end + state.setting.latenessMs);
    }
    this.#due = [];
    this.#fired = 0;
    return true;
  }

  restore(): void {
    const { rows, setting } = this.#state;
    this.#state.restore((row) => this.watch(row, rows.end[row]! + (rows.closed[row] === 0 ? 0 : setting.latenessMs)));
  }

  /** The sessions of the key that the span overlaps, by time. */
  #overlapping(place: number, start: number, end: number): number[] {
    const { rows } = this.#state;
    const found: number[] = [];
    for (let row = rows.newest(place); row >= 0; row = rows.olderThan(row))
      if (rows.start[row]! < end && rows.end[row]! > start) found.push(row);
    return found.length < 2 ? found : found.sort((a, b) => rows.start[a]! - rows.start[b]!);
  }

  /** All of them become the first, over a span that holds each of them and that of the record. */
  #grow(together: readonly number[], start: number, end: number): void {
    const state = this.#state;
    const { rows, states } = state;
    const row = together[0]!;
    const wasClosed = rows.closed[row] === 1;
    let from = Math.min(start, rows.start[row]!);
    let to = Math.max(end, rows.end[row]!);
    let dueMs: number | undefined;
    for (const other of together.slice(1)) {
      states.merge(row, other);
      from = Math.min(from, rows.start[other]!);
      to = Math.max(to, rows.end[other]!);
      rows.order[row] = Math.min(rows.order[row]!, rows.order[other]!);
      rows.unshown[row] = rows.unshown[row]! + rows.unshown[other]!;
      dueMs = Math.min(dueMs ?? Number.POSITIVE_INFINITY, state.earlyDueOf(other) ?? Number.POSITIVE_INFINITY);
      const moved = rows.records[other]!;
      state.close(other);
      rows.addRecords(row, moved);
    }
    rows.move(row, from, to);
    rows.panes[row] = 0;
    rows.closed[row] = to <= state.watermark ? 1 : 0;
    if (wasClosed && rows.closed[row] === 0) {
      // It waits for the end of its lateness, which may be behind its new end.
      rows.turn[row] = rows.turn[row]! + 1;
      this.watch(row, to);
    }
    if (dueMs !== undefined && dueMs !== Number.POSITIVE_INFINITY) state.waitEarly(row, dueMs);
  }

  /** A row that will be due. */
  protected watch(row: number, due: number): void {
    this.#heap.add({ due, row, turn: this.#state.rows.turn[row]! });
  }
}
