/** One line of the output: a window of so many purchases of one segment. */
export interface SegmentRow {
  readonly segment: string;
  /** Which purchases of the segment these are: from the first to before the last. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly meanAmount: number;
  readonly minAmount: number;
  readonly maxAmount: number;
  readonly meanScore: number;
  /** How many will rather be sent back than not. */
  readonly risky: number;
}

export type SegmentTotal = Omit<SegmentRow, 'from' | 'to'>;

/** Adds the windows of each segment up, for the table at the end. */
export class SegmentTotals {
  readonly #totals = new Map<string, SegmentTotal>();
  #rows = 0;

  add(row: SegmentRow): void {
    this.#rows += 1;
    const total = this.#totals.get(row.segment);
    this.#totals.set(row.segment, total === undefined ? row : together(total, row));
  }

  get rows(): number {
    return this.#rows;
  }

  get records(): number {
    return this.list().reduce((all, total) => all + total.records, 0);
  }

  /** The busiest segment first. */
  list(): readonly SegmentTotal[] {
    return [...this.#totals.values()].sort((a, b) => b.records - a.records);
  }
}

function together(a: SegmentTotal, b: SegmentTotal): SegmentTotal {
  const records = a.records + b.records;
  const share = b.records / records;
  return {
    segment: a.segment,
    records,
    meanAmount: a.meanAmount + (b.meanAmount - a.meanAmount) * share,
    minAmount: Math.min(a.minAmount, b.minAmount),
    maxAmount: Math.max(a.maxAmount, b.maxAmount),
    meanScore: a.meanScore + (b.meanScore - a.meanScore) * share,
    risky: a.risky + b.risky,
  };
}
