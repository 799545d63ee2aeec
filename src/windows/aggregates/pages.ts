import { assert } from '../../core/error.ts';

/** Buckets in a page. */
const SIZE = 64;

/**
 * Counts by bucket, for buckets that lie in a few clusters anywhere: pages of 64 counts, made when they are needed, in
 * a list from the lowest to the highest.
 */
export class Pages {
  /** Pages that hold something. */
  used = 0;
  #lowest = 0;
  #pages: (Float64Array | undefined)[] = [];

  add(bucket: number, count: number): void {
    const page = bucket >> 6;
    const counts = this.#pages[page - this.#lowest] ?? this.#open(page);
    counts[bucket & 63]! += count;
  }

  /** What holds something, in rising order. */
  each(visit: (bucket: number, count: number) => void): void {
    for (let i = 0; i < this.#pages.length; i++) {
      const counts = this.#pages[i];
      if (counts === undefined) continue;
      const first = (this.#lowest + i) * SIZE;
      for (let at = 0; at < SIZE; at++) if (counts[at]! > 0) visit(first + at, counts[at]!);
    }
  }

  /** How many buckets hold something, and how much all hold. */
  size(): { readonly buckets: number; readonly total: number } {
    let buckets = 0;
    let total = 0;
    this.each((_bucket, count) => {
      buckets++;
      total += count;
    });
    return { buckets, total };
  }

  /** The bucket in which the one stands that has `rank` others in front of it. */
  bucketAt(rank: number): number {
    let left = rank;
    for (let i = 0; i < this.#pages.length; i++) {
      const counts = this.#pages[i];
      if (counts === undefined) continue;
      for (let at = 0; at < SIZE; at++) {
        left -= counts[at]!;
        if (left < 0) return (this.#lowest + i) * SIZE + at;
      }
    }
    assert(false, 'a rank lies below the count');
  }

  /** Adds what another holds, whose buckets are narrower by `levels` doublings. */
  join(narrower: Pages, levels: number): void {
    if (levels === 0) {
      for (const [i, counts] of narrower.#pages.entries()) if (counts !== undefined) this.#addPage(narrower.#lowest + i, counts);
    } else {
      narrower.each((bucket, count) => this.add(wider(bucket, levels), count));
    }
  }

  /** Slices of a sliding window have buckets of one width: page by page, 15 times as fast as bucket by bucket. */
  #addPage(page: number, counts: Float64Array): void {
    const mine = this.#pages[page - this.#lowest] ?? this.#open(page);
    for (let i = 0; i < SIZE; i++) mine[i]! += counts[i]!;
  }

  #open(page: number): Float64Array {
    const counts = new Float64Array(SIZE);
    if (this.#pages.length === 0) this.#lowest = page;
    for (; page < this.#lowest; this.#lowest--) this.#pages.unshift(undefined);
    while (this.#pages.length <= page - this.#lowest) this.#pages.push(undefined);
    this.#pages[page - this.#lowest] = counts;
    this.used++;
    return counts;
  }
}

/** The bucket that a bucket is a part of when two neighbours become one, so many times. */
export function wider(bucket: number, levels: number): number {
  return -(-bucket >> levels);
}
