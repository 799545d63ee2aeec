import { CalendarSpans, type CalendarWindows } from './calendar.ts';
import type { GlobalWindows, SlidingWindows, TumblingWindows } from './time.ts';

/** Windows that follow from a time alone, whatever records there are. */
export interface Spans {
  /** Where the last window that contains the time begins. */
  startOf(timeMs: number): number;
  endOf(start: number): number;
  /** Where windows overlap: how far the one before begins. */
  readonly every?: number;
}

export function spansOf(windows: TumblingWindows | SlidingWindows | GlobalWindows | CalendarWindows): Spans {
  switch (windows.kind) {
    case 'tumbling':
      return new EvenSpans(windows.size, windows.size, windows.offset);
    case 'sliding':
      return new EvenSpans(windows.size, windows.every, windows.offset);
    case 'calendar':
      return new CalendarSpans(windows);
    default:
      return EVERYTHING;
  }
}

class EvenSpans implements Spans {
  readonly every: number;
  readonly #size: number;
  readonly #offset: number;

  constructor(size: number, every: number, offset: number) {
    this.#size = size;
    this.every = every;
    this.#offset = offset;
  }
  startOf(timeMs: number): number {
    return Math.floor((timeMs - this.#offset) / this.every) * this.every + this.#offset;
  }
  endOf(start: number): number {
    return start + this.#size;
  }
}

const EVERYTHING: Spans = { startOf: () => Number.NEGATIVE_INFINITY, endOf: () => Number.POSITIVE_INFINITY };
