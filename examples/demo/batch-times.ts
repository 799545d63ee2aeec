import type { ReadTimes } from './source.ts';

/** How many reads are remembered; far more records than the pipeline holds at a time. */
const READS = 4096;
/** Buckets grow by 2 %, from a microsecond up, so a percentile is at most 2 % too high; 1,200 of them reach six hours. */
const GROWTH = Math.log(1.02);
const BUCKETS = 1200;

/** How long batches took, from the read of their first record to their scores. */
export class BatchTimes implements ReadTimes {
  readonly #firsts = new Float64Array(READS).fill(-1);
  readonly #atMs = new Float64Array(READS);
  readonly #buckets = new Float64Array(BUCKETS);
  #reads = 0;
  #batches = 0;
  #records = 0;

  set(first: number, _count: number, atMs: number): void {
    const slot = this.#reads++ % READS;
    this.#firsts[slot] = first;
    this.#atMs[slot] = atMs;
  }

  /** A batch of so many records, of which record `first` was read first, has its scores. */
  scored(first: number, records: number): void {
    const us = (performance.now() - this.#readAt(first)) * 1000;
    const bucket = Math.ceil(Math.log(Math.max(1, us)) / GROWTH);
    this.#buckets[Math.min(BUCKETS - 1, bucket)]! += 1;
    this.#batches += 1;
    this.#records += records;
  }

  get batches(): number {
    return this.#batches;
  }

  get records(): number {
    return this.#records;
  }

  /** Milliseconds that so large a share of the batches stayed within. */
  quantile(share: number): number {
    let left = share * this.#batches;
    const bucket = this.#buckets.findIndex((batches) => (left -= batches) <= 0);
    return Math.exp(bucket * GROWTH) / 1000;
  }

  /** Reads are in order, so the newest one that began at or before the record brought it. */
  #readAt(record: number): number {
    for (let read = this.#reads - 1; read >= 0 && read >= this.#reads - READS; read--) {
      if (this.#firsts[read % READS]! <= record) return this.#atMs[read % READS]!;
    }
    throw new Error(`record ${record} was read so long ago that the time is forgotten`);
  }
}
