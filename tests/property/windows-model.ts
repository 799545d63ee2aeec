/**
 * Windows by time in the plainest way there is: a list of open windows that every record, watermark and tick of the clock
 * goes through from front to back. It shares no code with the product, and says what Apache Beam says
 * (windows-golden.test.ts).
 */
export type Kind =
  | { readonly kind: 'tumbling'; readonly size: number; readonly offset?: number }
  | { readonly kind: 'sliding'; readonly size: number; readonly every: number }
  | { readonly kind: 'session'; readonly gap: number }
  | { readonly kind: 'global' };

export interface Ways {
  readonly window: Kind;
  readonly panes: 'accumulating' | 'discarding';
  readonly lateness: number;
  readonly early?: { readonly records: number } | { readonly clock: number } | undefined;
}

/** Times are milliseconds; the value of a record is a number that no other has. */
export interface Entry {
  readonly key: string;
  readonly at: number;
  readonly value: number;
}

export interface ModelPane {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly timing: 'early' | 'onTime' | 'late';
  readonly index: number;
  /** Sorted, since nobody promises how merged sessions put them in order. */
  readonly values: readonly number[];
}

interface Open {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly shown: readonly number[];
  /** In no pane yet. */
  readonly fresh: readonly number[];
  readonly index: number;
  /** When the clock wants a pane. */
  readonly dueAt: number;
}

/** Faults built in on purpose, so that the properties are shown able to fail. */
export type Mistake =
  | 'late records taken'
  | 'late records lost'
  | 'refused records kept'
  | 'no pane for what was shown'
  | 'sessions touch'
  | 'merges forget'
  | 'index goes on'
  | 'fires one too late';

export class WindowModel {
  readonly panes: ModelPane[] = [];
  /** Records that no window took any more. */
  readonly late: number[] = [];
  /** Records that a function of the user threw at; nothing else has changed then. */
  readonly refused: number[] = [];
  readonly #ways: Ways;
  readonly #mistake: Mistake | undefined;
  readonly #refuses: ((value: number) => boolean) | undefined;
  #open: Open[] = [];
  #watermark: number = Number.NEGATIVE_INFINITY;
  #now = 0;
  /** Keys as they were first seen. */
  readonly #keys: string[] = [];

  constructor(ways: Ways, mistake?: Mistake, refuses?: (value: number) => boolean) {
    this.#ways = ways;
    this.#mistake = mistake;
    this.#refuses = refuses;
  }

  record({ key, at, value }: Entry): void {
    if (!this.#keys.includes(key)) this.#keys.push(key);
    const spans = spansOf(this.#ways.window, at).filter(([, end]) => !this.#isGone(end) || this.#mistake === 'late records taken');
    if (spans.length === 0) {
      if (this.#mistake !== 'late records lost') this.late.push(value);
    } else if (this.#refuses?.(value) === true && this.#mistake !== 'refused records kept') {
      this.refused.push(value);
    } else {
      for (const [start, end] of spans)
        this.#add({ key, start, end, shown: [], fresh: [value], index: 0, dueAt: Number.POSITIVE_INFINITY });
    }
  }

  watermark(at: number): void {
    if (at <= this.#watermark) return;
    const before = this.#watermark;
    this.#watermark = at;
    for (const window of this.#inOrder()) {
      const border = this.#mistake === 'fires one too late' ? 1 : 0;
      if (window.end + border > before && window.end + border <= at && this.#hasContent(window)) this.#emit(window, 'onTime');
    }
    this.#open = this.#open.filter((window) => !this.#isGone(window.end));
  }

  clock(now: number): void {
    this.#now = now;
    for (const window of this.#inOrder()) if (window.dueAt <= now && window.end > this.#watermark) this.#emit(window, 'early');
  }

  end(): void {
    this.watermark(Number.POSITIVE_INFINITY);
  }

  /** By end, then by first-seen key. */
  #inOrder(): Open[] {
    return this.#open.toSorted(
      (a, b) => compare(a.end, b.end) || compare(a.start, b.start) || compare(this.#keys.indexOf(a.key), this.#keys.indexOf(b.key)),
    );
  }

  #isGone(end: number): boolean {
    return this.#watermark >= end + this.#ways.lateness;
  }

  /** Discarding, what is not new is not there. */
  #hasContent({ fresh }: Open): boolean {
    return fresh.length > 0 || (this.#ways.panes === 'accumulating' && this.#mistake !== 'no pane for what was shown');
  }

  #add(one: Open): void {
    const isMet = (other: Open): boolean => other.key === one.key && this.#meet(one, other);
    const met = this.#open.filter(isMet);
    this.#open = this.#open.filter((other) => !isMet(other));
    const all = this.#mistake === 'merges forget' && met.length > 1 ? [met[0]!, one] : [...met, one];
    const start = Math.min(...all.map((each) => each.start));
    const end = Math.max(...all.map((each) => each.end));
    const same = met.find((each) => (each.start === start && each.end === end) || this.#mistake === 'index goes on');
    const merged: Open = {
      key: one.key,
      start,
      end,
      shown: all.flatMap(({ shown }) => shown),
      fresh: all.flatMap(({ fresh }) => fresh),
      index: same?.index ?? 0,
      dueAt: Math.min(...all.map(({ dueAt }) => dueAt)),
    };
    const { early } = this.#ways;
    const isDue = early !== undefined && 'clock' in early && merged.dueAt === Number.POSITIVE_INFINITY && end > this.#watermark;
    const added = isDue ? { ...merged, dueAt: this.#now + early.clock } : merged;
    this.#open.push(added);
    if (end <= this.#watermark) this.#emit(added, 'late');
    else if (early !== undefined && 'records' in early && added.fresh.length >= early.records) this.#emit(added, 'early');
  }

  /** Sessions that overlap; other windows are the same or strangers. */
  #meet(one: Open, other: Open): boolean {
    if (this.#ways.window.kind !== 'session') return one.start === other.start;
    const touch = this.#mistake === 'sessions touch' ? 1 : 0;
    return one.start < other.end + touch && other.start < one.end + touch;
  }

  #emit(window: Open, timing: ModelPane['timing']): void {
    const { key, start, end, shown, fresh, index } = window;
    const values = this.#ways.panes === 'discarding' ? fresh : [...shown, ...fresh];
    this.panes.push({ key, start, end, timing, index, values: values.toSorted(compare) });
    const after = { ...window, shown: [...shown, ...fresh], fresh: [], index: index + 1, dueAt: Number.POSITIVE_INFINITY };
    this.#open = this.#open.map((each) => (each === window ? after : each));
  }
}

/** The windows a record belongs to, by end. */
function spansOf(window: Kind, at: number): (readonly [number, number])[] {
  switch (window.kind) {
    case 'global':
      return [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]];
    case 'session':
      return [[at, at + window.gap]];
    case 'tumbling': {
      const { size, offset = 0 } = window;
      const start = Math.floor((at - offset) / size) * size + offset;
      return [[start, start + size]];
    }
    case 'sliding': {
      const { size, every } = window;
      const spans: [number, number][] = [];
      for (let start = Math.floor(at / every) * every; start > at - size; start -= every) spans.unshift([start, start + size]);
      return spans;
    }
  }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
