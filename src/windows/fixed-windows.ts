import type { Spans } from './spans.ts';
import type { TimeState, WindowHost } from './time-state.ts';
import type { Windowing } from './windowing.ts';

/** All rows of one window, by first record. */
interface Bucket {
  readonly start: number;
  readonly end: number;
  readonly rows: number[];
}

/**
 * Windows whose spans follow from the clock or the calendar. Each window of a key is a row; the rows of one window lie
 * in a bucket, and buckets are sorted by their end. So a record costs no more than finding its row, and what is due is
 * what stands in front.
 */
export class FixedWindows<T, R> implements Windowing<T> {
  readonly #state: TimeState<T, R>;
  readonly #host: WindowHost<R>;
  readonly #spans: Spans;
  readonly #overlaps: boolean;
  readonly #buckets = new Map<number, Bucket>();
  #open: Bucket[] = [];
  /** Over, and kept for corrections. */
  #closed: Bucket[] = [];
  #due: Bucket[] = [];
  #fired = 0;
  #rowsOfRecord: number[] = [];

  constructor(state: TimeState<T, R>, host: WindowHost<R>, spans: Spans) {
    this.#state = state;
    this.#host = host;
    this.#spans = spans;
    const start = spans.startOf(0);
    this.#overlaps = spans.every !== undefined && spans.endOf(start) - start > spans.every;
  }

  add(value: T, timeMs: number, place: number): boolean {
    if (this.#overlaps) return this.#addToAll(value, timeMs, place);
    const state = this.#state;
    const { states, rows } = state;
    const start = this.#spans.startOf(timeMs);
    // Asked for late records only: the end of a window is behind its records.
    if (timeMs < state.watermark && state.isOver(this.#spans.endOf(start))) return false;
    states.take(value, timeMs);
    let row = rows.find(place, start);
    if (states.stage !== undefined) states.stage(row < 0 ? [] : [row], this.#host.keyAt(place));
    state.touch(place);
    if (row < 0) row = this.#begin(place, start, this.#spans.endOf(start));
    state.add(row, timeMs);
    return true;
  }

  /** Each window has a row of its own, by end. */
  #addToAll(value: T, timeMs: number, place: number): boolean {
    const state = this.#state;
    const { states, rows } = state;
    const spans = this.#spans;
    const every = spans.every!;
    const newest = spans.startOf(timeMs);
    let start = newest;
    while (spans.endOf(start - every) > timeMs && !state.isOver(spans.endOf(start - every))) start -= every;
    if (state.isOver(spans.endOf(start))) return false;
    states.take(value, timeMs);
    const found = this.#rowsOfRecord;
    found.length = 0;
    for (let at = start; at <= newest; at += every) found.push(rows.find(place, at));
    if (states.stage !== undefined) for (const row of found) states.stage(row < 0 ? [] : [row], this.#host.keyAt(place));
    state.touch(place);
    for (const [i, row] of found.entries()) {
      const from = start + i * every;
      state.add(row < 0 ? this.#begin(place, from, spans.endOf(from)) : row, timeMs);
    }
    return true;
  }

  advance(watermark: number): void {
    this.#state.advance(watermark);
    const open = this.#open;
    let count = 0;
    while (count < open.length && open[count]!.end <= watermark) count++;
    if (count > 0) this.#due.push(...open.splice(0, count));
  }

  fire(): boolean {
    for (let bucket = this.#due[0]; bucket !== undefined; bucket = this.#due[0]) {
      const isOver = this.#state.isOver(bucket.end);
      while (this.#fired < bucket.rows.length) {
        if (!this.#host.hasRoom) return false;
        const row = bucket.rows[this.#fired++]!;
        this.#state.fire(row);
        if (isOver) this.#state.close(row);
      }
      this.#fired = 0;
      this.#due.shift();
      if (isOver) this.#buckets.delete(bucket.start);
      else insert(this.#closed, bucket);
    }
    for (let bucket = this.#closed[0]; bucket !== undefined && this.#state.isOver(bucket.end); bucket = this.#closed[0]) {
      for (const row of bucket.rows) this.#state.close(row);
      this.#buckets.delete(bucket.start);
      this.#closed.shift();
    }
    return true;
  }

  restore(): void {
    this.#state.restore((row) => {
      const { rows } = this.#state;
      this.#bucket(rows.start[row]!, rows.end[row]!, rows.closed[row] === 1).rows.push(row);
    });
  }

  #begin(place: number, start: number, end: number): number {
    const row = this.#state.open(place, start, end);
    this.#bucket(start, end, end <= this.#state.watermark).rows.push(row);
    return row;
  }

  #bucket(start: number, end: number, isClosed: boolean): Bucket {
    const known = this.#buckets.get(start);
    if (known !== undefined) return known;
    const bucket: Bucket = { start, end, rows: [] };
    this.#buckets.set(start, bucket);
    insert(isClosed ? this.#closed : this.#open, bucket);
    return bucket;
  }
}

/** Into its place by end; mostly that is the last. */
function insert(buckets: Bucket[], bucket: Bucket): void {
  let at = buckets.length;
  if (at > 0 && buckets[at - 1]!.end > bucket.end) {
    let low = 0;
    while (low < at) {
      const middle = (low + at) >> 1;
      if (buckets[middle]!.end <= bucket.end) low = middle + 1;
      else at = middle;
    }
  }
  buckets.splice(at, 0, bucket);
}
