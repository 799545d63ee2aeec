import { SliceSums } from './slice-sums.ts';
import type { Spans } from './spans.ts';
import type { TimeState, WindowHost } from './time-state.ts';
import type { Windowing } from './windowing.ts';

/** All rows of one slice. */
interface Slice {
  readonly start: number;
  readonly end: number;
  readonly rows: number[];
  /** Of these, the rows of keys that had none in the slice before. */
  readonly leaps: number[];
}

/**
 * Sliding windows that share their work. Time is cut where windows begin and where they end, which is once or twice for
 * each of them, and a record is added to its slice and to nothing else. A window is put together of its slices when it
 * is over. So a record costs what it costs in a tumbling window, and a pane three merges where states are numbers
 * and windows a number of slices (`SliceSums`), else as many merges as there are slices in it.
 *
 * Only for windows with one pane: what an earlier pane has shown is not known slice by slice.
 */
export class SlicedWindows<T> implements Windowing<T> {
  readonly #state: TimeState<T>;
  readonly #host: WindowHost;
  readonly #spans: Spans;
  readonly #every: number;
  readonly #size: number;
  /** How far behind the start of a window another one ends. */
  readonly #rest: number;
  readonly #slices = new Map<number, Slice>();
  /** The same by time. */
  #sorted: Slice[] = [];
  /** The slice of the record before. */
  #from = 0;
  #to = 0;
  /** Where windows are put together of sums, and where the last that was ended. */
  readonly #sums: SliceSums | undefined;
  #summedUpTo = Number.NEGATIVE_INFINITY;
  /** Windows that end up to here have been emitted. */
  #firedUpTo = Number.NEGATIVE_INFINITY;
  #isTakenUp = false;
  /** The window that is being emitted: the oldest row of each of its keys, by first record, and how many are out. */
  #keys: number[] = [];
  #keysOf = Number.NaN;
  /** Where the last block begins that it has slices of; blocks are as long as windows. */
  #border = Number.NaN;
  #fired = 0;
  /** At the place of a key: in which window it was met, and its first record there. */
  #met = new Float64Array(64).fill(Number.NaN);
  #firsts = new Float64Array(64);
  readonly #scratch: number;

  constructor(state: TimeState<T>, host: WindowHost, spans: Spans) {
    this.#state = state;
    this.#host = host;
    this.#spans = spans;
    this.#every = spans.every!;
    const start = spans.startOf(0);
    this.#size = spans.endOf(start) - start;
    this.#rest = this.#size % this.#every;
    this.#scratch = state.rows.reserve();
    const { sums } = state.states;
    if (sums !== undefined && this.#rest === 0) this.#sums = new SliceSums(state.rows, sums);
  }

  add(value: T, timeMs: number, place: number): boolean {
    const state = this.#state;
    const { states, rows } = state;
    if (!(timeMs >= this.#from && timeMs < this.#to)) this.#findSlice(timeMs);
    const start = this.#from;
    if (timeMs < state.watermark && this.#lastEnd(start) <= state.watermark) return false;
    states.take(value, timeMs);
    state.touch(place);
    let row = rows.find(place, start);
    if (row < 0) row = this.#begin(place, start, this.#to);
    else if (this.#sums?.isSummed(row) === true) this.#sums.spoil(place);
    state.add(row, timeMs);
    return true;
  }

  advance(watermark: number): void {
    this.#state.advance(watermark);
    // The first that is heard after a restore is the last that was heard before, and what it closed was emitted then.
    if (this.#isTakenUp) this.#firedUpTo = watermark;
    this.#isTakenUp = false;
  }

  fire(): boolean {
    const { watermark } = this.#state;
    while (this.#sorted.length > 0) {
      const end = this.#nextEnd(this.#sorted[0]!);
      if (end > watermark) break;
      if (!this.#fireWindow(end)) return false;
      this.#firedUpTo = end;
      this.#drop(end);
    }
    this.#firedUpTo = Math.max(this.#firedUpTo, watermark);
    return true;
  }

  restore(): void {
    const { rows } = this.#state;
    this.#state.restore((row) => {
      this.#sums?.begin(row);
      this.#join(row, this.#slice(rows.start[row]!, rows.end[row]!));
      this.#isTakenUp = true;
    });
  }

  /** The end of the next window, which has the oldest slice. */
  #nextEnd(oldest: Slice): number {
    const first = this.#endFrom(oldest.end);
    if (first > this.#firedUpTo) return first;
    const next = this.#endFrom(this.#firedUpTo);
    return next > this.#firedUpTo ? next : next + this.#every;
  }

  /** The first end of a window that is not before. */
  #endFrom(ms: number): number {
    const start = this.#spans.startOf(ms - this.#size);
    return start + this.#size >= ms ? start + this.#size : start + this.#size + this.#every;
  }

  /** The end of the last window that has the slice. */
  #lastEnd(start: number): number {
    return this.#spans.startOf(start) + this.#size;
  }

  /** False where there is no more room. */
  #fireWindow(end: number): boolean {
    if (this.#keysOf !== end) this.#meet(end);
    const keys = this.#keys;
    while (this.#fired < keys.length) {
      if (!this.#host.hasRoom) return false;
      this.#fireKey(keys[this.#fired++]!, end);
    }
    this.#summedUpTo = end;
    return true;
  }

  /** Puts a window of a key together. */
  #fireKey(oldest: number, end: number): void {
    const { rows } = this.#state;
    const start = end - this.#size;
    const place = rows.place[oldest]!;
    let newest = rows.newest(place);
    while (rows.start[newest]! >= end) newest = rows.olderThan(newest);
    const row = newest === oldest ? oldest : this.#whole(oldest, newest);
    this.#host.pane({ row, place, start, end, index: 0, timing: 'onTime', timeMs: end - 1 });
  }

  /** A row with what those of a key are together, from the oldest to the newest. */
  #whole(oldest: number, newest: number): number {
    const into = this.#scratch;
    if (this.#sums !== undefined) return this.#sums.whole({ oldest, newest, border: this.#border, into });
    const { rows, states } = this.#state;
    states.open(into);
    for (let row = oldest; ; row = rows.newerThan(row)) {
      states.merge(into, row);
      if (row === newest) return into;
    }
  }

  /**
   * The keys of a window, by first record. A key has its oldest row in the first slice, or where it has none in the slice
   * before; the others cannot be of an earlier record, since that one was there when they began.
   */
  #meet(end: number): void {
    const { place, order } = this.#state.rows;
    const keys: number[] = [];
    let isSorted = true;
    let last = Number.NEGATIVE_INFINITY;
    for (const slice of this.#sorted) {
      if (slice.start < end - this.#size) continue;
      if (slice.start >= end) break;
      for (const row of slice.start === end - this.#size ? slice.rows : slice.leaps) {
        const at = place[row]!;
        const first = order[row]!;
        if (at >= this.#met.length) this.#growPlaces(at);
        if (this.#met[at] !== end) {
          this.#met[at] = end;
          this.#firsts[at] = first;
          keys.push(row);
          if (first < last) isSorted = false;
          last = first;
        } else if (first < this.#firsts[at]!) {
          this.#firsts[at] = first;
          isSorted = false;
        }
      }
    }
    if (!isSorted) keys.sort((a, b) => this.#firsts[place[a]!]! - this.#firsts[place[b]!]!);
    this.#keys = keys;
    this.#keysOf = end;
    const first = this.#spans.startOf(0);
    this.#border = Math.floor((end - this.#every - first) / this.#size) * this.#size + first;
    this.#fired = 0;
  }

  /** Slices whose last window ends there. */
  #drop(end: number): void {
    const sorted = this.#sorted;
    let count = 0;
    while (count < sorted.length && this.#lastEnd(sorted[count]!.start) <= end) {
      const slice = sorted[count++]!;
      for (const row of slice.rows) this.#state.close(row);
      this.#slices.delete(slice.start);
    }
    if (count > 0) sorted.splice(0, count);
  }

  #begin(place: number, start: number, end: number): number {
    const row = this.#state.open(place, start, end);
    this.#sums?.begin(row);
    // It stands among rows that have been summed.
    if (start < this.#summedUpTo) this.#sums?.spoil(place);
    this.#join(row, this.#slice(start, end));
    return row;
  }

  #join(row: number, slice: Slice): void {
    slice.rows.push(row);
    const { rows } = this.#state;
    const before = rows.olderThan(row);
    if (before < 0 || rows.end[before] !== slice.start) slice.leaps.push(row);
  }

  #slice(start: number, end: number): Slice {
    const known = this.#slices.get(start);
    if (known !== undefined) return known;
    const slice: Slice = { start, end, rows: [], leaps: [] };
    this.#slices.set(start, slice);
    let at = this.#sorted.length;
    while (at > 0 && this.#sorted[at - 1]!.start > start) at--;
    this.#sorted.splice(at, 0, slice);
    return slice;
  }

  #findSlice(timeMs: number): void {
    const start = this.#spans.startOf(timeMs);
    const cut = start + this.#rest;
    if (this.#rest === 0 || timeMs >= cut) {
      this.#from = cut;
      this.#to = start + this.#every;
    } else {
      this.#from = start;
      this.#to = cut;
    }
  }

  #growPlaces(place: number): void {
    const places = Math.max(place + 1, this.#met.length * 2);
    const met = new Float64Array(places).fill(Number.NaN);
    met.set(this.#met);
    this.#met = met;
    const firsts = new Float64Array(places);
    firsts.set(this.#firsts);
    this.#firsts = firsts;
  }
}
