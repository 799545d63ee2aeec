import { checkCount, checkPart } from '../settings.ts';
import type { DriftDetector } from './detector.ts';

export interface AdwinOptions {
  /** How likely a false alarm may be, of each cut that is looked at; 0.002 by default. */
  readonly delta?: number;
  /** It looks for a change at every so many numbers; 32 by default. */
  readonly every?: number;
  /** It says nothing before it has seen so many numbers; 10 by default. */
  readonly grace?: number;
  /** Both sides of a cut hold at least so many numbers; 5 by default. */
  readonly side?: number;
  /** How many buckets of one size stand side by side before two become one; 5 by default. More is finer, and takes more memory. */
  readonly buckets?: number;
}

/**
 * Adaptive windowing (Bifet and Gavaldà, 2007): keeps as many of the latest numbers as have one mean, and drops the older ones when
 * the two sides of some cut differ by more than chance. What it keeps lies in buckets whose sizes double, so a window of a million
 * numbers takes about a hundred of them.
 *
 * @example
 * ```ts
 * import { adwin } from 'headrace/models';
 *
 * const detector = adwin();
 * const changes: number[] = [];
 * for (let i = 0; i < 2000; i++) if (detector.update(i < 1000 ? i % 2 : 5)) changes.push(i);
 * console.log(changes);
 * // [ 1023, 1055, 1087 ]
 * ```
 */
export function adwin(options: AdwinOptions = {}): DriftDetector {
  const settings = { delta: 0.002, every: 32, grace: 10, side: 5, buckets: 5, ...options };
  const { delta, ...counts } = settings;
  checkPart('adwin', { delta });
  checkCount('adwin', counts);
  return new Adwin(settings);
}

type Settings = Required<AdwinOptions>;

/** Buckets of one size, oldest first: what each sums up to, and its variance times its size. */
interface Row {
  count: number;
  readonly totals: Float64Array;
  readonly variances: Float64Array;
}

interface State {
  readonly width: number;
  readonly total: number;
  readonly variance: number;
  readonly seen: number;
  readonly rows: readonly { readonly totals: Float64Array; readonly variances: Float64Array }[];
}

class Adwin implements DriftDetector {
  readonly name = 'adwin';
  readonly isWarning = false;
  readonly #settings: Settings;
  /** Row r holds buckets of 2 ** r numbers. */
  #rows: Row[] = [];
  #width = 0;
  #total = 0;
  /** Of the whole window, times its width. */
  #variance = 0;
  #seen = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#rows.push(emptyRow(settings.buckets));
  }

  update(value: number): boolean {
    this.#insert(value);
    this.#seen++;
    if (this.#seen % this.#settings.every !== 0 || this.#width <= this.#settings.grace) return false;
    let isChanged = false;
    while (this.#findsCut()) {
      isChanged = true;
      this.#dropOldest();
    }
    return isChanged;
  }

  #insert(value: number): void {
    push(this.#rows[0]!, value, 0);
    this.#width++;
    if (this.#width > 1) this.#variance += ((this.#width - 1) * (value - this.#total / (this.#width - 1)) ** 2) / this.#width;
    this.#total += value;
    this.#compress();
  }

  /** Where a row is full its two oldest buckets become one of the next row. */
  #compress(): void {
    for (let at = 0; this.#rows[at]!.count > this.#settings.buckets; at++) {
      const row = this.#rows[at]!;
      const next = (this.#rows[at + 1] ??= emptyRow(this.#settings.buckets));
      const size = 2 ** at;
      const [first, second] = [row.totals[0]!, row.totals[1]!];
      const between = (size * (first / size - second / size) ** 2) / 2;
      push(next, first + second, row.variances[0]! + row.variances[1]! + between);
      shift(row, 2);
    }
  }

  /** Whether some cut parts the window into an older and a newer side that differ. */
  #findsCut(): boolean {
    const { side } = this.#settings;
    let older = 0;
    let olderTotal = 0;
    let newer = this.#width;
    let newerTotal = this.#total;
    for (let at = this.#rows.length - 1; at >= 0; at--) {
      const row = this.#rows[at]!;
      const size = 2 ** at;
      // The newest bucket of a row is left out, as in the reference implementation: it belongs to the next row's side of the cut.
      for (let bucket = 0; bucket < row.count - 1; bucket++) {
        const total = row.totals[bucket]!;
        older += size;
        newer -= size;
        olderTotal += total;
        newerTotal -= total;
        if (older < side || newer < side) continue;
        if (this.#isApart(older, newer, olderTotal / older - newerTotal / newer)) return true;
      }
    }
    return false;
  }

  #isApart(older: number, newer: number, difference: number): boolean {
    const { delta, side } = this.#settings;
    const confidence = Math.log((2 * Math.log(this.#width)) / delta);
    const harmonic = 1 / (older - side + 1) + 1 / (newer - side + 1);
    const chance = Math.sqrt(2 * harmonic * (this.#variance / this.#width) * confidence) + (2 / 3) * confidence * harmonic;
    return Math.abs(difference) > chance;
  }

  #dropOldest(): void {
    const row = this.#rows.at(-1)!;
    const size = 2 ** (this.#rows.length - 1);
    const total = row.totals[0]!;
    this.#width -= size;
    this.#total -= total;
    const apart = (total / size - this.#total / this.#width) ** 2;
    this.#variance -= row.variances[0]! + (size * this.#width * apart) / (size + this.#width);
    shift(row, 1);
    if (row.count === 0) this.#rows.pop();
  }

  clone(): DriftDetector {
    return new Adwin(this.#settings);
  }

  snapshot(): State {
    return {
      width: this.#width,
      total: this.#total,
      variance: this.#variance,
      seen: this.#seen,
      rows: this.#rows.map(({ count, totals, variances }) => ({ totals: totals.slice(0, count), variances: variances.slice(0, count) })),
    };
  }

  restore(state: unknown): void {
    const { width, total, variance, seen, rows } = state as State;
    this.#width = width;
    this.#total = total;
    this.#variance = variance;
    this.#seen = seen;
    this.#rows = rows.map(({ totals, variances }) => {
      const row = emptyRow(this.#settings.buckets);
      row.totals.set(totals);
      row.variances.set(variances);
      row.count = totals.length;
      return row;
    });
  }
}

const emptyRow = (buckets: number): Row => ({
  count: 0,
  totals: new Float64Array(buckets + 1),
  variances: new Float64Array(buckets + 1),
});

function push(row: Row, total: number, variance: number): void {
  row.totals[row.count] = total;
  row.variances[row.count] = variance;
  row.count++;
}

function shift(row: Row, by: number): void {
  row.totals.copyWithin(0, by, row.count);
  row.variances.copyWithin(0, by, row.count);
  row.count -= by;
}
