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
export class FixedWindows<T> implements Windowing<T> {
  readonly #state: TimeState<T>;
  readonly #host: WindowHost;
  readonly #spans: Spans;
  readonly #overlaps: boolean;
  readonly #buckets = new Map<number, Bucket>();
  /** The window of the record before, since the next is mostly in the same; and the bucket that got a row last. */
  #from = Number.NaN;
  #to = Number.NaN;
  #filling: Bucket | undefined;
  #open: Bucket[] = [];
  /** Over, and kept for corrections. */
  #closed: Bucket[] = [];
  #due: Bucket[] = [];
  #fired = 0;
  #rowsOfRecord: number[] = [];

  constructor(state: TimeState<T>, host: WindowHost, spans: Spans) {
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
    if (!(timeMs >= this.#from && timeMs < this.#to)) {
      this.#from = this.#spans.startOf(timeMs);
      this.#to = this.#spans.endOf(this.#from);
    }
    const start = this.#from;
    // Asked for late records only: the end of a window is behind its records.
    if (timeMs < state.watermark && state.isOver(this.#to)) return false;
    states.take(value, timeMs);
    let row = rows.find(place, start);
    if (states.stage !== undefined) states.stage(row < 0 ? [] : [row], this.#host.keyAt(place));
    state.touch(place);
    if (row < 0) row = this.#begin(place, start, this.#to);
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
      if (isOver) this.#forget(bucket);
      else insert(this.#closed, bucket);
    }
    for (let bucket = this.#closed[0]; bucket !== undefined && this.#state.isOver(bucket.end); bucket = this.#closed[0]) {
      for (const row of bucket.rows) this.#state.close(row);
      this.#forget(bucket);
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
    this.begun(row, start, end);
    return row;
  }

  /** A row that will be due. */
  protected begun(row: number, start: number, end: number): void {
    this.#bucket(start, end, end <= this.#state.watermark).rows.push(row);
  }

  #bucket(start: number, end: number, isClosed: boolean): Bucket {
    if (this.#filling?.start === start) return this.#filling;
    const known = this.#buckets.get(start);
    if (known !== undefined) return (this.#filling = known);
    const bucket: Bucket = { start, end, rows: [] };
    this.#buckets.set(start, bucket);
    insert(isClosed ? this.#closed : this.#open, bucket);
    return (this.#filling = bucket);
  }

  #forget(bucket: Bucket): void {
    this.#buckets.delete(bucket.start);
    if (bucket === this.#filling) this.#filling = undefined;
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
